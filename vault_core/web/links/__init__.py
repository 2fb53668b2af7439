"""Pages of links: what their owner makes, and what somebody without an account sees."""
