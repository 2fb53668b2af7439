"""One person's vault: further ways in, helping its owner back in, taking it away."""
