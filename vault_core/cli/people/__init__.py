"""People: added, in good standing or not, what they may do, and how they first come in."""
