"""What is done for all vaults without any person's key: looked through, repaired, let go."""
