"""What an outbound parcel weighs when its carrier takes it over, beside what its sender declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from locker.core.events.courier_events import HandOverChecked

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

TOLERANCE_SHARE = 0.1
LEAST_TOLERANCE_G = 100
"""A kitchen scale at home and the courier's spring scale differ by so much without anybody being wrong."""


def differs(weight_g: int, declared_g: int | None) -> bool:
    """True when a parcel weighs so much more or less than declared that its sender is to be told."""
    if declared_g is None:
        return False
    return abs(weight_g - declared_g) > max(LEAST_TOLERANCE_G, declared_g * TOLERANCE_SHARE)


async def declared_weight(journal: Journal, parcel: str) -> int | None:
    """What the sender said that a booked parcel weighs, in grams; None when nothing was said."""

    def work(db: Database) -> int | None:
        sql = "select data from event where json_extract(data, '$.parcel') = ? and kind = 'OutboundBooked'"
        row = db.execute(sql, (parcel,)).fetchone()
        weight = json.loads(row[0]).get("declared_weight_g") if row else None
        return int(weight) if weight is not None else None

    return await journal.read(work)


def taken_out_by(db: Database, parcel: str) -> str:
    """Who last had the door of this parcel opened to take it out, as the journal names them; empty for nobody."""
    sql = """select by from event where json_extract(data, '$.parcel') = ? and kind = 'DepositReopened'
             order by seq desc limit 1"""
    row = db.execute(sql, (parcel,)).fetchone()
    return str(row[0]) if row else ""


async def keep_hand_over(
    engine: Engine,
    where: tuple[str, str],
    *,
    weight_g: int | None,
    declared_g: int | None,
    scanned: bool,
    by: str,
) -> None:
    """Record the weight of the parcel that came from this compartment. Raises Refused while sealed."""
    parcel, compartment = where
    event = HandOverChecked(
        parcel=parcel,
        compartment=compartment,
        weight_g=weight_g,
        declared_g=declared_g,
        differs=weight_g is not None and differs(weight_g, declared_g),
        scanned=scanned,
    )
    await engine.record(event, by)
