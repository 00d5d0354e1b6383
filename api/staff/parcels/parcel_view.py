"""One parcel as its page tells it: how it stands, whose it is, what opens it, which cases it has. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.staff.localized_text import masked_phone, masked_tracking
from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.model import Direction, ParcelState
from locker.services.people import masked_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.cases import Case
    from locker.services.people import ResidentDirectory

_REVOCABLE = frozenset({CredentialKind.DELEGATE})  # its own code ends by sending a new one


@dataclass(frozen=True, slots=True)
class ShownRecipient:
    """Somebody a parcel is for, as this page may show them."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """What opened this parcel, or opens it: what it is, since when, whether it still works. Never the code itself.

    `revocable`: its id where staff may end it, else empty.
    """

    what: str
    since: str
    stands: str
    works: bool
    revocable: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case about this parcel."""

    number: str
    what: str
    stands: str


@dataclass(frozen=True, slots=True)
class FirstOfAll:
    """What to do first about this parcel, on ink. `show`: by a button that shows whom to call."""

    kicker: str
    heading: str
    hint: str
    show: bool


def state_text(state: str, text: LocalizedText, *, overdue: bool) -> str:
    """The state of a parcel in words; overdue says more than stored."""
    return text.translate(f"panel.state_{_shown_state(state, overdue=overdue)}")


def _shown_state(state: str, *, overdue: bool) -> str:
    return "overdue" if overdue and state == ParcelState.STORED else state


def parcel_title(row: Mapping[str, Any], text: LocalizedText, *, untold: bool) -> str:
    """How it stands in one sentence; that nobody knows of it is part of it."""
    state = text.translate(f"panel.is_{_shown_state(row['state'], overdue=bool(row['overdue']))}")
    if row["held"] and ParcelState(row["state"]).live:
        state = text.translate("panel.is_held")
    key = "panel.parcel_title" if row["unit"] else "panel.parcel_title_nobody"
    title = text.translate(key, unit=row["unit"], state=state)
    return f"{title}{text.translate('panel.and_untold')}" if untold else title


def parcel_facts_line(row: Mapping[str, Any], people: Sequence[ShownRecipient], text: LocalizedText) -> str:
    """Number, unit and names in one masked line."""
    unit = text.translate("panel.unit_of", unit=row["unit"]) if row["unit"] else ""
    names = [person.name for person in people[:3]]
    return text.translate("panel.comma").join(each for each in (masked_tracking(row["tracking"]), unit, *names) if each)


def door_of_parcel(row: Mapping[str, Any]) -> str:
    """The door where the parcel is, empty once it has left."""
    return str(row["compartment"]) if ParcelState(row["state"]).live else ""


def first_of_all(
    row: Mapping[str, Any], place: str, text: LocalizedText, *, untold: bool, to_call: bool
) -> FirstOfAll | None:
    """What comes first about this parcel; None when it is not here and nobody has to do anything."""
    if not ParcelState(row["state"]).live:
        return None
    door = door_of_parcel(row)
    where = text.translate("panel.door_of", door=door) if door else place
    kicker = text.translate("panel.behind_of", door=door) if door else text.translate("panel.lies_at", place=place)
    unit = text.translate("panel.unit_of", unit=row["unit"]) if row["unit"] else ""
    kicker = text.translate("panel.comma").join(each for each in (kicker, unit) if each)
    if row["held"]:
        return FirstOfAll(kicker, text.translate("panel.held_heading"), _held_why(str(row["held"]), text), show=False)
    if to_call and untold:
        return FirstOfAll(kicker, text.translate("panel.call_untold"), text.translate("panel.call_hint"), show=True)
    if to_call and row["overdue"]:
        since = text.short_time(datetime.fromisoformat(row["deadline"])) if row["deadline"] else ""
        return FirstOfAll(
            kicker, text.translate("panel.call_overdue", time=since), text.translate("panel.call_hint"), show=True
        )
    return FirstOfAll(kicker, where, "", show=False)


def _held_why(held: str, text: LocalizedText) -> str:
    number = held.removeprefix("case ")
    return text.translate("panel.held_case", case=number) if number != held else held


