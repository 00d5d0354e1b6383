"""What an outbound parcel weighs when its carrier takes it over, beside what its sender declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from locker.core.events.courier_events import HandOverChecked

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import DispatchRules


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
    rules: DispatchRules,
    by: str,
) -> None:
    """Record the weight of the parcel that came from this compartment. Raises Refused while sealed."""
    parcel, compartment = where
    event = HandOverChecked(
        parcel=parcel,
        compartment=compartment,
        weight_g=weight_g,
        declared_g=declared_g,
        differs=rules.differs(weight_g, declared_g),
        scanned=scanned,
    )
    await engine.record(event, by)
