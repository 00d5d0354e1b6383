"""Words that are fixed: refusals, and what staff found."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
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
    BUSY = "busy"
    NOT_NOW = "not-now"
    SEALED = "sealed"
    UNKNOWN_CODE = "unknown-code"
    THROTTLED = "throttled"
    KEY_REUSED = "key-reused"
    UNKNOWN = "unknown"


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


class Content(StrEnum):
    """What staff found behind a door."""

    EMPTY = "empty"
    PARCEL = "parcel"
