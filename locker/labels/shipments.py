"""Numbers of carriers that say which piece of a shipment a parcel is, and of how many."""

from __future__ import annotations

import re
from typing import NamedTuple

_JD = re.compile(r"(JD[0-9A-Z]{2}[0-9]{11})-([0-9]{1,2})-([0-9]{1,2})-?")


class Piece(NamedTuple):
    """The number of the whole shipment, which piece this one is, and how many there are."""

    shipment: str
    piece: int
    pieces: int


def piece_of(tracking: str) -> Piece | None:
    """What a number says of its shipment; None for a single parcel, and for numbers that say nothing."""
    found = _JD.fullmatch(tracking)
    if found is None:
        return None
    piece, pieces = int(found[2]), int(found[3])
    return Piece(found[1], piece, pieces) if pieces > 1 and 1 <= piece <= pieces else None
