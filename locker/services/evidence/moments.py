"""Which moments at the doors are worth a picture, and what a picture of one is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.core.events.record import Recorded

_CAUSE_OF_KIND = {
    "ParcelStored": "stored",
    "ParcelCollected": "collected",
    "PutBackSaid": "put-back",
    "PickupRejected": "rejected",
    "DoorForced": "forced",
    "DoorLeftOpen": "left-open",
}
_CAUSE_OF_VISIT = {"d": "deposit-opened", "k": "opened", "s": "staff"}
"""Openings, by the first letter of the visit: of a courier, of a recipient, and one that staff have ordered."""

_AT_THE_CABINET = "kiosk"


def cause_of(recorded: Recorded) -> str | None:
    """Why this event is worth a picture; None when it is not."""
    if recorded.kind in _CAUSE_OF_KIND:
        return _CAUSE_OF_KIND[recorded.kind]
    if recorded.kind == "DoorOpened":
        return _CAUSE_OF_VISIT.get(str(recorded.body()["visit"])[:1])
    if recorded.kind == "CodeRejected":
        body = recorded.body()
        # Whoever typed so many wrong codes that no bare one is taken any more; programs stand before no camera.
        return "wrong-codes" if body["left"] == 0 and body["source"] == _AT_THE_CABINET else None
    return None
