"""The composition root: settings to stores to services to what is served; no rule of its own."""
