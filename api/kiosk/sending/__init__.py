"""Sending and returning at the touchscreen: what it is, how it is packed, what it is worth, and its door."""
