"""A courier's round as the journal tells it: what they stored, took back, took along and did not bring.

A round is what one courier did since their last receipt, half a day at most: it outlives the screen, a restart and a
power cut, and goes on after a new sign-in.
"""

from __future__ import annotations

import json
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.courier_events import CourierRoundEnded
from locker.core.events.record import Recorded, rfc3339
from locker.core.model import Direction, ParcelState
from locker.frozen import dataclass
from locker.journal.history import first_event_from, parcel_row
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.core.parcel_words import MissingReason
    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST = timedelta(hours=12)
_HERE = {ParcelState.STORED, ParcelState.COLLECTING, ParcelState.COLLECTED, ParcelState.CHECK}
_GONE_BACK = {ParcelState.WITHDRAWN, ParcelState.RETURNED}


@dataclass(frozen=True, slots=True)
class RoundParcel:
    """One parcel of a round: its id, the door, the unit that it is for or from, and its number."""

    parcel: str
    door: str
    unit: str
    tracking: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CourierRound:
    """What one courier did since the last receipt, the newest first."""

    stored: tuple[RoundParcel, ...] = ()
    taken_back: tuple[RoundParcel, ...] = ()
    handed_over: tuple[RoundParcel, ...] = ()

    @property
    def empty(self) -> bool:
        """True when there is nothing to give a receipt for."""
        return not (self.stored or self.taken_back or self.handed_over)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of a round: the number of its event, that event's hash, and when."""

    seq: int
    hash: str
    at: str

    @property
    def code(self) -> str:
        """What is read out: the number of the event and the beginning of its hash, as 4187-9F3A-77C1."""
        return f"{self.seq}-{self.hash[:4]}-{self.hash[4:8]}".upper()


async def round_of_courier(journal: Journal, by: str, now: datetime) -> CourierRound:
    """The round of this courier, named as the journal names them."""
    return await journal.read(lambda db: _round(db, by, now))


def _round(db: Database, by: str, now: datetime) -> CourierRound:
    first = first_event_from(db, rfc3339(now - LONGEST))
    sql = """select kind, data from event where seq >= ? and by = ?
             and kind in ('DepositStarted', 'DepositReopened', 'HandOverStarted', 'CourierRoundEnded') order by seq"""
    began = dict[str, str]()
    for kind, data in db.execute(sql, (first, by)).fetchall():
        if kind == "CourierRoundEnded":
            began = {}
        else:
            began.setdefault(str(json.loads(data)["parcel"]), kind)
    groups: dict[str, list[RoundParcel]] = {"stored": [], "taken_back": [], "handed_over": []}
    for parcel, kind in reversed(began.items()):
        row = parcel_row(db, parcel)
        group = "" if row is None else _group(ParcelState(row["state"]), kind)
        if row is not None and group:
            groups[group].append(RoundParcel(parcel, row["compartment"], row["unit"], row["tracking"]))
    return CourierRound(**{name: tuple(found) for name, found in groups.items()})


def _group(state: ParcelState, began: str) -> str:
    """In which part of the receipt a parcel stands; in none when nothing came of it."""
    match began:
        case "HandOverStarted":
            return "handed_over" if state is ParcelState.COLLECTED else ""
        case _ if state in _GONE_BACK:
            return "taken_back"
        case "DepositStarted" if state in _HERE:
            return "stored"
        case _:
            return ""


def missing(site: Site, company: str, now: datetime) -> list[str]:
    """The ids of what this company announced and has not brought, by id."""
    return sorted(
        one.id
        for one in site.parcels.values()
        if one.state is ParcelState.EXPECTED
        and one.direction is Direction.IN
        and folded_name(one.company) == folded_name(company)
        and (one.reserved_until is None or one.reserved_until > now)
    )


async def missing_parcels(journal: Journal, parcels: list[str]) -> tuple[RoundParcel, ...]:
    """What is known of announced parcels."""

    def work(db: Database) -> tuple[RoundParcel, ...]:
        rows = [row for one in parcels if (row := parcel_row(db, one)) is not None]
        return tuple(RoundParcel(row["id"], "", row["unit"], row["tracking"]) for row in rows)

    return await journal.read(work)


async def end_round(
    engine: Engine, journal: Journal, done: CourierRound, reasons: Mapping[str, MissingReason], who: tuple[str, str]
) -> Receipt:
    """Record what was done, and why the rest was not: the receipt. `who`: the courier as the journal has them, company.

    Raises Refused while sealed.
    """
    by, company = who
    ended = CourierRoundEnded(
        company=company,
        stored=tuple(one.parcel for one in done.stored),
        taken_back=tuple(one.parcel for one in done.taken_back),
        handed_over=tuple(one.parcel for one in done.handed_over),
        missing=tuple(reasons),
        reasons=tuple(one.value for one in reasons.values()),
    )
    await engine.record(ended, by)
    line = await journal.read(lambda db: _last_receipt(db, by))
    return Receipt(line.seq, line.hash, line.at)


def _last_receipt(db: Database, by: str) -> Recorded:
    sql = """select seq, at, kind, by, data, hash from event
             where kind = 'CourierRoundEnded' and by = ? order by seq desc limit 1"""
    return Recorded(*db.execute(sql, (by,)).fetchone())
