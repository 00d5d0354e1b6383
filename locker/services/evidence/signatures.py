"""Signatures of recipients: the strokes that a finger drew, and the drawing that the cabinet makes of them itself.

What a browser draws is never taken: it sends points, and nothing but numbers of the pad is read. Both are hashed in
the journal.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.events.service_events import ParcelSigned
from locker.core.model import parcel_of_deposit
from locker.errors import LockerError
from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

WIDTH, HEIGHT = 640.0, 400.0
MOST_STROKES, MOST_POINTS = 64, 2000
LONGEST_MS = 600_000
SHORTEST_LINE = 40.0
"""A dot is no signature: so long must its lines be together, of a pad 640 wide."""


class BadSignature(LockerError):
    """What was sent is no signature; the text says why."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where the finger was on a pad of 640 x 400, and when, in milliseconds since it began."""

    x: float
    y: float
    ms: int


@dataclass(frozen=True, slots=True)
class Signature:
    """As it is kept: the strokes as JSON, and the drawing of them."""

    parcel: str
    pickup: str
    at: str
    points: str
    svg: str


def read_strokes(text: str) -> tuple[tuple[Point, ...], ...]:
    """The strokes out of `{"width", "height", "strokes": [[[x, y, ms], …], …]}`. Raises BadSignature."""
    try:
        strokes = _strokes(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as unreadable:
        raise BadSignature("cannot be read") from unreadable
    if _length(strokes) < SHORTEST_LINE:
        raise BadSignature("is a dot")
    return strokes


def _strokes(sent: Any) -> tuple[tuple[Point, ...], ...]:
    width, height, given = _number(sent["width"], 10_000), _number(sent["height"], 10_000), sent["strokes"]
    if not width or not height or not isinstance(given, list) or not 0 < len(given) <= MOST_STROKES:
        raise BadSignature(f"has 1 to {MOST_STROKES} strokes on a pad of some size")
    if sum(len(stroke) for stroke in given) > MOST_POINTS:
        raise BadSignature(f"has more than {MOST_POINTS} points")
    begin = min(_number(point[2], 10**15) for stroke in given for point in stroke)
    return tuple(tuple(_point(point, width, height, begin) for point in stroke) for stroke in given if stroke)


def _number(value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadSignature("has a number out of its range")
    return float(value)


def _point(given: Any, width: float, height: float, begin: float) -> Point:
    if len(given) != 3:
        raise BadSignature("has a point that is none")
    x, y = _number(given[0], width), _number(given[1], height)
    ms = min(LONGEST_MS, int(_number(given[2], 10**15) - begin))
    return Point(round(x * WIDTH / width, 1), round(y * HEIGHT / height, 1), ms)


def _length(strokes: tuple[tuple[Point, ...], ...]) -> float:
    return sum(abs(b.x - a.x) + abs(b.y - a.y) for stroke in strokes for a, b in pairwise(stroke))


def points_json(strokes: tuple[tuple[Point, ...], ...]) -> str:
    """The strokes as they are kept and hashed."""
    return json.dumps([[[p.x, p.y, p.ms] for p in stroke] for stroke in strokes], separators=(",", ":"))


def draw(strokes: tuple[tuple[Point, ...], ...]) -> str:
    """The drawing of the strokes: of numbers alone, so that it holds no other content."""
    paths = "".join(
        f'<path d="M{stroke[0].x} {stroke[0].y}' + "".join(f"L{p.x} {p.y}" for p in stroke[1:] or stroke) + '"/>'
        for stroke in strokes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" fill="none" '
        f'stroke="black" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
    )


async def keep_signature(engine: Engine, parcel: str, compartment: str, pickup: str, text: str, by: str) -> None:
    """Keep what somebody signed with at this pickup, once. Raises BadSignature, Refused while sealed."""
    strokes = read_strokes(text)
    points, svg = points_json(strokes), draw(strokes)

    def work(db: Database, now: datetime) -> tuple[ParcelSigned, None]:
        db.execute(
            "insert or replace into signature (parcel, pickup, at, points, svg) values (?, ?, ?, ?, ?)",
            [parcel, pickup, rfc3339(now), points, svg],
        )
        event = ParcelSigned(
            parcel=parcel,
            compartment=compartment,
            pickup=pickup,
            strokes=len(strokes),
            points_sha256=_sha256(points),
            svg_sha256=_sha256(svg),
        )
        return event, None

    await engine.record_with(work, by)


async def keep_unsigned(engine: Engine, parcel: str, compartment: str, pickup: str, by: str) -> None:
    """Keep that somebody could not sign. Raises Refused while sealed."""
    await engine.record(ParcelSigned(parcel=parcel, compartment=compartment, pickup=pickup, strokes=0), by)


async def signature_of(journal: Journal, parcel: str, *, of_courier: bool = False) -> Signature | None:
    """The newest signature of its recipient for a parcel, or of the courier who put it in; None when there is none.

    A courier's stands under the deposit where a recipient's stands under the pickup.
    """

    def work(db: Database) -> Signature | None:
        sql = "select parcel, pickup, at, points, svg from signature where parcel = ? order by at desc"
        found = db.execute(sql, [parcel]).fetchall()
        row = next((each for each in found if (parcel_of_deposit(each[1]) == parcel) is of_courier), None)
        return None if row is None else Signature(*row)

    return await journal.read(work)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
