"""A compartment without a door: a shelf, a room, a fridge, where things come and go by a staff member's word."""

from __future__ import annotations

from enum import StrEnum

from locker.frozen import dataclass


class PlaceKind(StrEnum):
    """What a place without a door is."""

    SHELF = "shelf"
    ROOM = "room"
    COLD = "cold"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Place:
    """A compartment without a door: what lies there changes by a staff member's word only."""

    id: str
    name: str
    kind: PlaceKind
    capacity: int
