"""Wires to the doors: one module a driver, one owner a wire."""
