"""What callers may send, as models that are checked at the border, and nothing but the contract's fields."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from locker.core.model import Consent, Content, Direction, Flag, ParcelState, Size
from locker.core.reasons import NotStored
from locker.labels import printed_tracking
from locker.services.notices import Receipt
from locker.services.people import plain_phone
from locker.text_folding import names_nobody, visible_name, without_invisible

_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_NOT_BLANK = rf"^[^{_CONTROL}]*[^{_CONTROL}\s][^{_CONTROL}]*$"
_PHONE = r"^[ (]*\+?(?:[ ().-]*[0-9]){3,17}[ ().-]*$"
_PHONE_ON_LABEL = r"^[0-9 ().+*-]*[0-9][0-9 ().+*-]*$"
_EMAIL = rf"^[^{_CONTROL}\s@]+@[^{_CONTROL}\s@]+$"
_LAST_ROW = 2**63 - 1


def _stripped(text: str) -> str:
    return text.strip()


def _plain(text: Any) -> Any:
    """Full-width digits, dashes of every length and marks of direction, as phones and address books copy them."""
    if not isinstance(text, str):
        return text
    return "".join("-" if category(sign) == "Pd" else sign for sign in without_invisible(text).replace("/", " "))


def as_whole(number: Any) -> Any:
    """To JSON 81.0 is a whole number, as 81 is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _text(longest: int) -> Any:
    return (StringConstraints(min_length=1, max_length=longest, pattern=_NOT_BLANK), AfterValidator(_stripped))


def _one_of(*ways: tuple[str, tuple[str, ...]]) -> dict[str, Any]:
    """The schema of a body that says one thing, and of the others nothing or null: `(that, (others…))`."""
    return {
        "oneOf": [
            {"required": [name], "properties": {name: {"type": "string"}, **{key: {"type": "null"} for key in others}}}
            for name, others in ways
        ]
    }


def _name(text: str) -> str:
    if names_nobody(text):
        raise PydanticCustomError("trade", "must have a letter or a digit")
    return visible_name(text)


def _tracking(text: str) -> str:
    number = printed_tracking(text)
    if not number:
        raise PydanticCustomError("trade", "must be the number of a parcel: not a pickup token, a link or a card")
    return number


TrackingNumber = Annotated[str, *_text(80), AfterValidator(_tracking)]
Unit = Annotated[str, *_text(40), AfterValidator(_name)]
PersonName = Annotated[str, *_text(80), AfterValidator(_name)]
SecondItem = Annotated[str, *_text(40)]
Reason = Annotated[str, *_text(200)]
StaffName = Annotated[str, *_text(32)]
TypedCode = Annotated[str, *_text(32)]
ScannedText = Annotated[str, *_text(128)]
Phone = Annotated[
    str, StringConstraints(max_length=40, pattern=_PHONE), BeforeValidator(_plain), AfterValidator(plain_phone)
]
PhoneOnLabel = Annotated[
    str, StringConstraints(min_length=3, max_length=40, pattern=_PHONE_ON_LABEL), BeforeValidator(_plain)
]
BookingId = Annotated[str, *_text(40)]
ParcelName = Annotated[str, *_text(40)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=_EMAIL)]


_CURSOR = "^[^~]+~[^~]+$"


