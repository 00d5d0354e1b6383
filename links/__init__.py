"""Wires to the world: notices, later webhooks and metrics."""
