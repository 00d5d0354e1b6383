"""What the panel shows of a resident, masked unless it was asked for: pure, values in and words out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from api.staff.localized_text import masked_phone, staff_of
from locker.core.model import ParcelState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from api.staff.localized_text import LocalizedText
    from locker.core.events.record import Recorded
    from locker.core.model import Parcel, Site
    from locker.services.people import Person, Wishes

_WORD_OF_CONSENT = {True: "yes", False: "no", None: "ask"}


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """One resident in the list."""

    id: str
    unit: str
    name: str
    consent: str
    told_by: str
    inside: int
    needs: str
    loud: bool


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line of the card: what happened or what stands so, by whom, and when. `path`: where it leads."""

    sentence: str
    detail: str = ""
    time: str = ""
    plate: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Name and numbers of a resident as this page may show them."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)


def inside_counts(site: Site) -> dict[str, int]:
    """How many parcels lie here for each resident who has one."""
    counts: dict[str, int] = {}
    for parcel in site.parcels.values():
        if parcel.state.live and not parcel.from_resident:
            for resident in parcel.recipients:
                counts[resident] = counts.get(resident, 0) + 1
    return counts


def resident_line(person: Person, wished: Wishes, inside: int, today: date, text: LocalizedText) -> ResidentLine:
    """The resident as one row."""
    return ResidentLine(
        id=person.id,
        unit=person.unit,
        name=person.masked_name,
        consent=consent_word(person, wished, text),
        told_by=told_by(person, wished, text),
        inside=inside,
        needs=text.translate("panel.list_comma").join(needs(person, wished, today, text)),
        loud=not person.phone and not person.email,
    )


def consent_word(person: Person, wished: Wishes, text: LocalizedText) -> str:
    """What couriers may do without asking."""
    if wished.in_person:
        return text.translate("panel.resident_in_person")
    return text.translate(f"panel.resident_consent_{_WORD_OF_CONSENT[person.consent]}")


def told_by(person: Person, wished: Wishes, text: LocalizedText) -> str:
    """By which way and in which language somebody is told."""
    known = {"phone": person.phone, "mail": person.email}
    ways = [text.translate(f"panel.channel_{each}") for each in wished.order if known[each]]
    if not ways:
        return text.translate("panel.resident_no_way")
    return text.translate("panel.list_comma").join([ways[0], language_word(person.language, text)])


def language_word(language: str, text: LocalizedText) -> str:
    """The name of a language."""
    return text.translate(f"panel.language_{language.replace('-', '_').lower()}")


def needs(person: Person, wished: Wishes, today: date, text: LocalizedText) -> list[str]:
    """What whoever serves this resident should know."""
    found = []
    if wished.assisted:
        found.append(text.translate("panel.resident_assisted"))
    if person.reach:
        found.append(text.translate("panel.resident_low"))
    if wished.pilot:
        found.append(text.translate("panel.resident_pilot"))
    if wished.away is not None and wished.away.covers(today):
        found.append(text.translate("panel.resident_away", day=text.day(wished.away.last)))
    return found


def shown(person: Person, *, showing: bool) -> Shown:
    """Name and numbers, masked unless they were asked for."""
    if showing:
        return Shown(person.name, person.phone, person.email)
    mail = f"{person.email[:1]}***{person.email[person.email.find('@') :]}" if "@" in person.email else ""
    return Shown(person.masked_name, masked_phone(person.phone) if person.phone else "", mail)


def preferences(person: Person, wished: Wishes, text: LocalizedText) -> list[tuple[str, str]]:
    """What somebody wishes, as terms and values."""
    t = text.translate
    quiet = " - ".join(f"{each // 60:02d}:{each % 60:02d}" for each in wished.quiet or ())
    pairs = [
        ("panel.resident_told_by", told_by(person, wished, text)),
        ("panel.resident_quiet", quiet or t("panel.resident_none")),
        ("panel.resident_door_height", t("panel.resident_low" if person.reach else "panel.resident_any_door")),
    ]
    if wished.away is not None:
        days = f"{text.day(wished.away.first)} - {text.day(wished.away.last)}"
        pairs.append(("panel.resident_away_term", days))
    return [(t(term), value) for term, value in pairs]


def consent_lines(history: Iterable[Recorded], text: LocalizedText) -> list[CardLine]:
    """What was agreed to and taken back, the newest first."""
    return [
        _card_line(f"panel.resident_consent_{_WORD_OF_CONSENT[each.body()['consent']]}", each, text) for each in history
    ]


def look_lines(looks: Iterable[Recorded], text: LocalizedText) -> list[CardLine]:
    """Who saw what is masked."""
    return [_card_line(f"panel.look_{each.body()['what'].replace('-', '_')}", each, text) for each in looks]


def _card_line(key: str, line: Recorded, text: LocalizedText) -> CardLine:
    at = datetime.fromisoformat(line.at)
    return CardLine(text.translate(key), said_by(line.by, text), text.date_and_time(at))


def said_by(by: str, text: LocalizedText) -> str:
    """Who did it, in words: a member of staff by name, the resident without one."""
    if name := staff_of(by):
        return name
    kind = by.partition(":")[0]
    return text.translate_or(f"panel.said_by_{kind}", "panel.said_by_program")


def own_parcels(site: Site, resident: str) -> list[Parcel]:
    """What is here for this resident, on its way, or waits for its carrier; what ends first above."""
    mine = [
        each
        for each in site.parcels.values()
        if resident in each.recipients and (each.state.live or each.state is ParcelState.EXPECTED)
    ]
    return sorted(mine, key=lambda each: (each.deadline is None, each.deadline or each.since, each.id))


def parcel_lines(parcels: Sequence[Parcel], text: LocalizedText) -> list[CardLine]:
    """Parcels as lines: where, in which state, until when."""
    return [
        CardLine(
            text.translate(f"panel.state_{'overdue' if each.overdue and each.state.live else each.state.value}"),
            each.size.value if each.size is not None else "",
            text.short_time(each.deadline or each.since),
            each.compartment or each.place or "-",
            f"/parcels/{each.id}",
        )
        for each in parcels
    ]
