"""The secrets that open a vault, those it is entrusted to, and how guessers are slowed."""
