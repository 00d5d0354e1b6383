"""Why something is refused, and why a courier leaves without storing: fixed words of the trade.

`Refused` is the family of error that says "you may not". Commands raise it, observations never do.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from locker.errors import LockerError

if TYPE_CHECKING:
    from locker.core.outcome import Outcome


class RefusalReason(StrEnum):
    """Why something was refused; the same word is the key of the sentence in each language."""

    NO_SPACE = "no-space"
    CONSENT_NEEDED = "consent-needed"
    IN_PERSON_ONLY = "in-person-only"
    DAMAGED = "damaged"
    DUPLICATE_TRACKING = "duplicate-tracking"
    UNKNOWN_RECIPIENT = "unknown-recipient"
    TOO_LARGE = "too-large"
    DOOR_UNSEEN = "door-unseen"
    SECOND_NEEDED = "second-needed"
    WITNESS_NEEDED = "witness-needed"
    TOO_MANY_DOORS = "too-many-doors"
    SECOND_PERSON = "second-person"
    FIELDS_MISSING = "fields-missing"
    BUSY = "busy"
    HELD = "held"
    WHICH_PARCEL = "which-parcel"
    NOT_NOW = "not-now"
    CLOSED = "closed"
    WEATHER = "weather"
    STAFF_ONLY = "staff-only"
    NOT_EXPECTED = "not-expected"
    PROHIBITED = "prohibited"
    SENDER_UNCHECKED = "sender-unchecked"
    SEALED = "sealed"
    UNKNOWN_CODE = "unknown-code"
    THROTTLED = "throttled"
    RIGHT_GARBLED = "right-garbled"
    RIGHT_CARRIER = "right-unknown-carrier"
    RIGHT_SIGNATURE = "right-not-signed"
    RIGHT_OTHER_LOCKER = "right-other-locker"
    RIGHT_OTHER_DOOR = "right-other-door"
    RIGHT_OTHER_PARCEL = "right-other-parcel"
    RIGHT_NOT_YET = "right-not-yet"
    RIGHT_EXPIRED = "right-expired"
    RIGHT_TOO_LONG = "right-too-long"
    RIGHT_CLOCK = "right-clock-unknown"
    RIGHT_USED = "right-used"
    RIGHT_REVOKED = "right-revoked"
    RIGHT_ONLY_DEPOSITS = "right-only-deposits"
    KEY_REUSED = "key-reused"
    UNKNOWN = "unknown"


class Refused(LockerError):
    """What was asked may not be. `record` holds what is kept even so, `retry_after` is in seconds.

    `item`: which of several was the reason, counted from 0. `missing`: what must be known first.
    """

    def __init__(
        self,
        reason: RefusalReason,
        *,
        retry_after: int | None = None,
        record: Outcome | None = None,
        item: int | None = None,
        missing: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.item = item
        self.missing = missing
        self.retry_after = retry_after
        self.record = record


class NotStored(StrEnum):
    """Why a courier ends a deposit without storing: the exception codes of the trade (EXC-01)."""

    ABSENT = "absent"
    NOT_READY = "not-ready"
    NO_ANSWER = "no-answer"
    GATE_LOCKED = "gate-locked"
    DAMAGED = "damaged"
    NO_SPACE = "no-space"
    WRONG_ADDRESS = "wrong-address"
    REFUSED = "refused"
    OVERSIZE = "oversize"
    OCCUPIED = "occupied"
    OTHER = "other"
