"""Doors, locks and switches: orders, what is seen, what time and power cuts leave."""
