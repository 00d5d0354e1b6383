"""An event of the journal as it leaves the cabinet: a CloudEvent of which nobody can tell whom it is about. Pure.

CloudEvents 1.0, JSON format. What people are called, what somebody typed and which resident or account it was stays at
home: `WITHHELD` names those fields, and of who did it only the kind of person is told.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.journal.codec import data_to_hand_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.core.events.record import Recorded

TYPE_PREFIX = "lockerd."
BATCH_TYPE = "application/cloudevents-batch+json"
WITHHELD = frozenset(
    {
        *(
            "about",
            "audience",
            "courier",
            "detail",
            "operator",
            "ordered_by",
            "owner",
            "partners",
            "party",
            "reason",
            "reasons",
        ),
        *("label", "note", "point", "problem", "staff", "text"),
        *("before", "recipients", "reference", "resident", "source", "to", "witness"),
    }
)
"""Fields that name somebody, or hold what somebody typed."""


def actor_kind(by: str) -> str:
    """Who it was, without the name: "staff:chen.lin" is told as "staff"."""
    return by.partition(":")[0]


def cloud_event(site: str, epoch: str, recorded: Recorded) -> dict[str, Any]:
    """One event of this cabinet, the same however often it is sent; `seq`, `epoch`, `actor` are extensions."""
    told = json.loads(data_to_hand_out(recorded.kind, recorded.data))
    return {
        "specversion": "1.0",
        "id": f"{epoch}-{recorded.seq}",
        "source": f"/lockers/{site}",
        "type": TYPE_PREFIX + recorded.kind,
        "time": recorded.at,
        "datacontenttype": "application/json",
        "epoch": epoch,
        "seq": recorded.seq,
        "actor": actor_kind(recorded.by),
        "rowhash": recorded.hash,
        "data": {name: value for name, value in told.items() if name not in WITHHELD},
    }


def event_batch(site: str, epoch: str, events: Sequence[Recorded]) -> bytes:
    """Several events, in order, in CloudEvents' JSON batch format."""
    told = [cloud_event(site, epoch, each) for each in events]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
