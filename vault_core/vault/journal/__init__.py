"""The journal of a vault: what was read is noted, and its owner sees that nothing was taken out."""
