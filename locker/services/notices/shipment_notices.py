"""Several pieces of one shipment are one notice: the last piece's, which goes out when all are here, or soon after.

Which piece a parcel is stands in its details. While pieces are missing the notice of the newest waits, and those of
the pieces before it are covered by it: at most one of a shipment waits at any time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.services.notices import outbox
from locker.services.notices.shipments import shipment_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

HOLD = timedelta(minutes=10)
"""So long the notice waits for the other pieces, unless their courier signs out before."""
COVERED = "told with the other pieces"


def covers(db: Database, parcel: str) -> tuple[str, ...]:
    """The pieces whose waiting notices the one of this parcel stands for."""
    shipment = shipment_of(db, parcel)
    return () if shipment is None else tuple(one for one in shipment.here if one != parcel)


def waits(db: Database, parcel: str) -> bool:
    """True while other pieces of its shipment are still to come."""
    shipment = shipment_of(db, parcel)
    return shipment is not None and not shipment.complete


def cover_arrivals(db: Database, parcel: str, recipient: str, now: datetime) -> None:
    """Let the notice of a piece go that nobody was sent yet: another one tells of both."""
    sql = f"""update outbox set state = 'obsolete', last_fault = ?, done_at = ? where {outbox.OF_PARCEL}
              and recipient = ? and template = 'arrival' and state = 'waiting' and tries = 0"""  # noqa: S608  our own words
    db.execute(sql, [COVERED, rfc3339(now), parcel, recipient])


def uncover(db: Database, parcel: str, recipient: str, now: datetime) -> None:
    """Let the notice of a piece wait again: the one that told of both has left with its own piece."""
    sql = f"""update outbox set state = 'waiting', last_fault = '', due_at = ?, done_at = null
              where {outbox.OF_PARCEL} and recipient = ? and template = 'arrival' and last_fault = ?"""  # noqa: S608  our own words
    db.execute(sql, [rfc3339(now), parcel, recipient, COVERED])


def release(db: Database, parcels: tuple[str, ...], now: datetime) -> bool:
    """Nothing more of these shipments comes now: let their notices go out. True when one waited."""
    freed = 0
    for parcel in parcels:
        sql = f"""update outbox set due_at = ? where {outbox.OF_PARCEL} and template = 'arrival'
                  and state = 'waiting' and tries = 0 and due_at > ?"""  # noqa: S608  our own words
        freed += db.execute(sql, [rfc3339(now), parcel, rfc3339(now)]).rowcount
    return freed > 0


def heir(db: Database, parcel: str) -> tuple[str, int] | None:
    """The piece that tells of the shipment in place of this one, which left before anybody was told; and its event."""
    shipment = shipment_of(db, parcel)
    sql = f"select count(*) from outbox where {outbox.OF_PARCEL} and template = 'arrival' and tries = 0"  # noqa: S608  our own words
    if shipment is None or not shipment.here or not db.execute(sql, [parcel]).fetchone()[0]:
        return None
    told = f"select 1 from outbox where {outbox.OF_PARCEL} and template = 'arrival' and last_fault <> ?"  # noqa: S608  our own words
    if any(db.execute(told, [one, COVERED]).fetchone() for one in shipment.here):
        return None
    newest = shipment.here[-1]
    row = db.execute(
        "select max(seq) from event where json_extract(data, '$.parcel') = ? and kind = 'ParcelStored'", [newest]
    ).fetchone()
    return None if row is None or row[0] is None else (newest, int(row[0]))


def tells(db: Database, parcel: str) -> bool:
    """True for the piece that reminds of all of them, and for a single parcel."""
    shipment = shipment_of(db, parcel)
    return shipment is None or not shipment.here or shipment.here[0] == parcel
