"""The journal as people read it: each line of a door's or a parcel's history as one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from api.staff.localized_text import staff_of
from api.staff.machine_view import health_sentence
from api.staff.task_words import reason_text, why_key
from api.staff.untold_notices import undelivered_text
from locker.core.model import parcel_of_deposit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.core.events.record import Recorded

ALARMS = frozenset(
    {
        *("DoorForced", "DoorLeftOpen", "LockFault", "SwitchFault", "PulseLost", "ContentUnknown", "TemperatureOut"),
        *("BankFault", "NoticeFailed", "ResidentReported", "PickupRejected", "CertificateEnding", "CertificateFault"),
        *("HelpAsked", "HealthWarned", "BackupFailed", "CaseWarned", "EmergencyDeclared", "WorkingDaysMissing"),
    }
)
# Lines that say the same as their neighbour, in the words of the machine: the full journal keeps them.
# A picture stands with the line that it shows.
NOT_SHOWN = frozenset(
    {"VisitEnded", "DepositLeaving", "Started", "ClockJumped", "SnapshotTaken", "SnapshotMissed", "ClipTaken"}
)
LOOKS = ("dispute", "damage", "reach", "asked", "authority", "check")
"""For what staff look at pictures and at who a parcel is for."""


# Lines that say something else when their measure or their work came to nothing.
_FLAWED: Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], str]] = {
    "TemperatureOut": (lambda body: body.get("celsius") is None, "unread"),
    "UpdateEnded": (lambda body: not body.get("kept"), "back"),
    "HandOverChecked": (lambda body: bool(body.get("differs")), "differs"),
    "CompensationApproved": (lambda body: not body.get("approved"), "back"),
    "RestoreDrilled": (lambda body: bool(body.get("fault")), "bad"),
    "ParcelSigned": (lambda body: parcel_of_deposit(str(body.get("pickup", ""))) is not None, "in"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a time of day, what happened, a smaller second line; its picture, number, door and parcel by name."""

    time: str
    sentence: str
    detail: str
    alarm: bool
    snapshot: str = ""
    number: int = 0
    door: str = ""
    parcel: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day under their heading."""

    heading: str
    entries: Sequence[Entry]


Actors: TypeAlias = "Mapping[str, str]"


def logbook(events: Iterable[Recorded], text: LocalizedText, actors: Actors | None = None) -> list[Day]:
    """Days and lines, the newest first. With `actors`, people by how the journal names them, every line is told."""
    lines = sorted(events, key=lambda each: each.seq, reverse=True)
    # A forced door says itself that it is open.
    forced = {each.seq - 1 for each in lines if each.kind == "DoorForced"}
    shown = [each for each in lines if actors is not None or (_is_shown(each) and each.seq not in forced)]
    stills = (each for each in lines if each.kind in {"SnapshotTaken", "SnapshotMissed"})
    taken = {each.body()["of"]: each for each in stills if not str(each.body().get("cause")).startswith("clip-")}
    days = groupby(shown, key=lambda each: text.date_of(recorded_at(each)))
    return [
        Day(text.heading(day), [_entry(each, taken.get(each.seq), text, actors or {}) for each in entries])
        for day, entries in days
    ]


def _is_shown(recorded: Recorded) -> bool:
    """A courier who leaves is silent, unless a reason was given."""
    return recorded.kind not in NOT_SHOWN or (recorded.kind == "DepositLeaving" and bool(recorded.body().get("reason")))


def recorded_at(recorded: Recorded) -> datetime:
    """When a line was recorded."""
    return datetime.fromisoformat(recorded.at)


def was_looked_into(events: Iterable[Recorded], since: datetime | None) -> bool:
    """True when staff had the door open after `since`: an order of theirs, then seen open."""
    ordered = opened = False
    for each in sorted(events, key=lambda each: each.seq):
        body = each.body()
        if each.kind == "UnlockOrdered" and body.get("kind") == "staff":
            ordered = True
        elif each.kind == "DoorOpened" and ordered:
            opened = opened or since is None or recorded_at(each) >= since
        elif each.kind == "DoorShut":
            ordered = False
    return opened


def failed_order(events: Iterable[Recorded]) -> bool:
    """True when the last order of staff for this door ended without the door seen open."""
    for each in sorted(events, key=lambda each: each.seq, reverse=True):
        if each.kind in {"DoorOpened", "DoorShut", "UnlockOrdered"}:
            return False
        if each.kind == "LockFault":
            return True
    return False


def last_reason(events: Iterable[Recorded]) -> str:
    """Why staff ordered this door open the last time."""
    ordered = [each for each in events if each.kind == "UnlockOrdered" and each.body().get("kind") == "staff"]
    return str(max(ordered, key=lambda each: each.seq).body().get("reason", "")) if ordered else ""


def _entry(recorded: Recorded, snapshot: Recorded | None, text: LocalizedText, actors: Actors) -> Entry:
    body = recorded.body()
    key = _key(recorded.kind, body)
    placeholders = _placeholders(body, text)
    sentence = text.translate_or(f"panel.log_{key}", "panel.log_other", **placeholders, kind=recorded.kind)
    details = _details(recorded, body, text, actors)
    if snapshot is not None and snapshot.kind == "SnapshotMissed":
        details.append(text.translate("panel.no_picture"))
    return Entry(
        time=text.clock(recorded_at(recorded), seconds=True),
        sentence=sentence,
        detail=text.translate("panel.comma").join(details),
        alarm=recorded.kind in ALARMS,
        snapshot=str(snapshot.body().get("sha256", "")) if snapshot is not None else "",
        number=recorded.seq,
        door=str(body.get("compartment", "")) or _noted_door(body),
        parcel=str(body.get("parcel", "")) or (str(body["about"]) if body.get("what") == "recipient-shown" else ""),
    )


def _reason(kind: str, reason: str, text: LocalizedText) -> str:
    """Why somebody looked is one of few words; other reasons are what a person wrote, or a lock's own fault."""
    known = f"panel.look_{reason}"
    if kind == "DepositRightRefused":
        return text.translate(f"refused.{reason}")
    return text.translate(known) if kind == "Noted" and reason in LOOKS else reason_text(reason, text)


