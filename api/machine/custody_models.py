"""What callers may send about parcels in custody, and what they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from api.machine.request_models import Body, PersonName, Reason, Unit
from api.machine.response_models import Moment, View
from locker.core.model import ParcelState

if TYPE_CHECKING:
    from locker.core.custody_commands import DeadlinesAnswer, StandingAnswer

LONGEST_HOURS = 720
Hours = Annotated[int, Field(ge=1, le=LONGEST_HOURS)]
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


def deadlines_json(answer: DeadlinesAnswer) -> dict[str, Any]:
    """As DeadlinesView."""
    return {"parcels": list(answer.parcels)}