def recipients(row: Mapping[str, Any], directory: ResidentDirectory, *, showing: bool) -> list[ShownRecipient]:
    """Whom this parcel is for: in full while that was asked for on the record, else masked."""
    people = [person for each in row["recipients"] if (person := directory.get(each))]
    if showing:
        return [ShownRecipient(person.name, person.phone) for person in people]
    return [ShownRecipient(masked_name(person.name), masked_phone(person.phone)) for person in people]


def parcel_facts(row: Mapping[str, Any], place: str, text: LocalizedText, *, showing: bool) -> list[tuple[str, str]]:
    """What is known of it, line by line."""
    moment = datetime.fromisoformat
    facts = [
        (text.translate("panel.fact_tracking"), row["tracking"] if showing else masked_tracking(row["tracking"])),
        (text.translate("panel.fact_company"), row["company"]),
        (text.translate("panel.fact_courier"), row["courier"] if showing else masked_name(row["courier"])),
        (text.translate("panel.fact_size"), row["size"]),
        (text.translate("panel.fact_place"), place),
        (text.translate("panel.fact_arrived"), text.date_and_time(moment(row["created_at"]))),
        (text.translate("panel.fact_until"), text.date_and_time(moment(row["deadline"])) if row["deadline"] else ""),
        (text.translate("panel.fact_identity"), _identity(row, text)),
        (text.translate("panel.fact_held"), _held_why(str(row["held"]), text) if row["held"] else ""),
    ]
    if row["consent"]:
        consent = text.translate(f"panel.consent_{row['consent'].replace('-', '_')}")
        facts.append((text.translate("panel.fact_consent"), consent))
    marks = [text.translate(f"panel.flag_{flag.replace('-', '_')}") for flag in row["flags"]]
    facts.append((text.translate("panel.fact_marks"), text.translate("panel.comma").join(marks)))
    return [(term, value) for term, value in facts if value]


def _identity(row: Mapping[str, Any], text: LocalizedText) -> str:
    """Who has checked the sender of what goes out by a carrier, or that nobody has."""
    if row["direction"] != Direction.OUT:
        return ""
    return text.translate(f"panel.identity_{row['identity'] or 'nobody'}")


def credential_rows(
    credentials: Sequence[Mapping[str, Any]], text: LocalizedText, *, may_end: bool
) -> list[CredentialRow]:
    """Everything that ever opened it, the newest first; a QR stands with its code and is not said twice."""
    shown = [each for each in credentials if each["kind"] != CredentialKind.TOKEN]
    return [_credential_row(each, text, may_end=may_end) for each in reversed(shown)]


def _credential_row(one: Mapping[str, Any], text: LocalizedText, *, may_end: bool) -> CredentialRow:
    t, works = text.translate, one["ended"] is None
    name = masked_name(str(one["name"])) if one["name"] else ""
    what = t(f"panel.credential_{one['kind'].replace('-', '_')}")
    stands = t("panel.credential_works")
    if works and one["until"]:
        stands = t("panel.credential_until", time=text.short_time(datetime.fromisoformat(one["until"])))
    if not works:
        ended = t(f"panel.credential_{CredentialEnd(one['ended']).value}")
        stands = f"{ended}{t('panel.comma')}{text.short_time(datetime.fromisoformat(one['ended_at']))}"
    revocable = str(one["id"]) if works and may_end and one["kind"] in _REVOCABLE else ""
    return CredentialRow(
        f"{what}{t('panel.comma')}{name}" if name else what,
        t("panel.credential_since", time=text.short_time(datetime.fromisoformat(one["made_at"]))),
        stands,
        works,
        revocable,
    )


def case_rows(cases: Sequence[Case], text: LocalizedText) -> list[CaseRow]:
    """The cases about it, the last first."""
    return [
        CaseRow(
            each.number,
            text.translate_or(f"panel.case_kind_{each.kind.name}", "panel.case"),
            text.translate(f"panel.case_stage_{each.stage.value}")
            if each.is_open
            else text.translate(f"panel.case_{each.outcome}"),
        )
        for each in cases
    ]


def is_untold(told: Sequence[Mapping[str, Any]]) -> bool:
    """True when the last thing that was to be said about this parcel reached nobody."""
    last = [each["state"] for each in told if each["template"] == told[-1]["template"]]
    return bool(last) and set(last) == {"failed"}
