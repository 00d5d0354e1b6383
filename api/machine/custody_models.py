"""What callers may send about parcels in custody, and what they are answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.machine.request_models import (
    BOTH_OR_ANNOUNCED,
    Body,
    CarriedType,
    CourierBody,
    DetailsBody,
    PersonName,
    Reason,
    RecipientBody,
    TrackingNumber,
    Unit,
    as_whole,
)
from api.machine.response_models import Moment, View
from locker.core.model import Flag, ParcelState, Size
from locker.core.parcel_words import IdentityCheck
from locker.core.place import PlaceKind
from locker.text_folding import nfkc

if TYPE_CHECKING:
    from locker.core.messages.custody_commands import DeadlinesAnswer, StandingAnswer
    from locker.services.custody_service import PlaceAnswer

LONGEST_HOURS = 720
Hours = Annotated[int, Field(ge=1, le=LONGEST_HOURS), BeforeValidator(as_whole)]
PlaceName = Annotated[str, Field(min_length=1, max_length=24)]


class HoldBody(Body):
    """`POST /parcels/{id}/hold`."""

    reason: Reason


class ExtendBody(Body):
    """`POST /parcels/{id}/extend`."""

    hours: Hours


class DeadlineFilterBody(Body):
    """Which parcels: all that is said must hold. A `bank` or `compartment` means those behind its doors."""

    unit: Unit | None = None
    bank: PlaceName | None = None
    compartment: PlaceName | None = None
    place: PlaceName | None = None
    carrier: PersonName | None = None
    overdue: bool | None = None


class DeadlinesBody(Body):
    """`POST /deadlines`: without a filter all parcels that are here."""

    hours: Hours
    reason: Reason
    filter: DeadlineFilterBody = DeadlineFilterBody()


class SenderCheckBody(Body):
    """`POST /parcels/{id}/sender-check`: who has seen it. A document is never sent here, nor its number."""

    checked_by: IdentityCheck


class MoveBody(Body):
    """`POST /parcels/{id}/move`: `to` is the id of a compartment or of a place."""

    to: PlaceName


class ReassignBody(Body):
    """`POST /parcels/{id}/reassign`: for whom it is, and how that came out."""

    recipient: RecipientBody
    reason: Reason


class WithdrawBody(Body):
    """`POST /parcels/{id}/withdraw`: the courier who takes it out."""

    courier: CourierBody


_A_NUMBER = r"(?:\d[ .-]?){6}"


def _no_document(text: str) -> str:
    if re.search(_A_NUMBER, nfkc(text)):
        raise PydanticCustomError("trade", "must not hold the number of a document or a phone")
    return text


class ReleaseBody(Body):
    """`POST /parcels/{id}/release`. A document that was seen is kept as seen, its number never."""

    identity: Literal["seen"]
    reason: Annotated[Reason, AfterValidator(_no_document), Field(json_schema_extra={"not": {"pattern": _A_NUMBER}})]


class PlacedBody(Body):
    """`POST /places/{id}/parcels`. Recipient and size are left out, both, for a parcel that was announced."""

    model_config = ConfigDict(json_schema_extra=BOTH_OR_ANNOUNCED)

    tracking: TrackingNumber
    courier: CourierBody
    recipient: RecipientBody | None = None
    size: Size | None = None
    direction: Literal["in", "desk"] = "in"
    flags: Annotated[list[Flag], Field(max_length=20)] = Field(default=[])
    type: CarriedType | Literal["key", "goods"] | None = None
    details: DetailsBody | None = None


class PlaceView(View):
    """A place without a door, and what lies there."""

    id: str
    name: str
    kind: PlaceKind
    capacity: int
    parcels: list[str]


class CustodyView(View):
    """How a parcel in custody stands. It is behind the door of a `compartment`, or at a `place`, or neither yet."""

    parcel: str
    state: ParcelState
    compartment: str | None
    place: str | None
    held: bool
    deadline: Moment | None
    overdue: bool


class DeadlinesView(View):
    """The parcels whose deadline was shifted."""

    parcels: list[str]


def custody_json(answer: StandingAnswer) -> dict[str, Any]:
    """As CustodyView."""
    return {
        "parcel": answer.parcel,
        "state": answer.state,
        "compartment": answer.compartment or None,
        "place": answer.place or None,
        "held": bool(answer.held),
        "deadline": answer.deadline,
        "overdue": answer.overdue,
    }


def place_json(answer: PlaceAnswer) -> dict[str, Any]:
    """As PlaceView."""
    place = answer.place
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind.value,
        "capacity": place.capacity,
        "parcels": list(answer.parcels),
    }


def deadlines_json(answer: DeadlinesAnswer) -> dict[str, Any]:
    """As DeadlinesView."""
    return {"parcels": list(answer.parcels)}
