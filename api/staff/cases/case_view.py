"""Cases as the panel shows them: a list by class with its clocks, one case with its course. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from api.staff.localized_text import staff_of
from locker.services.cases import CLASSES, Field, Priority, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from api.staff.localized_text import LocalizedText
    from locker.services.cases import Award, Case, Entry, WholeCase

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_BEFORE_CLOSING = ("reply", "finding", "cause", "prevention", "apology", "make-good", "carrier-told", "approval")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit in words; `loud`: it presses or is over."""

    said: str
    loud: bool


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list."""

    number: str
    what: str
    who: str
    stage: str
    reply: Clock
    due: Clock
    owner: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """The cases of one class under its heading."""

    heading: str
    lines: Sequence[CaseLine]


@dataclass(frozen=True, slots=True)
class FirstOfAll:
    """The one case that comes first, and what to do about it."""

    number: str
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a case: done, now or still to come."""

    name: str
    when: str
    state: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the course."""

    day: str
    time: str
    sentence: str
    text: str
    loud: bool


@dataclass(frozen=True, slots=True)
class Needed:
    """What must be known before it can close."""

    name: str
    label: str
    known: bool
    value: str
    writable: bool


def span(length: timedelta, text: LocalizedText) -> str:
    """A length of time in one or two figures: 40 min, 2 h 08, 3 d."""
    whole = abs(length)
    if whole < _HOUR:
        return text.translate("panel.minutes", m=int(whole / _MINUTE))
    if whole < _DAY:
        hours, rest = divmod(int(whole / _MINUTE), 60)
        return text.translate("panel.hours", h=hours) + (f" {rest:02d}" if rest else "")
    return text.translate("panel.days", d=int(whole / _DAY))


def reply_clock(case: Case, text: LocalizedText) -> Clock:
    """How the first reply stands."""
    if case.replied_at is not None:
        took = span(case.replied_at - case.opened_at, text)
        return Clock(text.translate("panel.case_answered", span=took), loud=False)
    left = case.reply_due - text.now
    if left <= timedelta():
        return Clock(text.translate("panel.case_reply_over", span=span(left, text)), loud=True)
    soon = left <= CLASSES[case.priority].reply_warn
    return Clock(text.translate("panel.case_reply_within", span=span(left, text)), loud=soon)


def due_clock(case: Case, text: LocalizedText) -> Clock:
    """How the solution stands."""
    left = case.due - text.now
    if left <= timedelta():
        return Clock(text.translate("panel.case_over", span=span(left, text)), loud=True)
    said = text.short_time(case.due)
    if case.provisional:
        said = text.translate("panel.case_due_provisional", time=said)
    return Clock(said, loud=left <= CLASSES[case.priority].warn)


def capitalised(words: str) -> str:
    """Words as a line begins with them."""
    return words[:1].upper() + words[1:]


def kind_name(case: Case, text: LocalizedText) -> str:
    """What kind of case it is."""
    return text.translate(f"panel.case_kind_{case.kind.name}")


def case_line(case: Case, text: LocalizedText) -> CaseLine:
    """One case in the list."""
    what = kind_name(case, text)
    if case.compartment:
        what = text.translate("panel.case_at_door", what=what, door=case.compartment)
    return CaseLine(
        case.number,
        capitalised(what),
        case.unit,
        text.translate(f"panel.case_stage_{case.stage}"),
        reply_clock(case, text),
        due_clock(case, text) if case.is_open else Clock("", loud=False),
        case.owner,
        case.urgent,
    )


def case_groups(cases: Sequence[Case], text: LocalizedText) -> list[CaseGroup]:
    """The open cases by class; a class without any says so."""
    return [
        CaseGroup(
            text.translate(f"panel.case_class_{int(priority)}"),
            [case_line(each, text) for each in cases if each.priority is priority],
        )
        for priority in Priority
    ]


def list_title(cases: Sequence[Case], text: LocalizedText) -> str:
    """The state in one sentence."""
    late = sum(each.due <= text.now or (each.replied_at is None and each.reply_due <= text.now) for each in cases)
    key = "panel.cases_none" if not cases else "panel.cases_late" if late else "panel.cases_title"
    return text.translate(key, n=len(cases), late=late)


def first_of_all(cases: Sequence[Case], text: LocalizedText) -> FirstOfAll | None:
    """The case whose next limit is the earliest, safety before all."""
    if not cases:
        return None

    def limit(case: Case) -> tuple[bool, datetime]:
        return case.priority is not Priority.SAFETY, case.due if case.replied_at else min(case.reply_due, case.due)

    case = min(cases, key=limit)
    key = "solve" if case.replied_at is not None else "answer"
    at = case.due if case.replied_at is not None else case.reply_due
    title = text.translate(f"panel.case_first_{key}", number=case.number, time=text.short_time(at))
    return FirstOfAll(case.number, title, text.translate(f"panel.case_first_{key}_hint"))


def case_title(case: Case, text: LocalizedText) -> str:
    """The state of one case in a sentence."""
    what = case_line(case, text).what
    if not case.is_open:
        return text.translate(
            "panel.case_title_closed", what=what, outcome=text.translate(f"panel.case_{case.outcome}")
        )
    return text.translate("panel.case_title", what=what, stage=text.translate(f"panel.case_stage_{case.stage}"))


def case_facts(case: Case, text: LocalizedText) -> str:
    """Number, kind, class and unit in one line."""
    parts = [
        case.number,
        kind_name(case, text),
        text.translate("panel.case_class", n=int(case.priority)),
        *([text.translate("panel.case_unit", unit=case.unit)] if case.unit else []),
        *([text.translate("panel.case_urgent")] if case.urgent else []),
        text.translate(f"panel.case_source_{case.source}"),
    ]
    return text.translate("panel.comma").join(parts)


def steps(whole: WholeCase, text: LocalizedText) -> list[Step]:
    """The stages of a case with their times."""
    case = whole.case
    reached = {each.what.removeprefix("stage-"): each.at for each in whole.entries if each.what.startswith("stage-")}
    reached = {Stage.REGISTER.value: case.opened_at, **reached}
    order = list(case.kind.stages)
    here = len(order) if not case.is_open else order.index(case.stage)
    found = []
    for place, stage in enumerate(order):
        state = "is-done" if place < here else "is-now" if place == here else ""
        at = reached.get(stage.value)
        when = text.date_and_time(at) if at is not None and place <= here else ""
        found.append(Step(capitalised(text.translate(f"panel.case_stage_{stage}")), when, state))
    return found


def course(entries: Sequence[Entry], text: LocalizedText) -> list[Said]:
    """All that was said and done, the last first."""
    found = []
    for each in reversed(entries):
        who = staff_of(each.by) or text.translate("panel.case_by_others")
        key = each.what.partition("-")[0] if each.what.startswith(("stage-", "field-")) else each.what
        name = each.what.partition("-")[2]
        label = capitalised(text.translate(f"panel.case_{key}_{name}")) if name and key in {"stage", "field"} else ""
        sentence = text.translate(f"panel.case_said_{key}", who=who, what=label)
        day = text.heading(text.date_of(each.at))
        found.append(Said(day, text.clock(each.at), sentence, each.text, each.what in {"description", "answer"}))
    return found


def needed(whole: WholeCase, text: LocalizedText) -> list[Needed]:
    """What must be known before it can close, in the order in which it is asked."""
    case = whole.case
    asked = {"reply", *(each.value for each in case.kind.fields), *(("approval",) if whole.award else ())}
    found = []
    for name in _BEFORE_CLOSING:
        if name not in asked:
            continue
        value = whole.fields.get(name, "")
        value = "" if value.isdigit() else value  # the number of the entry that says it
        writable = name in set(Field) and name != Field.APOLOGY
        label = text.translate(f"panel.case_field_{name}")
        found.append(Needed(name, label, name not in whole.missing, value, writable))
    return found


def money(amount: int | None) -> str:
    """An amount in hundredths as people write it."""
    return "" if amount is None else f"{amount // 100:,}.{amount % 100:02d}".replace(",", "\u202f")


def award_facts(award: Award, text: LocalizedText) -> list[tuple[str, str]]:
    """What is paid, by whom, and who said so."""
    declared = money(award.declared) or text.translate("panel.case_not_declared")
    rows = [
        (text.translate("panel.case_actual"), money(award.actual)),
        (text.translate("panel.case_declared"), declared),
        (text.translate("panel.case_paid_by"), text.translate(f"panel.case_party_{award.party}")),
        (text.translate("panel.case_decided"), staff_of(award.decided_by) or award.decided_by),
    ]
    approved = staff_of(award.approved_by) or award.approved_by or text.translate("panel.case_waits_second")
    return [*rows, (text.translate("panel.case_approved"), approved)]
