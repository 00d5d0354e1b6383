"""What callers send about things that pass over the desk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.machine.parcel_bodies import SenderBody
from api.machine.request_models import Body, DetailsBody, RecipientBody, TrackingNumber
from locker.core.model import Consent, Flag, Size

DeskType = Literal["key", "goods", "document", "parcel", "fragile", "valuable"]


class DeskBody(Body):
    """`POST /desk`: something that staff leave for a resident. It may have no `reference`, as a key has none."""

    recipient: RecipientBody
    size: Size
    type: DeskType
    reference: TrackingNumber | None = None
    consent: Consent | None = None
    flags: Annotated[list[Flag], Field(max_length=20)] = Field(default=[])
    details: DetailsBody | None = None


class DeskBookingBody(Body):
    """`POST /desk/bookings`: something that a resident leaves for staff."""

    sender: SenderBody
    size: Size
    type: DeskType
