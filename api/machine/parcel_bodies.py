"""What callers send about one parcel beside its door, and what they are answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.machine.moment_text import MomentText
from api.machine.request_models import Body, CourierBody, PersonName, TrackingNumber, Unit, as_whole
from api.machine.response_models import Moment, View
from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.model import ParcelState, Size
from locker.core.parcel_words import Contents, OutboundType, RejectReason
from locker.core.parcels.insurance import premium
from locker.services.outbound import Chosen
from locker.services.policies import Lane, ServiceLevel

if TYPE_CHECKING:
    from locker.core.messages.parcel_commands import BookingAnswer, CredentialAnswer, PickupParcelsAnswer
    from locker.services.policies import Promise

_HEAVIEST_G = 1_000_000
_DEAREST = 10**9
ParcelId = Annotated[str, Field(min_length=1, max_length=40)]


class PutBackBody(Body):
    """`POST /pickups/{id}/put-back` and `/accept`: of which parcel; of all of this pickup when none is named."""

    parcel: ParcelId | None = None


class RejectBody(Body):
    """`POST /pickups/{id}/reject`. The parcel is named where the pickup has several."""

    why: RejectReason
    parcel: ParcelId | None = None


class CredentialBody(Body):
    """`POST /parcels/{id}/credentials`: another code in place of a lost one, or a delegate with a name and an end."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {"kind": {"const": "replacement"}, "name": {"type": "null"}, "until": {"type": "null"}}},
                {
                    "required": ["name", "until"],
                    "properties": {
                        "kind": {"const": "delegate"},
                        "name": {"type": "string"},
                        "until": {"type": "string"},
                    },
                },
            ]
        }
    )

    kind: Literal["replacement", "delegate"]
    name: PersonName | None = None
    until: MomentText | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        delegate = self.kind == "delegate"
        if delegate and (self.name is None or self.until is None):
            raise PydanticCustomError("trade", "must have a name and an end for a delegate")
        if not delegate and (self.name is not None or self.until is not None):
            raise PydanticCustomError("trade", "has a name and an end only for a delegate")
        return self


Weight = Annotated[int, Field(ge=1, le=_HEAVIEST_G), BeforeValidator(as_whole)]


def _near(begin: datetime) -> datetime:
    """At the ends of all times a site's clock shows none."""
    if begin.year not in range(2000, 9000):
        raise PydanticCustomError("trade", "must be a time that there is")
    return begin


class Window(Body):
    """When somebody would like it to be fetched: from `begin` on, for so many minutes."""

    begin: Annotated[MomentText, AfterValidator(_near)]
    minutes: Annotated[int, Field(ge=1, le=1440), BeforeValidator(as_whole)]

    @property
    def end(self) -> datetime:
        """When it ends; at the end of all times nothing is later."""
        try:
            return self.begin + timedelta(minutes=self.minutes)
        except OverflowError:
            return self.begin


class SenderBody(Body):
    """Who gives something to a carrier."""

    unit: Unit
    name: PersonName


class OutboundBody(Body):
    """`POST /outbound`. `declared`: its value in the smallest coin. `return_code`: the carrier's, of a return.

    `declared_weight_g`: what it weighs, as its sender says. `contents`: what lies in it, as a word; what no carrier
    takes along is refused. `service`, `lane`: how fast and where it goes; `window`: when it would best be fetched.
    """

    sender: SenderBody
    carrier: PersonName
    size: Size
    type: OutboundType
    declared: Annotated[int, Field(ge=0, le=_DEAREST), BeforeValidator(as_whole)] | None = None
    declared_weight_g: Weight | None = None
    return_code: TrackingNumber | None = None
    contents: Contents | None = None
    service: ServiceLevel | None = None
    lane: Lane | None = None
    window: Window | None = None

    @property
    def chosen(self) -> Chosen:
        """What its sender chose, as the board keeps it."""
        window = self.window
        begin, end = (window.begin, window.end) if window is not None else (None, None)
        return Chosen(self.service or "", self.lane or "", begin, end)


class HandOverBody(Body):
    """`POST /parcels/{id}/hand-over`: which courier fetches it, and what it weighs."""

    courier: CourierBody
    weight_g: Weight | None = None


class PickupParcelView(View):
    """How one parcel of a pickup stands. `held`: why nothing lets it out, null when something may."""

    parcel: str
    compartment: str
    state: ParcelState
    held: str | None


class PickupParcelsView(View):
    """How the parcels of a pickup stand after what was said of them."""

    pickup: str
    parcels: list[PickupParcelView]


class MadeCredentialView(View):
    """A credential that was made. `code` and `token` of a delegate stand here and nowhere else, never of another."""

    id: str
    parcel: str
    kind: CredentialKind
    until: Moment | None
    code: str | None
    token: str | None


class CredentialView(View):
    """What opens a parcel, or opened it. A delegate's name is known while the credential opens."""

    id: str
    kind: CredentialKind
    name: str | None
    made_at: Moment
    until: Moment | None
    ended: CredentialEnd | None
    ended_at: Moment | None


class PromiseView(View):
    """Within what time something is promised."""

    within: int
    unit: str


class BookingView(View):
    """A booking. `code` opens a door for what was booked until `reserved_until`: who shows it agrees to what is here.

    `carrier` takes it; `promise`: within what time that company delivers, null where nothing is promised; `premium`:
    what insuring the declared value costs, in the smallest coin, null where none was declared.
    """

    booking: str
    parcel: str
    code: str
    reserved_until: Moment
    carrier: str | None
    promise: PromiseView | None
    premium: int | None


def pickup_parcels_json(answer: PickupParcelsAnswer) -> dict[str, Any]:
    """As PickupParcelsView."""
    parcels = [
        {"parcel": parcel, "compartment": compartment, "state": state, "held": held or None}
        for parcel, compartment, state, held in answer.parcels
    ]
    return {"pickup": answer.pickup, "parcels": parcels}


def credential_json(answer: CredentialAnswer, secrets: tuple[str, str] | None = None) -> dict[str, Any]:
    """As MadeCredentialView."""
    code, token = secrets or (None, None)
    return {
        "id": answer.credential,
        "parcel": answer.parcel,
        "kind": answer.kind,
        "until": answer.until,
        "code": code,
        "token": token,
    }


def booking_json(
    answer: BookingAnswer,
    code: str,
    *,
    carrier: str | None = None,
    promise: Promise | None = None,
    declared: int | None = None,
) -> dict[str, Any]:
    """As BookingView."""
    return {
        "booking": answer.booking,
        "parcel": answer.parcel,
        "code": code,
        "reserved_until": answer.reserved_until,
        "carrier": carrier,
        "promise": None if promise is None else {"within": promise.within, "unit": promise.unit.value},
        "premium": None if declared is None else premium(declared),
    }
