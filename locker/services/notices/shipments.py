"""The shipment that a parcel is a piece of, as its details say: how many pieces there are, and which are here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from locker.core.model import ParcelState
from locker.frozen import dataclass

if TYPE_CHECKING:
    from sqlite_utils import Database

_STORED = ParcelState.STORED.value


@dataclass(frozen=True, slots=True)
class Shipment:
    """The shipment of a parcel as it stands: how many pieces it has, and which parcels of it are stored, by id."""

    pieces: int
    here: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """True when nothing more is to come."""
        return len(self.here) >= self.pieces


def shipment_of(db: Database, parcel: str) -> Shipment | None:
    """The shipment of this parcel; None for a single one. Another company, or for others, is another shipment."""
    row = db.execute("select details, recipients, company from parcel where id = ?", [parcel]).fetchone()
    mark, pieces = _read(row[0] if row else "")
    if not mark:
        return None
    _, recipients, company = row
    rows = db.execute(
        "select id from parcel where in_site = 1 and state = ? and details <> ''"
        " and case when json_valid(details) then json_extract(details, '$.shipment') end = ?"
        " and recipients = ? and company = ? order by stored_at, id",
        [_STORED, mark, recipients, company],
    ).fetchall()
    return Shipment(pieces, tuple(str(each[0]) for each in rows))


def _read(details: str) -> tuple[str, int]:
    try:
        said = json.loads(details or "{}")
    except ValueError:
        return "", 1
    pieces = said.get("pieces", 1)
    return (str(said.get("shipment", "")), pieces) if isinstance(pieces, int) and pieces > 1 else ("", 1)
