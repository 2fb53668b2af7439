"""The whole institution elsewhere: backups, what is rebuilt from them, other engines."""
