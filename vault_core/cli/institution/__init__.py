"""An institution: set up, served, and what it tells by mail and webhook."""
