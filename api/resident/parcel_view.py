"""A resident's parcels as their page shows them: the site in, values out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from locker.core.model import Flag, ParcelState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.resident.resident_text import ResidentText
    from locker.core.events.record import Recorded
    from locker.core.model import Parcel
    from locker.services.evidence import Snapshot

_TOLD = {
    "ParcelExpected": "expected",
    "ParcelStored": "stored",
    "ParcelPlaced": "placed",
    "ParcelMoved": "moved",
    "ReminderDue": "reminded",
    "ParcelOverdue": "overdue",
    "DeadlineShifted": "extended",
    "PickupStarted": "fetched",
    "PickupFailed": "failed",
    "ParcelHeld": "held",
    "HoldEnded": "released",
    "CredentialAdded": "delegate",
    "CodeRenewed": "new_code",
    "ResidentReported": "reported",
    "ReportSettled": "settled",
    "ParcelCollected": "collected",
    "ParcelEnded": "ended",
    "OutboundBooked": "booked",
    "BookingLapsed": "lapsed",
    "HandOverStarted": "handed",
}
GAUGE = 300
_DELEGATE = "g"  # how the ids of their credentials begin


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of what happened: a time, a sentence, and the address of the picture that was taken then."""

    time: str
    sentence: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class FeeLines:
    """What keeping a parcel costs, in a sentence; what is due of it now, and where to pay that."""

    rule: str
    due: str
    pay_link: str


@dataclass(frozen=True, slots=True)
class ParcelCard:
    """One parcel of mine: where, how long, and what may be done. `gauge`: how much of the time is left, of 300."""

    id: str
    title: str
    where: str
    door: str
    company: str
    left: str
    gauge: int
    waits: bool
    may_extend: bool
    may_delegate: bool
    held: bool


def parcel_card(parcel: Parcel, text: ResidentText) -> ParcelCard:
    """How one parcel is shown."""
    waits = parcel.state in {ParcelState.STORED, ParcelState.COLLECTING}
    own = waits and not parcel.held
    return ParcelCard(
        id=parcel.id,
        title=_title(parcel, text),
        where=parcel.compartment or parcel.place,
        door=parcel.compartment,
        company=text.called(parcel.company),
        left=_left(parcel, text),
        gauge=_gauge(parcel, text.now),
        waits=waits,
        may_extend=own and not parcel.extended and parcel.deadline is not None,
        may_delegate=own and Flag.IN_PERSON not in parcel.flags,
        held=bool(parcel.held),
    )


def trail(
    events: Iterable[Recorded],
    notices: Sequence[Mapping[str, Any]],
    snapshots: Iterable[Snapshot],
    resident: str,
    text: ResidentText,
) -> list[TrailLine]:
    """What happened to a parcel, the newest first, in a resident's words; of messages those to this resident only."""
    pictures = {each.of: f"/parcels/{each.parcel}/pictures/{each.of}" for each in snapshots}
    lines = [
        (each.at, _sentence(each, text), pictures.get(each.seq, ""))
        for each in events
        if each.kind in _TOLD and _is_told(each)
    ]
    lines += [
        (each["done_at"], text.translate(f"my.told_{each['channel'] or 'phone'}"), "")
        for each in notices
        if each["recipient"] == resident and each["state"] == "sent"
    ]
    shown = [
        TrailLine(text.moment(datetime.fromisoformat(at)), sentence, picture)
        for at, sentence, picture in sorted(lines, key=lambda line: line[0], reverse=True)
    ]
    return [line for number, line in enumerate(shown) if number == 0 or line != shown[number - 1]]


def _is_told(recorded: Recorded) -> bool:
    """Of what opens a parcel only what somebody else did is news to its resident."""
    if recorded.kind == "CredentialAdded":
        return recorded.body().get("kind") == "delegate"
    return recorded.kind != "PickupStarted" or str(recorded.body().get("credential", "")).startswith(_DELEGATE)


def ended_sentence(state: str, text: ResidentText, opened_by: str = "") -> str:
    """How a parcel of the past ended, and by whom: `opened_by` is the credential that opened its door last."""
    sent = state == "collected" and opened_by.startswith(_DELEGATE)
    return text.translate("my.ended_delegate" if sent else f"my.ended_{state}")


def sent_sentence(state: str, text: ResidentText) -> str:
    """How far it came with what goes out."""
    return text.translate(f"my.out_{state}")


def _sentence(recorded: Recorded, text: ResidentText) -> str:
    body = recorded.body()
    key = _TOLD[recorded.kind]
    if key == "ended":
        return ended_sentence(str(body["state"]), text)
    if key == "expected" and body.get("window_from"):
        begin, end = (datetime.fromisoformat(body[name]) for name in ("window_from", "window_to"))
        carrier = text.called(str(body["company"]))
        return text.translate("my.log_window", company=carrier, time=text.moment(begin), end=text.clock(end))
    until = body.get("deadline")
    return text.translate(
        f"my.log_{key}",
        door=body.get("compartment") or body.get("place") or "",
        time=text.moment(datetime.fromisoformat(until)) if isinstance(until, str) else "",
    )


def _title(parcel: Parcel, text: ResidentText) -> str:
    if parcel.state is ParcelState.EXPECTED:
        if parcel.reserved_until is not None:
            return text.translate("my.title_expected_by", time=text.moment(parcel.reserved_until))
        return text.translate("my.title_expected")
    if parcel.state is ParcelState.CHECK or parcel.held:
        return text.translate("my.title_check")
    if parcel.overdue or parcel.deadline is None:
        return text.translate("my.title_overdue")
    return text.translate("my.title", time=text.moment(parcel.deadline))


def _left(parcel: Parcel, text: ResidentText) -> str:
    if parcel.deadline is None or parcel.held or parcel.state is ParcelState.EXPECTED:
        return ""
    return text.translate("my.over") if parcel.overdue else text.translate("my.left", time=text.left(parcel.deadline))


def _gauge(parcel: Parcel, now: datetime) -> int:
    if parcel.deadline is None or parcel.stored_at is None or parcel.deadline <= parcel.stored_at:
        return 0
    part = (parcel.deadline - now) / (parcel.deadline - parcel.stored_at)
    return round(GAUGE * min(1.0, max(0.0, part)))
