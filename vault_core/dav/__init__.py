"""WebDAV class 1, 2 and 3 (RFC 4918) over an opened vault; one file a chapter."""
