"""Issuing: from an issuer's file to certificates in vaults, and their verification."""
