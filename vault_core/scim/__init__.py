"""SCIM 2.0 (RFC 7643, RFC 7644): the institution's directory pushes accounts. It reads no vault."""
