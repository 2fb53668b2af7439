"""Plugins: which are loaded, beginning one, putting one to its contract."""
