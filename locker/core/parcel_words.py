"""Words about a parcel beside its states: what is wrong with it, what goes out, and the id of a booking."""

from __future__ import annotations

from enum import StrEnum


class RejectReason(StrEnum):
    """What a resident finds wrong with a parcel at its open door."""

    MISSING = "missing"
    DAMAGED = "damaged"
    WRONG_PARCEL = "wrong-parcel"


class MissingReason(StrEnum):
    """Why a courier did not put in what was announced."""

    AT_DOOR = "at-door"
    NO_SPACE = "no-space"
    NO_CONSENT = "no-consent"
    NOT_ABOARD = "not-aboard"


class IdentityCheck(StrEnum):
    """Who has checked the identity of somebody who sends a parcel."""

    STAFF = "staff"
    CARRIER = "carrier"
    SERVICE = "service"


class ContactAnswer(StrEnum):
    """What came of a courier's call to a recipient."""

    YES = "yes"
    NO = "no"
    NONE = "none"


class ParcelType(StrEnum):
    """What lies in a parcel, as a category and never in words; what follows from it stands in parcel_types.py."""

    PARCEL = "parcel"
    DOCUMENT = "document"
    FRAGILE = "fragile"
    LIQUID = "liquid"
    FRESH = "fresh"
    VALUABLE = "valuable"
    OVERSIZE = "oversize"
    RETURN = "return"
    KEY = "key"
    GOODS = "goods"


class OutboundType(StrEnum):
    """What a resident gives to a carrier."""

    PARCEL = "parcel"
    DOCUMENT = "document"
    RETURN = "return"


class Contents(StrEnum):
    """What somebody says that lies in a parcel for a carrier. Words, never a description."""

    ORDINARY = "ordinary"
    ELECTRONICS = "electronics"
    BATTERY = "battery"
    CASH = "cash"
    DRUG = "drug"
    FLAMMABLE = "flammable"
    LIVE_ANIMAL = "live-animal"
    TOXIC = "toxic"
    WEAPON = "weapon"

    @property
    def prohibited(self) -> bool:
        """True for what no carrier takes along."""
        return self not in {Contents.ORDINARY, Contents.ELECTRONICS}


def booking_id(parcel: str) -> str:
    """The id of the booking with which an outbound parcel began: the same letters behind another first one."""
    return "b" + parcel[1:]


def receipt_number(parcel: str) -> str:
    """The number of a sender's receipt, in groups to be read out: it opens nothing."""
    number = booking_id(parcel)[1:].upper()
    return "-".join(number[at : at + 5] for at in range(0, len(number), 5))


def parcel_of_booking(booking: str) -> str | None:
    """The id of the parcel of a booking of this id, known or not; None when it is no booking's id."""
    return "p" + booking[1:] if booking[:1] == "b" else None
