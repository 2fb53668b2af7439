"""What stands in front of a blob store: patience, turns, proof, a cache; and one in memory."""
