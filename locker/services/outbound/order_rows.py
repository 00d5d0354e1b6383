"""The tables of what goes out: what was chosen, who fetches it, where it was seen last; and when couriers work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment, rfc3339
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

MOST_AWAY = 50
OFFERED, ACCEPTED = "offered", "accepted"


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the carrier's own feed saw it last: the words of a place, or where its vehicle is."""

    at: datetime
    place: str = ""
    lat: float | None = None
    lon: float | None = None

    @property
    def somewhere(self) -> bool:
        """True when it says where."""
        return bool(self.place) or self.lat is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundOrder:
    """One parcel that goes out. `state`: "", offered or accepted; `passed`: couriers who said no, or nothing.

    `eta`: when the courier says to be here. `taken_at`, `weight_g`: when it was handed over, and what it weighed then.
    """

    parcel: str
    service: str = ""
    lane: str = ""
    window_from: datetime | None = None
    window_to: datetime | None = None
    estimate: int | None = None
    state: str = ""
    courier: str = ""
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    passed: frozenset[str] = frozenset()
    eta: datetime | None = None
    eta_at: datetime | None = None
    taken_at: datetime | None = None
    weight_g: int | None = None
    delivered_at: datetime | None = None
    seen: Seen | None = None

    def offered(self, courier: str, now: datetime, until: datetime) -> OutboundOrder:
        """The same, with this courier asked until then."""
        return replace(
            self, state=OFFERED, courier=courier, offered_at=now, answer_by=until, eta=None, eta_at=None,
            passed=self.passed - {courier},
        )  # fmt: skip

    def accepted(self) -> OutboundOrder:
        """The same, with its courier on the way."""
        return replace(self, state=ACCEPTED, answer_by=None)

    def given_back(self) -> OutboundOrder:
        """The same without its courier, who is not asked again."""
        return replace(
            self, state="", courier="", offered_at=None, answer_by=None, eta=None, eta_at=None,
            passed=self.passed | {self.courier},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CourierShift:
    """When a courier fetches, in minutes of the day at the site, in which zones, and how many jobs at a time."""

    courier: str
    zones: frozenset[str]
    begins: int
    ends: int
    most: int


_NAMES = (
    *("parcel", "service", "lane", "window_from", "window_to", "estimate", "state", "courier", "offered_at"),
    *("answer_by", "passed", "eta", "eta_at", "taken_at", "weight_g", "delivered_at", "place", "lat", "lon", "seen_at"),
)
_SELECT = f"select {', '.join(_NAMES)} from outbound_order"  # noqa: S608  own names
_TIMES = frozenset({"window_from", "window_to", "offered_at", "answer_by", "eta", "eta_at", "taken_at", "delivered_at"})


def order_of(db: Database, parcel: str) -> OutboundOrder | None:
    """What is known of this parcel; None for nothing."""
    row = db.execute(f"{_SELECT} where parcel = ?", [parcel]).fetchone()
    return _order(row) if row is not None else None


def orders_here(db: Database) -> list[OutboundOrder]:
    """All that no carrier has taken yet."""
    return [_order(row) for row in db.execute(f"{_SELECT} where taken_at is null").fetchall()]


def orders_away(db: Database, since: datetime) -> list[OutboundOrder]:
    """The newest that a carrier has taken since then and did not say to have delivered."""
    sql = f"{_SELECT} where taken_at > ? and delivered_at is null order by taken_at desc limit ?"
    return [_order(row) for row in db.execute(sql, [rfc3339(since), MOST_AWAY]).fetchall()]


def write_order(db: Database, order: OutboundOrder) -> None:
    """Keep it as it is now."""
    seen = order.seen
    plain: dict[str, Any] = {name: getattr(order, name, None) for name in _NAMES}
    plain |= {name: rfc3339(plain[name]) if plain[name] is not None else None for name in _TIMES}
    plain["passed"] = " ".join(sorted(order.passed))
    plain |= {"place": seen.place if seen else "", "lat": seen.lat if seen else None, "lon": seen.lon if seen else None}
    plain["seen_at"] = rfc3339(seen.at) if seen else None
    marks = ", ".join("?" * len(_NAMES))
    sql = f"insert or replace into outbound_order ({', '.join(_NAMES)}) values ({marks})"  # noqa: S608  own names
    db.execute(sql, [plain[name] for name in _NAMES])


def forget_order(db: Database, parcel: str) -> None:
    """It never went out."""
    db.execute("delete from outbound_order where parcel = ?", [parcel])


def hand_over_of(db: Database, parcel: str) -> tuple[datetime, int | None] | None:
    """When a carrier's courier came for this parcel and took it, and what it weighed; None while none did."""
    sql = """select kind, at, json_extract(data, '$.weight_g') from event
             where json_extract(data, '$.parcel') = ?
             and kind in ('HandOverStarted', 'HandOverChecked', 'ParcelCollected') order by seq"""
    came: datetime | None = None
    taken, weight = False, None
    for kind, at, grams in db.execute(sql, [parcel]).fetchall():
        if kind == "HandOverStarted":
            came = moment(at)
        taken = taken or kind == "ParcelCollected"
        weight = grams if grams is not None else weight
    return (came, weight) if taken and came is not None else None


def declared_weights(db: Database, parcels: Iterable[str]) -> dict[str, int]:
    """What senders said that these parcels weigh, in grams; those of whom nothing was said are left out."""
    sql = """select json_extract(data, '$.declared_weight_g') from event
             where json_extract(data, '$.parcel') = ? and kind = 'OutboundBooked'"""
    found = {each: db.execute(sql, [each]).fetchone() for each in parcels}
    return {each: int(row[0]) for each, row in found.items() if row is not None and row[0] is not None}


def shifts(db: Database) -> dict[str, CourierShift]:
    """When each courier works of whom somebody said so, by id."""
    rows = db.execute("select courier, zones, begins, ends, most from courier_shift").fetchall()
    return {row[0]: CourierShift(row[0], frozenset(row[1].split()), *row[2:]) for row in rows}


def write_shifts(db: Database, said: Iterable[CourierShift]) -> None:
    """Keep these in place of all that stood there."""
    db.execute("delete from courier_shift")
    for each in said:
        db.execute(
            "insert into courier_shift (courier, zones, begins, ends, most) values (?, ?, ?, ?, ?)",
            [each.courier, " ".join(sorted(each.zones)), each.begins, each.ends, each.most],
        )


def _order(row: tuple[Any, ...]) -> OutboundOrder:
    said = dict(zip(_NAMES, row, strict=True))
    place, lat, lon, seen_at = (said.pop(name) for name in ("place", "lat", "lon", "seen_at"))
    said |= {name: moment(said[name]) if said[name] is not None else None for name in _TIMES}
    said["passed"] = frozenset(said["passed"].split())
    return OutboundOrder(**said, seen=Seen(moment(seen_at), place, lat, lon) if seen_at is not None else None)


def company_of(db: Database, parcel: str) -> str:
    """The carrier of a parcel that goes out; empty for any other."""
    row = db.execute("select company from parcel where id = ? and direction = 'out'", [parcel]).fetchone()
    return str(row[0]) if row is not None else ""
