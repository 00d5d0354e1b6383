"""Whose parcels the screen in the lobby tells of: of those who agreed, masked. Pure.

Never more than the end of a phone in two digits, for four of them are asked for elsewhere, and the begin of a name. No
unit, no door, no code; nobody is called late; sorted by that end, so that the order tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.core.model import Direction, ParcelState
from locker.services.people import masked_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locker.core.model import Site
    from locker.services.people import Person

ROWS = 6
"""So many fit, read from three metres."""
END_SHOWN = 2


@dataclass(frozen=True, slots=True)
class LobbyRow:
    """What waits for one resident. `until`: free at least until then, None where that is over."""

    end: str
    name: str
    parcels: int
    until: datetime | None


def lobby_rows(
    site: Site, person_of: Callable[[str], Person | None], agreed: Callable[[str], bool], now: datetime
) -> list[LobbyRow]:
    """One row for each resident who agreed and for whom something is stored."""
    waiting: dict[str, list[datetime | None]] = {}
    for parcel in site.parcels.values():
        if parcel.state is ParcelState.STORED and parcel.direction is Direction.IN:
            for resident in filter(agreed, parcel.recipients):
                waiting.setdefault(resident, []).append(parcel.deadline)
    people = {resident: person for resident in waiting if (person := person_of(resident)) is not None}
    rows = [_row(person, waiting[resident], now) for resident, person in people.items()]
    return sorted(rows, key=lambda row: (row.end, row.name))


def _row(person: Person, deadlines: list[datetime | None], now: datetime) -> LobbyRow:
    first = min((each for each in deadlines if each is not None), default=None)
    until = first if first is not None and first > now else None
    return LobbyRow(person.phone_tail[-END_SHOWN:], masked_name(person.name), len(deadlines), until)


def page_of(rows: list[LobbyRow], asked: int) -> tuple[list[LobbyRow], int]:
    """The rows of a page, and which one follows it; after the last comes the first."""
    pages = max(1, -(-len(rows) // ROWS))
    page = asked % pages
    return rows[page * ROWS : (page + 1) * ROWS], (page + 1) % pages