def _doors(body: Mapping[str, Any]) -> list[str]:
    """Several doors of one line."""
    return [str(each) for name in ("compartments", "shut", "open") for each in _listed(body.get(name))]


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _noted_door(body: Mapping[str, Any]) -> str:
    about = str(body.get("about", ""))
    return about.removeprefix("door ") if body.get("what") == "pictures-shown" and about.startswith("door ") else ""


def _key(kind: str, body: Mapping[str, Any]) -> str:  # noqa: C901, PLR0912  one arm a kind
    if kind in _FLAWED and _FLAWED[kind][0](body):
        return f"{kind}_{_FLAWED[kind][1]}"
    match kind:
        case "UnlockOrdered":
            return f"UnlockOrdered_{body.get('kind', 'staff')}"
        case "CompartmentCleared":
            return f"CompartmentCleared_{body.get('content', 'empty')}" + ("_by_word" if body.get("by_word") else "")
        case "NoticeFailed" if body.get("notice"):
            return f"NoticeFailed_{body['notice']}"
        case "ReminderDue" if body.get("rung") == "last":
            return "ReminderDue_last"
        case "CaseSaid" if body.get("what") == "reply":
            return "CaseSaid_reply"
        case "ParcelEnded":
            return f"ParcelEnded_{body.get('state', 'withdrawn')}"
        case "DispatchAnswered":
            return f"DispatchAnswered_{body.get('answer', 'accepted')}"
        case "CredentialEnded":
            return f"CredentialEnded_{body.get('end', 'revoked')}"
        case "DeadlineShifted" | "ExpectationEnded":
            return f"{kind}_{body.get('cause', 'shifted' if kind == 'DeadlineShifted' else 'expired')}"
        case "EntryReported":
            return f"EntryReported_{body.get('passage', 'granted')}"
        case "ParcelCollected" if body.get("by_word"):
            return "ParcelCollected_by_word"
        case "ParcelStored" if body.get("again"):
            return "ParcelStored_again"
        case "ResidentReported" if body.get("problem"):
            return f"ResidentReported_{body['problem']}"
        case "Noted":
            # Reports had no kind of their own once.
            return f"Noted_{str(body.get('what', '')).partition(':')[0].replace(' ', '-')}"
        case _:
            return kind


