"""What may be said about a parcel that goes out beside its door, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints

from api.machine.moment_text import MomentText
from api.machine.parcel_bodies import BookingView, ParcelId, Weight
from api.machine.request_models import Body, PersonName
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.core.model import ParcelState
from locker.services.outbound import Answer, Chosen, Seen, minutes_late, promised
from locker.services.policies import DispatchRules, Lane, ServiceLevel

if TYPE_CHECKING:
    from datetime import datetime

    from locker.services.outbound import BoardLine
    from locker.services.policies import Carriage, DeliveryTime

CourierId = Annotated[str, Field(min_length=1, max_length=40)]
PlaceName = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]


class OfferBody(Body):
    """`POST /outbound/{parcel}/offer`: which courier is asked, by the account's id."""

    courier: CourierId


class AnswerBody(Body):
    """`POST /outbound/{parcel}/answer`: what the courier who was asked says."""

    courier: CourierId
    answer: Literal["accepted", "declined"]

    @property
    def said(self) -> Answer:
        """The same as a word of the trade."""
        return Answer(self.answer)


class EtaBody(Body):
    """`POST /outbound/{parcel}/eta`: when the courier who took the job will be here."""

    courier: CourierId
    at: MomentText


class Position(Body):
    """Where a vehicle is, in degrees (WGS 84)."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class NewsBody(Body):
    """`POST /outbound/{parcel}/news`: what a carrier's feed says: a place, where its vehicle is, that it arrived."""

    at: MomentText
    place: PlaceName | None = None
    position: Position | None = None
    delivered: bool = False

    @property
    def seen(self) -> Seen:
        """Where it was seen, as the board keeps it."""
        lat, lon = (self.position.lat, self.position.lon) if self.position is not None else (None, None)
        return Seen(self.at, self.place or "", lat, lon)


class PriceQuery(Body):
    """`GET /delivery-price`: for what a price and a time are asked; without a carrier those that hold for all."""

    carrier: PersonName | None = None
    service: ServiceLevel | None = None
    lane: Lane | None = None
    weight_g: Annotated[Weight, BeforeValidator(lambda text: int(text) if str(text).isdecimal() else text)] | None = (
        None
    )

    @property
    def chosen(self) -> Chosen:
        """The same as the board takes it."""
        return Chosen(self.service or "", self.lane or "")


class DaysView(View):
    """Within how many days after the hand-over it arrives."""

    first: int
    last: int


class PriceView(View):
    """What it costs about, in the smallest coin, null where no table says; the carrier's scale has the last word."""

    estimate: int | None
    currency: str
    decimals: int
    delivery: DaysView | None


class OutboundBookingView(BookingView):
    """A booking for a carrier: besides, what it costs about and when it arrives, as in `GET /delivery-price`."""

    estimate: int | None
    currency: str
    decimals: int
    delivery: DaysView | None


class SeenView(View):
    """Where the carrier's feed saw it last."""

    at: Moment
    place: str | None
    lat: float | None
    lon: float | None


class CourierJobView(View):
    """Who was asked to fetch it. `minutes_late`: how much later than told the courier came, below 0 before."""

    courier: CourierId | None
    state: Literal["waiting", "offered", "accepted", "taken"]
    answer_by: Moment | None
    eta: Moment | None
    minutes_late: int | None


class WeightView(View):
    """What its sender said that it weighs, and what it weighed at the hand-over. `differs`: by more than may be."""

    declared_g: int | None
    weighed_g: int | None
    differs: bool


class ArrivalView(View):
    """Between which days it is to arrive, by the promise that held at the hand-over. `late`: the last is over."""

    first: str | None
    last: str | None
    delivered_at: Moment | None
    late: bool


class OutboundView(View):
    """One parcel that goes out, or went. `state` is null once it is not in this cabinet any more."""

    parcel: ParcelId
    carrier: str
    state: ParcelState | None
    service: ServiceLevel | None
    lane: Lane | None
    window: dict[str, Moment] | None
    estimate: int | None
    job: CourierJobView
    weight: WeightView
    taken_at: Moment | None
    arrival: ArrivalView
    seen: SeenView | None


class OfferView(View):
    """One courier who was asked for one parcel."""

    parcel: ParcelId
    courier: CourierId


def days_json(time: DeliveryTime | None) -> dict[str, int] | None:
    """As DaysView."""
    return None if time is None else {"first": time.first, "last": time.last}


def price_json(estimate: int | None, table: Carriage, time: DeliveryTime | None) -> dict[str, Any]:
    """As PriceView."""
    said = {"estimate": estimate, "currency": table.currency, "decimals": table.decimals}
    return {**said, "delivery": days_json(time)}


def outbound_json(line: BoardLine, rules: DispatchRules, now: datetime, timezone: str) -> dict[str, Any]:
    """As OutboundView."""
    order = line.order
    window = {"begin": _told(order.window_from), "end": _told(order.window_to)} if order.window_from else None
    return {
        "parcel": order.parcel,
        "carrier": line.company,
        "state": line.parcel.state.value if line.parcel is not None else None,
        "service": order.service or None,
        "lane": order.lane or None,
        "window": window,
        "estimate": order.estimate,
        "job": {
            "courier": order.courier or None,
            "state": "taken" if order.taken_at else order.state or "waiting",
            "answer_by": _told(order.answer_by),
            "eta": _told(order.eta),
            "minutes_late": minutes_late(order.eta, order.taken_at),
        },
        "weight": {
            "declared_g": line.declared_g,
            "weighed_g": order.weight_g,
            "differs": rules.differs(order.weight_g, line.declared_g),
        },
        "taken_at": _told(order.taken_at),
        "arrival": _arrival(line, now, timezone),
        "seen": _seen(line),
    }


def _arrival(line: BoardLine, now: datetime, timezone: str) -> dict[str, Any]:
    zone = ZoneInfo(timezone)
    days = promised(line.time, line.order.taken_at, zone)
    until = (line.order.delivered_at or now).astimezone(zone).date()
    return {
        "first": days.first.isoformat() if days else None,
        "last": days.last.isoformat() if days else None,
        "delivered_at": _told(line.order.delivered_at),
        "late": days is not None and days.late(until),
    }


def _seen(line: BoardLine) -> dict[str, Any] | None:
    seen = line.order.seen
    if seen is None:
        return None
    return {"at": rfc3339(seen.at), "place": seen.place or None, "lat": seen.lat, "lon": seen.lon}


def _told(at: datetime | None) -> str | None:
    return rfc3339(at) if at is not None else None