class Body(BaseModel):
    """A body: an unknown field is an error, and nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class NoBody(Body):
    """A call whose path says it all: no body, or an empty object."""


class RecipientBody(Body):
    """Who the parcel is for: a unit, with a name where several live there, or a phone.

    Labels mask numbers: stars in the phone stand for digits that nobody sees.
    """

    model_config = ConfigDict(json_schema_extra=_one_of(("unit", ("phone",)), ("phone", ("unit", "name"))))

    unit: Unit | None = None
    name: PersonName | None = None
    phone: PhoneOnLabel | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.unit is None) == (self.phone is None):
            raise PydanticCustomError("trade", "must have either a unit or a phone")
        if self.name is not None and self.unit is None:
            raise PydanticCustomError("trade", "must have a unit beside the name")
        return self


Needs = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=24, pattern="^[a-z][a-z0-9-]*$")]],
    Field(max_length=8),
]
"""Features that the compartment must have, in the words of the site file."""


BOTH_OR_ANNOUNCED: dict[str, Any] = {
    "oneOf": [
        {
            "required": ["recipient", "size"],
            "properties": {"recipient": {"type": "object"}, "size": {"type": "string"}},
        },
        {"properties": {"recipient": {"type": "null"}, "size": {"type": "null"}}},
    ]
}
"""Who says for whom a parcel is says its size too; who says neither brings what was announced."""


class CourierBody(Body):
    """Who brings the parcel."""

    company: PersonName
    name: PersonName


CarriedType = Literal["parcel", "document", "fragile", "liquid", "fresh", "valuable", "oversize"]
"""What a carrier brings: a category, from which follows how it is handled. Oversize goes to a place without a door."""
_Millimetres = Annotated[int, Field(ge=1, le=5000), BeforeValidator(as_whole)]
_HEAVIEST_G = 1_000_000
_MOST_PIECES = 99


class DetailsBody(Body):
    """What may be said beside a label: kept for staff, never in the journal. One notice a `shipment`."""

    sender: PersonName | None = None
    weight_g: Annotated[int, Field(ge=1, le=_HEAVIEST_G), BeforeValidator(as_whole)] | None = None
    length_mm: _Millimetres | None = None
    width_mm: _Millimetres | None = None
    height_mm: _Millimetres | None = None
    pieces: Annotated[int, Field(ge=1, le=_MOST_PIECES), BeforeValidator(as_whole)] | None = None
    piece: Annotated[int, Field(ge=1, le=_MOST_PIECES), BeforeValidator(as_whole)] | None = None
    shipment: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern="^[0-9A-Za-z-]+$")] | None = None
    notes: Reason | None = None

    def text(self) -> str:
        """The same as it is kept: JSON of what was said, in one spelling."""
        return json.dumps(self.model_dump(exclude_none=True), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class DepositBody(Body):
    """`POST /deposits`. Recipient and size are left out, both, for a parcel that this carrier announced.

    `join`: behind the door where this household's parcel of this carrier is, when rules allow.
    """

    model_config = ConfigDict(json_schema_extra=BOTH_OR_ANNOUNCED)

    tracking: TrackingNumber
    recipient: RecipientBody | None = None
    size: Size | None = None
    courier: CourierBody
    consent: Consent | None = None
    flags: Annotated[list[Flag], Field(max_length=20)] = []
    needs: Needs = []
    damaged: bool = False
    join: bool = False
    type: CarriedType | None = None
    details: DetailsBody | None = None


class BookedBody(Body):
    """`POST /deposits` of what a resident booked to go out: the booking and its code, which opens a door for it."""

    booking: BookingId
    code: TypedCode


def _booked_or_not(value: Any) -> str:
    return "booked" if isinstance(value, dict) and ("booking" in value or "code" in value) else "parcel"


class DepositBodies(
    RootModel[
        Annotated[
            Annotated[DepositBody, Tag("parcel")] | Annotated[BookedBody, Tag("booked")],
            Discriminator(_booked_or_not),
        ]
    ]
):
    """`POST /deposits`: a carrier's parcel, or what a resident booked to go out."""


class CancelBody(Body):
    """`POST /deposits/{id}/cancel`: why nothing was stored, if the courier says. No body is an empty one."""

    reason: NotStored | None = None


class ResizeBody(Body):
    """`POST /deposits/{id}/resize`."""

    size: Size


