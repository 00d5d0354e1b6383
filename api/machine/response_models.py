"""What callers get: the shapes of all answers for the OpenAPI document, and the functions that fill them.

The shapes are not run on the way out, because a pickup should not pay for it; tests hold the two together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from locker.core.model import Consent, Direction, Flag, ParcelState, Seen, Size, Use, deposit_id
from locker.core.parcel_words import ParcelType
from locker.journal.codec import data_to_hand_out
from locker.services.mass_openings import OpeningState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locker.core.events.record import Recorded
    from locker.core.messages.commands import CompartmentAnswer, DepositAnswer, PickupAnswer
    from locker.services.notices import Shipment
    from locker.services.people import Person

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class View(BaseModel):
    """An answer: these fields and no others."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class DepositView(View):
    """How a deposit stands."""

    deposit: str
    parcel: str
    compartment: str
    state: ParcelState


class OpeningView(View):
    """One door that a code opens."""

    parcel: str
    compartment: str


class PickupView(View):
    """The doors that a code opens, in the order in which they open."""

    pickup: str
    openings: list[OpeningView]


class CompartmentView(View):
    """How a compartment stands: what it is used for, and what its switch says."""

    id: str
    size: Size
    use: Use
    seen: Seen
    bank: str
    since: Moment | None
    parcels: list[str]


class MassOpeningView(View):
    """A request for many doors: it waits for a second person at the panel, then opens them one after another."""

    id: str
    state: OpeningState
    reason: str
    compartments: list[str]
    asked_at: Moment
    ordered: list[str]
    refused: list[str]


class EventView(View):
    """One line of the journal. `hash` links the stored line to the one before.

    `data` leaves out the keyed hashes of codes, tokens and labels that stand in the stored body, so the chain can be
    verified where it is stored (`lockerd audit`) and not from here.
    """

    seq: int
    at: Moment
    kind: str
    by: str
    data: dict[str, Any]
    hash: str


class CompanyView(View):
    """Who brought a parcel."""

    company: str
    name: str


class ParcelView(View):
    """A parcel as it stands, or as it ended. At a `place` it has no compartment, and its `compartment` is empty.

    `fetched_by`: the courier who took it back, or to whom it was returned. `to_staff`: over the desk from a resident to
    staff. `identity`: who has checked its sender's identity, empty for nobody; when stands in its timeline
    (`SenderChecked`). `details`: what was said of it beside its label.
    """

    id: str
    deposit: str
    state: ParcelState
    compartment: str
    size: Size
    tracking: str
    unit: str
    recipients: list[str]
    courier: CompanyView
    flags: list[Flag]
    consent: Consent | None
    created_at: Moment
    since: Moment
    stored_at: Moment | None
    deadline: Moment | None
    overdue: bool
    direction: Direction
    type: ParcelType
    to_staff: bool
    identity: Literal["", "staff", "carrier", "service"]
    details: dict[str, Any] | None
    held: bool
    place: str | None
    fetched_by: str | None


class NoticeView(View):
    """What somebody was told of a parcel, or was to be told: `text` with its code and link hidden, once it is sent."""

    id: str
    template: str
    recipient: str
    state: str
    tries: int
    fault: str
    created_at: Moment
    done_at: Moment | None
    channel: str
    language: str
    version: str
    text: str
    receipt: Literal["", "delivered", "failed"]
    receipt_at: Moment | None


class ShipmentView(View):
    """The shipment that a parcel is a piece of: how many pieces it has, and the parcels of it that are here."""

    pieces: int
    here: list[str]
    complete: bool


class ParcelDetail(ParcelView):
    """A parcel, everything that the journal says about it, and what was told of it. `shipment`: null for one alone."""

    shipment: ShipmentView | None
    timeline: list[EventView]
    notices: list[NoticeView]


class SnapshotView(View):
    """A picture of the cabinet's front, or why there is none. `event` is the number of the event that it shows."""

    event: int
    at: Moment
    cause: Literal["stored", "opened", "collected", "forced", "left-open", "staff"]
    compartment: str
    sha256: str | None
    removed: bool
    missing: str | None


class ParcelPage(View):
    """Some parcels, newest first, and the cursor of the next page."""

    items: list[ParcelView]
    next: str | None


