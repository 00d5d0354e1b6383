"""What carriers may send about parcels that they will bring, as JSON or CSV, and what they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Discriminator, Field, RootModel, Tag, model_validator
from pydantic_core import PydanticCustomError

from api.machine.moment_text import MomentText
from api.machine.request_models import (
    Body,
    CarriedType,
    DetailsBody,
    Needs,
    PersonName,
    RecipientBody,
    TrackingNumber,
)
from api.machine.response_models import Moment, View
from locker.core.model import Flag, Size
from locker.core.parcel_words import ParcelType
from locker.services.custody_service import ParcelNotice

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_AT_ONCE = 500


class WindowBody(Body):
    """Between which times a parcel will be brought; its recipients are told beforehand."""

    start: MomentText
    end: MomentText

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("trade", "must end after it starts")
        return self


class ExpectedBody(Body):
    """One parcel that will come. Room of its `size` is kept until `until`, at most 30 days."""

    tracking: TrackingNumber
    recipient: RecipientBody
    size: Size
    carrier: PersonName
    flags: Annotated[list[Flag], Field(max_length=20)] = Field(default=[])
    needs: Needs = Field(default=[])
    type: CarriedType = "parcel"
    details: DetailsBody | None = None
    until: MomentText
    window: WindowBody | None = None

    def notice(self) -> ParcelNotice:
        """Give the same as the service takes it."""
        return ParcelNotice(
            tracking=self.tracking,
            size=self.size,
            carrier=self.carrier,
            until=self.until,
            unit=self.recipient.unit,
            name=self.recipient.name,
            phone=self.recipient.phone,
            flags=frozenset(self.flags),
            needs=frozenset(self.needs),
            window=(self.window.start, self.window.end) if self.window is not None else None,
            type=ParcelType(self.type),
            details=self.details.text() if self.details is not None else "",
        )


def _one_or_many(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


class ExpectedBodies(
    RootModel[
        Annotated[
            Annotated[ExpectedBody, Tag("one")]
            | Annotated[list[ExpectedBody], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("many")],
            Discriminator(_one_or_many),
        ]
    ]
):
    """`POST /expected`: one parcel, or a list that is taken as a whole or not at all.

    As `text/csv` (UTF-8, or the `charset` gb18030 or big5) a line a parcel, with a first line that names the columns:
    tracking, unit, name, phone, size, carrier, flags, needs, shipment, pieces, until; several flags or needs with a
    space between.
    """

    def notices(self) -> list[ParcelNotice]:
        """Give the same as the service takes it."""
        many = self.root if isinstance(self.root, list) else [self.root]
        return [each.notice() for each in many]


class ExpectedView(View):
    """An announced parcel, for which room is kept."""

    parcel: str
    tracking: str
    unit: str
    recipients: list[str]
    size: Size
    carrier: str
    flags: list[Flag]
    needs: list[str]
    announced_at: Moment
    until: Moment


class ExpectedIdView(View):
    """The id that an announced parcel has, and will have when it is here."""

    parcel: str
    tracking: str


def announced_json(told: ExpectedBodies, parcels: Sequence[str]) -> Any:
    """As ExpectedIdView, one or a list as it was asked."""
    numbers = [each.tracking for each in told.notices()]
    many = [{"parcel": parcel, "tracking": number} for parcel, number in zip(parcels, numbers, strict=True)]
    return many if isinstance(told.root, list) else many[0]


def expected_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """As ExpectedView, out of a row of the parcel table."""
    same = ("tracking", "unit", "recipients", "size", "flags", "needs")
    return {
        **{name: row[name] for name in same},
        "parcel": row["id"],
        "carrier": row["company"],
        "announced_at": row["created_at"],
        "until": row["reserved_until"],
    }
