"""The part of the proof that is about signatures: each that is kept is the one that its event tells."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database


def signature_faults(db: Database) -> Iterator[str]:
    """What does not fit, each as `table signature PARCEL: …`. What was erased with its resident is gone by right."""
    sql = """select s.parcel, s.points, s.svg, json_extract(e.data, '$.points_sha256'),
             json_extract(e.data, '$.svg_sha256') from signature s left join event e
             on json_extract(e.data, '$.parcel') = s.parcel and e.kind = 'ParcelSigned'
             and json_extract(e.data, '$.pickup') = s.pickup and e.seq = (
                 select max(seq) from event where json_extract(data, '$.parcel') = s.parcel
                 and kind = 'ParcelSigned' and json_extract(data, '$.pickup') = s.pickup)"""
    for parcel, points, svg, of_points, of_svg in db.execute(sql):
        if (_sha256(points), _sha256(svg)) != (of_points, of_svg):
            yield f"table signature {parcel}: it is not the one that the events tell"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