class PickupBody(Body):
    """`POST /pickups`: a code, perhaps with the end of the phone or the unit; or the token of a QR.

    A code of the wrong shape is a try like any other. `all`: whatever is stored for the same people, one door after
    another; an insured parcel among it asks for `second`, also beside a token.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                *_one_of(("code", ("token",)), ("token", ("code", "second")))["oneOf"],
                {
                    "required": ["token", "second", "all"],
                    "properties": {
                        "token": {"type": "string"},
                        "second": {"type": "string"},
                        "all": {"const": True},
                        "code": {"type": "null"},
                    },
                },
            ]
        }
    )

    code: TypedCode | None = None
    second: SecondItem | None = None
    token: ScannedText | None = None
    all: bool = False

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.code is None) == (self.token is None):
            raise PydanticCustomError("trade", "must have either a code or a token")
        if self.second is not None and self.code is None and not self.all:
            raise PydanticCustomError("trade", "must have a code beside the second item, or ask for all")
        return self


class OpenBody(Body):
    """`POST /compartments/{id}/open`."""

    reason: Reason


DoorName = Annotated[str, StringConstraints(max_length=24)]


class MassOpeningBody(Body):
    """`POST /mass-openings`: several doors by their ids, or all of the cabinet."""

    compartments: (
        Literal["all"]
        | Annotated[list[Annotated[str, StringConstraints(max_length=24)]], Field(min_length=1, max_length=1000)]
    )
    reason: Reason


class ClearBody(Body):
    """`POST /compartments/{id}/clear`.

    `parcels`: which of several are inside, where not all of them are; those left out are gone. `by_word` where no
    switch can tell that the door is shut: then with a reason, and with the sign-in name of a member of staff as
    `witness`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"content": {"const": "parcel"}}},
                {"properties": {"content": {"const": "empty"}, "parcels": {"type": "null"}}},
            ],
            "oneOf": [
                {
                    "required": ["by_word", "reason"],
                    "properties": {"by_word": {"const": True}, "reason": {"type": "string"}},
                },
                {
                    "properties": {
                        "by_word": {"const": False},
                        "reason": {"type": "null"},
                        "witness": {"type": "null"},
                    }
                },
            ],
        }
    )

    content: Content
    parcels: Annotated[list[ParcelName], Field(min_length=1, max_length=20)] | None = None
    by_word: bool = False
    reason: Reason | None = None
    witness: StaffName | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.parcels is not None and self.content is not Content.PARCEL:
            raise PydanticCustomError("trade", "names parcels only where one is inside")
        if self.by_word and self.reason is None:
            raise PydanticCustomError("trade", "must have a reason where it is by word")
        if not self.by_word and (self.reason is not None or self.witness is not None):
            raise PydanticCustomError("trade", "has a reason and a witness only where it is by word")
        return self


class RetireBody(Body):
    """`POST /compartments/{id}/retire`."""

    reason: Reason


class ResidentBody(Body):
    """`PUT /residents`. What may be left out stays as it is, or is plain for somebody new."""

    unit: Unit
    name: PersonName
    phone: Phone
    language: Literal["zh-CN", "zh-TW", "en"] | None = None
    consent: bool | None
    reach: bool | None = None
    email: Email | None = None


class ParcelQuery(BaseModel):
    """`GET /parcels`: all that is said must hold."""

    state: ParcelState | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    tracking: (
        Annotated[str, Field(max_length=80), AfterValidator(lambda text: printed_tracking(text) or text)] | None
    ) = None
    direction: Direction | None = None
    held: bool | None = None
    place: Annotated[str, Field(max_length=24)] | None = None
    after: Annotated[str, Field(max_length=80, json_schema_extra={"pattern": _CURSOR})] | None = None
    limit: Annotated[int, Field(ge=1, le=_LAST_ROW)] = 50


class EventQuery(BaseModel):
    """`GET /events`: those that follow the one with this number, oldest first."""

    after: Annotated[int, Field(ge=0, le=_LAST_ROW)] = 0
    limit: Annotated[int, Field(ge=1, le=_LAST_ROW)] = 1000


class ReceiptBody(Body):
    """What became of a notice, by its `id` and the `receipt` of its message as `token`."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    token: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    state: Receipt


class PaymentBody(Body):
    """What was paid for a parcel, in the smallest unit of the currency; `reference` is the provider's own number."""

    parcel: Annotated[str, *_text(40)]
    amount: Annotated[int, Field(ge=1, le=1_000_000_000), BeforeValidator(as_whole)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    reference: Annotated[str, *_text(120)]