def _placeholders(body: Mapping[str, Any], text: LocalizedText) -> dict[str, Any]:
    deadline = body.get("deadline", body.get("until"))
    return {
        "door": body.get("compartment", ""),
        "bank": body.get("bank", ""),
        "place": body.get("place", ""),
        "point": body.get("point", ""),
        "company": body.get("company", ""),
        "size": body.get("size", ""),
        "about": body.get("about", ""),
        "doors": text.translate("panel.list_comma").join(_doors(body)) or text.translate("panel.no_door_of_these"),
        "seconds": body.get("seconds", ""),
        "version": body.get("version", ""),
        "fingerprint": body.get("fingerprint", ""),
        "ends": body.get("ends", ""),
        "openings": body.get("openings", ""),
        "what": health_sentence(str(body.get("subject", "")), str(body.get("about", "")), text),
        "name": body.get("name", body.get("backup", "")),
        "places": text.translate("panel.list_comma").join(str(each) for each in _listed(body.get("places"))),
        "events": body.get("events", ""),
        "old": body.get("old", ""),
        "rule": text.translate(f"panel.rule_{body['rule']}") if "rule" in body else "",
        "new": body.get("new", ""),
        **_case_placeholders(body, text),
        "year": body.get("year", ""),
        **{
            name: body.get(name, "")
            for name in ("order", "state", "action", "operator", "cause", "records", "source", "cases", "month")
        },
        "celsius": body.get("celsius", ""),
        "rung": body.get("rung", ""),
        "pulses": body.get("pulses", body.get("pulse", "")),
        "time": text.date_and_time(datetime.fromisoformat(deadline)) if isinstance(deadline, str) else "",
    }


def _case_placeholders(body: Mapping[str, Any], text: LocalizedText) -> dict[str, Any]:
    limit = str(body.get("what", "")).partition("-late-")
    words = {
        "case_kind": body.get("kind") if "case" in body else "",
        "case_stage": body.get("stage"),
        "case_limit": f"{limit[0]}-late" if limit[2] else limit[0],
    }
    named = {name: text.translate(f"panel.{name}_{word}") if word else "" for name, word in words.items()}
    return {"case": body.get("case", ""), "owner": body.get("owner", ""), "party": body.get("party", ""), **named}


def _details(recorded: Recorded, body: Mapping[str, Any], text: LocalizedText, actors: Actors) -> list[str]:
    """Who it was, and the reason that was given."""
    parts = []
    name = staff_of(recorded.by) or actors.get(recorded.by, "")
    if name:
        parts.append(name)
    elif recorded.by.startswith("token:"):
        parts.append(text.translate("panel.by_token", name=recorded.by.removeprefix("token:")))
    elif recorded.by == "kiosk" or recorded.by.startswith("courier:"):
        parts.append(text.translate("panel.by_kiosk"))
    if body.get("why"):
        parts.append(text.translate_or(f"panel.cause_{why_key(body['why'])}", "panel.cause_other"))
    if body.get("reason"):
        parts.append(_reason(recorded.kind, str(body["reason"]), text))
    if staff_of(str(body.get("witness", ""))):
        parts.append(text.translate("panel.witness_was", name=staff_of(body["witness"])))
    if recorded.kind == "NoticeFailed":
        parts.append(undelivered_text(str(body.get("fault", "")), text))
    elif body.get("fault"):
        parts.append(body["fault"])
    return parts
