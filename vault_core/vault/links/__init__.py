"""Links for people without an account: what they open, for how long, and who looked."""
