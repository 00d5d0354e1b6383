"""The JSON API for other programs."""
