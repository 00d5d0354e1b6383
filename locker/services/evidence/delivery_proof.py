"""A signed proof of delivery for a sender: who took the parcel out, by what factor, and which act accepted it.

Nobody's name or number stands in it, only what somebody was: recipient, somebody sent, carrier, or served by staff.
It is a DSSE envelope that anybody can check with the cabinet's public key; the events that it rests on are named by
number and hash, and a checkpoint of the log goes with it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.core.events.record import Recorded

DELIVERY = "application/vnd.lockerd.delivery+json"


class Taker(StrEnum):
    """What somebody was who took a parcel out."""

    RECIPIENT = "recipient"
    DELEGATE = "delegate"
    CARRIER = "carrier"
    BY_STAFF = "handed-over-by-staff"


class Factor(StrEnum):
    """By what somebody showed that they may."""

    CODE = "code"
    QR = "qr"
    DELEGATE_CODE = "delegate-code"
    CARRIER_RIGHT = "carrier-right"
    IDENTITY_SEEN = "identity-seen"


class Acceptance(StrEnum):
    """Which act says that it was received: their word, no objection in time, the door shut behind it, staff's word."""

    ACCEPTED = "accepted"
    NO_OBJECTION = "no-objection"
    DOOR_SHUT = "door-shut"
    STAFF_WORD = "staff-word"


_BY_CREDENTIAL = {
    "c": (Taker.RECIPIENT, Factor.CODE),
    "t": (Taker.RECIPIENT, Factor.QR),
    "g": (Taker.DELEGATE, Factor.DELEGATE_CODE),
    "r": (Taker.CARRIER, Factor.CARRIER_RIGHT),
}
"""By the first letter of a credential's id."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the events of a parcel say of its delivery."""

    taker: Taker
    factor: Factor
    acceptance: Acceptance
    compartment: str
    stored_at: str
    shown_at: str
    collected_at: str
    accepted_at: str
    events: tuple[tuple[int, str, str], ...]

    def as_facts(self) -> dict[str, Any]:
        """The same as it is signed."""
        return {
            "taker": self.taker.value,
            "factor": self.factor.value,
            "acceptance": self.acceptance.value,
            "compartment": self.compartment,
            "stored_at": self.stored_at,
            "shown_at": self.shown_at,
            "collected_at": self.collected_at,
            "accepted_at": self.accepted_at,
            "events": [{"seq": seq, "kind": kind, "hash": hashed} for seq, kind, hashed in self.events],
        }


def delivery(lines: Sequence[Recorded]) -> Delivery:
    """The delivery that these events of one parcel tell of, in their order.

    Raises Refused: not-now for a parcel that was not collected, or that was rejected.
    """
    collected = next((line for line in lines if line.kind == "ParcelCollected" and not line.body().get("again")), None)
    if collected is None or any(line.kind == "PickupRejected" for line in lines):
        raise Refused(RefusalReason.NOT_NOW)
    before = [line for line in lines if line.seq < collected.seq]
    shown = next((line for line in reversed(before) if line.kind in {"PickupStarted", "ParcelReleased"}), None)
    stored = next((line for line in reversed(before) if line.kind in {"ParcelStored", "ParcelPlaced"}), None)
    accepted = next((line for line in lines if line.kind == "PickupAccepted"), None)
    taker, factor = _who(shown, before)
    told = [line for line in (stored, shown, collected, accepted) if line is not None]
    return Delivery(
        taker,
        factor,
        _acceptance(collected, accepted),
        str(collected.body().get("compartment", "")),
        stored.at if stored is not None else "",
        shown.at if shown is not None else "",
        collected.at,
        accepted.at if accepted is not None else collected.at,
        tuple((line.seq, line.kind, line.hash) for line in told),
    )


def _who(shown: Recorded | None, before: Sequence[Recorded]) -> tuple[Taker, Factor]:
    # Staff who hand a parcel out begin a visit at its door too.
    released = any(line.kind == "ParcelReleased" for line in before)
    if shown is None or shown.kind == "ParcelReleased" or released:
        return Taker.BY_STAFF, Factor.IDENTITY_SEEN
    if any(line.kind == "HandOverStarted" for line in before):
        return Taker.CARRIER, Factor.CARRIER_RIGHT
    body = shown.body()
    credential = str(body.get("credential") or ("t" if body.get("token") else "c"))
    return _BY_CREDENTIAL.get(credential[:1], (Taker.RECIPIENT, Factor.CODE))


def _acceptance(collected: Recorded, accepted: Recorded | None) -> Acceptance:
    if accepted is not None:
        return Acceptance.NO_OBJECTION if accepted.body().get("by_rule") else Acceptance.ACCEPTED
    return Acceptance.STAFF_WORD if collected.body().get("by_word") else Acceptance.DOOR_SHUT
