"""The simulator's own page and its control API."""
