"""Rounds from door to door, and the photos that are taken on them."""

from __future__ import annotations

from locker.services.rounds.door_rounds import (
    TICKS,
    DoorLook,
    Found,
    Round,
    RoundKind,
    RoundLine,
    Rounds,
    book_of,
    differs,
)

__all__ = ["TICKS", "DoorLook", "Found", "Round", "RoundKind", "RoundLine", "Rounds", "book_of", "differs"]
