"""Locks and door switches: one module a kind of lock board, and what they share."""
