"""The credential of a certificate: what it says, its proofs, its status, and what is disclosed."""
