"""An invented institution to look at."""
