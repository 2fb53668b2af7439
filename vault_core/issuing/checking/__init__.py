"""Is a certificate what it claims to be? Rules over bytes and trust, without I/O or clock."""
