"""Which parcels a resident may look at: their own that are here or expected, and those of the last twelve months."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.model import Direction, ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import parcel_row, timeline

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from api.app_context import AppContext
    from api.resident.resident_page import AskedByResident
    from locker.core.events.record import Recorded
    from locker.core.model import Parcel, Site
    from locker.services.people import Person

MOST = 500
KEPT = timedelta(days=365)
"""So far back the past is shown (R25)."""
REPORTED_WITHIN = timedelta(days=30)
_SHOWN = frozenset({ParcelState.STORED, ParcelState.COLLECTING, ParcelState.CHECK, ParcelState.EXPECTED})
_HOW_IT_CAME = frozenset({"ParcelExpected", "DepositStarted", "DepositMoved", "ParcelStored", "ParcelPlaced"})
_COMES = frozenset({*_SHOWN, ParcelState.DEPOSITING})


def my_parcels(site: Site, resident: str) -> list[Parcel]:
    """Parcels for this resident that are here or on their way, the one that ends first above."""
    mine = [p for p in _of(site, resident) if not p.from_resident and p.state in _SHOWN]
    return sorted(mine, key=lambda each: (each.deadline is None, each.deadline or each.since, each.id))


def my_bookings(site: Site, resident: str) -> list[Parcel]:
    """What this resident sends that is booked or waits for its carrier, the newest above."""
    mine = [p for p in _of(site, resident) if p.direction is Direction.OUT and p.state in _COMES]
    return sorted(mine, key=lambda each: (each.since, each.id), reverse=True)


def _of(site: Site, resident: str) -> list[Parcel]:
    return [parcel for parcel in site.parcels.values() if resident in parcel.recipients]


class OwnParcels:
    """Finds the parcel that a page is about. One that is not mine is one that is not there: Refused, unknown."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def here(self, asked: AskedByResident) -> Parcel:
        """The parcel of this address that waits for this resident, or is on its way."""
        return self._find(asked, my_parcels(self._context.engine.site, asked.person.id))

    def booking(self, asked: AskedByResident) -> Parcel:
        """The parcel of this address that this resident sends, until its carrier has it."""
        return self._find(asked, my_bookings(self._context.engine.site, asked.person.id))

    async def row(self, asked: AskedByResident, within: timedelta = KEPT) -> dict[str, Any]:
        """The parcel of this address, here or gone, if something happened to it within this time."""
        wanted = asked.http.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, wanted))
        if row is None or asked.person.id not in row["recipients"] or row["since"] < rfc3339(asked.text.now - within):
            raise Refused(RefusalReason.UNKNOWN)
        return row

    async def reportable(self, asked: AskedByResident) -> dict[str, Any]:
        """The parcel of this address with which something may be wrong: it is here, or was fetched lately."""
        row = await self.row(asked, REPORTED_WITHIN)
        if row["direction"] != Direction.IN or not may_be_reported(row["state"]):
            raise Refused(RefusalReason.UNKNOWN)
        return row

    @staticmethod
    def _find(asked: AskedByResident, mine: list[Parcel]) -> Parcel:
        wanted = asked.http.path_params["parcel"]
        found = next((each for each in mine if each.id == wanted), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        return found


def may_be_reported(state: str) -> bool:
    """True for a parcel that lies here or was fetched."""
    return ParcelState(state) in {ParcelState.STORED, ParcelState.COLLECTED}


def own_timeline(db: Database, parcel: str) -> list[Recorded]:
    """What happened to a parcel since it is this resident's.

    Of what was before staff gave it to them only that it came: who had it in their name is nobody's business.
    """
    lines = timeline(db, parcel)
    given = max((each.seq for each in lines if each.kind == "ParcelReassigned"), default=0)
    return [each for each in lines if each.seq > given or _came(each)]


def _came(line: Recorded) -> bool:
    return line.kind in _HOW_IT_CAME and not line.body().get("again", False)


def past_parcels(db: Database, person: Person, since: datetime | None = None, most: int = MOST) -> list[dict[str, Any]]:
    """Parcels to and from this resident that came since then, the newest first; `most` -1: all of them."""
    sql = """select id, direction, state, size, company, tracking, compartment, created_at, stored_at, since,
        recipients,
        (select json_extract(data, '$.credential') from event where json_extract(data, '$.parcel') = parcel.id
            and kind = 'PickupStarted' order by seq desc limit 1) as opened_by
        from parcel where unit = ? and created_at >= ?
        and exists (select 1 from json_each(recipients) where value = ?) order by rowid desc limit ?"""
    cursor = db.execute(sql, [person.unit, rfc3339(since) if since is not None else "", person.id, most])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
