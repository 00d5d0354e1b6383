"""Cells of a table that is taken to a spreadsheet."""

from __future__ import annotations


def no_formula(cell: str) -> str:
    """The cell so that no spreadsheet reckons with it. A phone number keeps its plus."""
    plain = cell.startswith("+") and cell[1:].isdigit()
    return f"'{cell}" if not plain and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