class ResidentView(View):
    """A resident as kept. `warnings`: what was kept and will not work; left out when there is nothing."""

    id: str
    unit: str
    name: str
    phone: str
    language: str
    consent: bool | None
    reach: bool
    email: str
    warnings: list[Literal["phone-not-dialable"]] = []


class HealthWarningView(View):
    """What wants a person: `about` names the door or the bank, if it is about one."""

    subject: str
    about: str


class HealthView(View):
    """`degraded`: a door cannot be seen, or the screen is dark. `sealed`: nothing can be recorded, so nothing opens.

    `screen` is null at a cabinet that has none of its own.
    `open`: visitors are served at this hour; `changes_at`: when that ends or begins, null where it never does.
    `measures`: numbers about the machine; what nobody measures here is left out.
    """

    status: Literal["ok", "degraded", "sealed"]
    version: str
    unseen: list[str]
    screen: Literal["shown", "dark"] | None
    open: bool
    changes_at: Moment | None
    seen: list[str]
    warnings: list[HealthWarningView]
    measures: dict[str, float]


class FieldError(View):
    """One field that cannot be read."""

    field: str
    detail: str


class ProblemView(View):
    """RFC 9457. `field` and `errors` with 422 `invalid`, `retry_after` in seconds with 429.

    `missing` with `fields-missing`.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    errors: list[FieldError] | None = None
    retry_after: int | None = None
    missing: list[str] | None = None


def deposit_json(answer: DepositAnswer) -> dict[str, Any]:
    """As DepositView."""
    return {
        "deposit": answer.deposit,
        "parcel": answer.parcel,
        "compartment": answer.compartment,
        "state": answer.state,
    }


def pickup_json(answer: PickupAnswer) -> dict[str, Any]:
    """As PickupView."""
    openings = [{"parcel": parcel, "compartment": compartment} for parcel, compartment in answer.openings]
    return {"pickup": answer.pickup, "openings": openings}


def compartment_json(answer: CompartmentAnswer) -> dict[str, Any]:
    """As CompartmentView."""
    return {
        "id": answer.id,
        "size": answer.size,
        "use": answer.use,
        "seen": answer.seen,
        "bank": answer.bank,
        "since": answer.since,
        "parcels": list(answer.parcels),
    }


def resident_json(person: Person, *, can_be_dialled: bool) -> dict[str, Any]:
    """As ResidentView."""
    kept = {name: getattr(person, name) for name in ResidentView.model_fields if name != "warnings"}
    return kept if can_be_dialled else {**kept, "warnings": ["phone-not-dialable"]}


def parcel_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """As ParcelView, out of a row of the parcel table. No hash leaves the locker."""
    same = ("id", "state", "compartment", "size", "tracking", "unit", "recipients", "flags")
    times = ("created_at", "since", "stored_at", "deadline")
    return {
        **{name: row[name] for name in same},
        **{name: row[name] for name in times},
        "deposit": deposit_id(row["id"]),
        "courier": {"company": row["company"], "name": row["courier"]},
        "consent": row["consent"] or None,
        "overdue": bool(row["overdue"]),
        "direction": row["direction"],
        "type": row["type"],
        "to_staff": bool(row["to_staff"]),
        "identity": row["identity"],
        "details": json.loads(row["details"]) if row["details"] else None,
        "held": bool(row["held"]),
        "place": row["place"] or None,
        "fetched_by": row["fetched_by"] or None,
    }


def shipment_json(shipment: Shipment | None) -> dict[str, Any] | None:
    """As ShipmentView."""
    if shipment is None:
        return None
    return {"pieces": shipment.pieces, "here": list(shipment.here), "complete": shipment.complete}


def compact(value: Any) -> str:
    """JSON without a space, in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def event_text(recorded: Recorded) -> str:
    """As EventView, already JSON: the body goes out as it stands in the journal, less its keyed hashes."""
    data = data_to_hand_out(recorded.kind, recorded.data)
    head = {"seq": recorded.seq, "at": recorded.at, "kind": recorded.kind, "by": recorded.by}
    return f'{compact(head)[:-1]},"data":{data},"hash":"{recorded.hash}"}}'


def events_text(events: Iterable[Recorded]) -> str:
    """A JSON array of events."""
    return f"[{','.join(map(event_text, events))}]"
