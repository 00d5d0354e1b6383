"""The live map: what is behind each door, what needs somebody, who is at the cabinet. Pure: a site in, a view out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from api.staff.tasks import Task, TaskKind, task_of, tasks
from api.staff.untold_notices import NoticeRow, untold_rows
from locker.core.model import Seen, Use, VisitKind
from locker.core.visits.code_throttle import REFILL, level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.cabinet_drawing import Drawing, Shape
    from api.staff.localized_text import LocalizedText
    from locker.core.model import Compartment, Site

LEGEND = ("loaded", "free", "open", "check", "retired", "unseen")
_SMALL_MM = 150
_LEAF = 0.3


@dataclass(frozen=True, slots=True)
class DrawnText:
    """A text in the drawing. `end`: its right edge stands at x."""

    x: float
    y: float
    text: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class DrawnIcon:
    """A symbol in the drawing, square."""

    name: str
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class MapDoor:
    """One door: what it looks like, and the same in words for those who do not see it."""

    id: str
    marks: tuple[str, ...]
    label: str
    short: str
    shape: Shape | None = None
    number: DrawnText | None = None
    note: DrawnText | None = None
    icon: DrawnIcon | None = None

    @property
    def is_open(self) -> bool:
        """True when its leaf is drawn."""
        return "open" in self.marks


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line of a list: a door, a sentence, a time."""

    compartment: str
    css_class: str
    sentence: str
    time: str


@dataclass(frozen=True, slots=True)
class MapView:
    """The whole page. `span` is the class that keeps the smallest door large enough for a finger."""

    title: str
    doors: Sequence[MapDoor]
    legend: Sequence[tuple[str, int]]
    first_task: ListRow | None
    first_hint: str
    other_tasks: Sequence[ListRow]
    warnings: Sequence[str]
    machine: Sequence[tuple[str, str]]
    untold: Sequence[NoticeRow]
    visits: Sequence[ListRow]
    drawing: Drawing | None
    span: str

    @property
    def wide(self) -> bool:
        """True when the cabinet is too wide to stand beside the lists."""
        return self.drawing is not None and self.drawing.width > 1.6 * self.drawing.height


def map_view(
    site: Site,
    drawing: Drawing | None,
    text: LocalizedText,
    since: Mapping[Task, datetime] | None = None,
    undelivered: Sequence[Mapping[str, Any]] = (),
    reports: Sequence[Task] = (),
    machine: Sequence[tuple[str, str]] = (),
    *,
    clock_disbelieved: bool = False,
    certificate_task: str = "",
) -> MapView:
    """The page of this site at `text.now`. `since`: what the journal knows of tasks that the state does not date.

    `undelivered`: the outbox's rows that staff must know of. `reports`: what residents reported and nobody settled.
    `certificate_task`: a sentence, or empty.
    `machine`: what the machine itself wants, in sentences with their time.
    """
    dates = since or {}
    all_tasks = [replace(each, since=dates.get(each, each.since)) for each in tasks(site, reports)]
    urgent = [each for each in all_tasks if each.urgent]
    urgent_doors = {each.compartment for each in urgent}
    doors = [_door(site, each, drawing, text, task_of(site, each, reports)) for each in site.compartments.values()]
    # A leaf covers its neighbours: open doors are drawn last.
    doors.sort(key=lambda door: door.is_open)
    first = urgent[0] if urgent else None
    house = [text.translate("panel.clock_disbelieved")] if clock_disbelieved else []
    house += [certificate_task] if certificate_task else []
    return MapView(
        title=_title(site, len(urgent_doors), text),
        doors=doors,
        legend=[(key, sum(1 for each in site.compartments.values() if _counts_as(each, key))) for key in LEGEND],
        first_task=_row(site, first, text) if first else None,
        first_hint=_first_hint(site, first, text) if first else "",
        other_tasks=[_row(site, each, text) for each in all_tasks if each is not first],
        warnings=[*house, *_bank_warnings(site, text), *_guessing_warnings(site, text)],
        machine=machine,
        untold=untold_rows(undelivered, text),
        visits=_visits(site, text),
        drawing=drawing,
        span=_span(drawing),
    )


def _first_hint(site: Site, task: Task, text: LocalizedText) -> str:
    if task.kind is TaskKind.REPORT:
        return text.translate("panel.hint_report")
    return first_step_hint(site.compartments[task.compartment], text)


def first_step_hint(compartment: Compartment, text: LocalizedText) -> str:
    """What to do first at a door that needs a look."""
    if compartment.seen is Seen.OPEN:
        return text.translate("panel.hint_open")
    if not compartment.bank:
        return text.translate("panel.hint_gone")
    if compartment.use is Use.LOADED:
        return text.translate("panel.hint_jam")
    return text.translate("panel.hint_look" if compartment.use is Use.CHECK else "panel.hint_out")


def task_sentence(site: Site, task: Task, text: LocalizedText) -> str:
    """Why a door is on the list, in one sentence that names it."""
    name = task.compartment
    match task.kind:
        case TaskKind.REPORT:
            return report_sentence(task.why, name, text)
        case TaskKind.CHECK:
            return text.translate_or(f"panel.why_{why_key(task.why)}", "panel.why_other", door=name)
        case TaskKind.GONE | TaskKind.AJAR | TaskKind.LOCK | TaskKind.SWITCH:
            return text.translate(f"panel.{task.kind.value}", door=name)
        case TaskKind.JAM:
            unit = unit_of(site, site.compartments[name].parcel)
            return text.translate("panel.jam_unit" if unit else "panel.jam", door=name, unit=unit)
        case TaskKind.OVERDUE:
            since = text.short_time(task.since) if task.since else ""
            return text.translate("panel.overdue", time=since, unit=unit_of(site, site.compartments[name].parcel))
        case TaskKind.UNSEEN:
            return text.translate("panel.not_seen")
        case TaskKind.RETIRED:
            return (
                text.translate("panel.out_why", why=reason_text(task.why, text))
                if task.why
                else text.translate("use.retired")
            )


def report_sentence(problem: str, door: str, text: LocalizedText) -> str:
    """What a resident found behind a door."""
    return text.translate_or(f"panel.reported_{problem}", "panel.reported", door=door)


def why_key(why: str) -> str:
    """The journal's word as a part of a key: "door left open" is door_left_open."""
    return "_".join(why.replace("'", "").replace("-", " ").split())


def reason_text(why: str, text: LocalizedText) -> str:
    """Why a door is out of use: the lock's own fault in the page's language, else what a person wrote."""
    key = f"panel.fault_{why_key(why)}"
    return text.translate(key) if text.translate(key) != key else why


def unit_of(site: Site, parcel: str | None) -> str:
    """The unit that a parcel is for, empty when nobody knows."""
    known = site.parcels.get(parcel or "")
    if known is None or not known.recipients:
        return ""
    resident = site.residents.get(known.recipients[0])
    return resident.unit if resident else ""


def _title(site: Site, urgent: int, text: LocalizedText) -> str:
    inside = sum(1 for each in site.compartments.values() if each.use is Use.LOADED)
    free = sum(1 for each in site.compartments.values() if _allocatable(each))
    need = text.translate("panel.need", n=urgent) if urgent else text.translate("panel.in_order")
    return text.translate("panel.title", need=need, inside=inside, free=free)


def _allocatable(compartment: Compartment) -> bool:
    return compartment.use is Use.FREE and compartment.seen is Seen.SHUT


def _counts_as(compartment: Compartment, key: str) -> bool:
    if key in {"open", "unseen"}:
        return compartment.seen.value == key
    if key == "free":
        return _allocatable(compartment)
    return compartment.use.value == key


def _row(site: Site, task: Task, text: LocalizedText) -> ListRow:
    css_classes = {
        TaskKind.REPORT: "is-lit",
        TaskKind.CHECK: "is-lit",
        TaskKind.GONE: "is-full",
        TaskKind.AJAR: "",
        TaskKind.JAM: "is-full",
        TaskKind.SWITCH: "is-full",
        TaskKind.OVERDUE: "is-full",
    }
    time = text.short_time(task.since) if task.since else ""
    return ListRow(task.compartment, css_classes.get(task.kind, "is-out"), task_sentence(site, task, text), time)


def _bank_warnings(site: Site, text: LocalizedText) -> list[str]:
    """One line for each bank that is not believed, however many doors it has."""
    return [text.translate("panel.bank_doubt", bank=bank) for bank in sorted(site.bank_doubts)]


def _guessing_warnings(site: Site, text: LocalizedText) -> list[str]:
    """Sources whose wrong codes are used up: there a code alone opens nothing for a while, and staff are told."""
    warnings = []
    for source, bucket in sorted(site.buckets.items()):
        if level(bucket, text.now) == 0:
            until = text.clock(bucket.at + REFILL)
            name = source.removeprefix("token:")
            key = "panel.guessed_kiosk" if source == "kiosk" else "panel.guessed_machine"
            warnings.append(text.translate(key, name=name, time=until))
    return warnings


def _visits(site: Site, text: LocalizedText) -> list[ListRow]:
    rows = []
    for visit in sorted(site.visits.values(), key=lambda each: each.began_at):
        unit = unit_of(site, visit.parcel)
        key = f"panel.visit_{visit.kind.value}" + ("_unit" if unit and visit.kind is not VisitKind.STAFF else "")
        rows.append(ListRow(visit.compartment, "", text.translate(key, unit=unit), text.clock(visit.began_at)))
    return rows


def _door(
    site: Site, compartment: Compartment, drawing: Drawing | None, text: LocalizedText, task: Task | None
) -> MapDoor:
    marks = [compartment.use.value]
    if compartment.seen is not Seen.SHUT:
        marks.append(compartment.seen.value)
    if task is not None and (task.urgent or task.kind is TaskKind.OVERDUE):
        marks.append("alarm")
    visit = site.visits.get(compartment.id)
    if visit is not None and visit.kind is VisitKind.STAFF:
        marks.append("ordered")
    note = _note(site, compartment, text)
    shape = drawing.door(compartment.id) if drawing else None
    short = note or text.translate(f"use.{compartment.use.value}")
    label = _label(site, compartment, task, text, note if shape else short)
    if shape is None:
        return MapDoor(compartment.id, tuple(marks), label, short)
    return _placed(MapDoor(compartment.id, tuple(marks), label, short), shape, note, _icon(compartment, task))


def _placed(door: MapDoor, shape: Shape, note: str, icon: str) -> MapDoor:
    small = shape.height <= _SMALL_MM
    x = shape.x + 22 + (shape.width * _LEAF if door.is_open else 0)
    y = shape.y + (shape.height / 2 if small else 62)
    side = min(52, shape.height * 0.5) if small else 60
    picture = None
    if icon:
        top = shape.y + ((shape.height - side) / 2 if small else 32)
        picture = DrawnIcon(icon, round(shape.x + shape.width - side - 20, 1), round(top, 1), round(side, 1))
    note_text = None
    if note and small and not picture:
        note_text = DrawnText(shape.x + shape.width - 22, y, note, end=True)
    elif note and not small:
        note_text = DrawnText(x, y + 62, note)
    return MapDoor(door.id, door.marks, door.label, door.short, shape, DrawnText(x, y, door.id), note_text, picture)


def _note(site: Site, compartment: Compartment, text: LocalizedText) -> str:
    """The one figure or word that stands on the door."""
    if compartment.seen is Seen.UNSEEN:
        return text.translate("panel.short_unseen")
    match compartment.use:
        case Use.LOADED:
            since = _stored_since(site, compartment)
            return text.duration_since(since) if since else ""
        case Use.CHECK:
            return text.short_time(compartment.since) if compartment.since else ""
        case Use.RETIRED:
            return text.translate("use.retired")
        case Use.FILLING | Use.EMPTYING:
            return text.duration_since(compartment.since) if compartment.since else ""
        case Use.FREE:
            return ""


def _icon(compartment: Compartment, task: Task | None) -> str:
    if task is not None and task.urgent:
        return "alert"
    return {Use.FILLING: "dropoff", Use.EMPTYING: "collect"}.get(compartment.use, "")


def _label(site: Site, compartment: Compartment, task: Task | None, text: LocalizedText, written: str) -> str:
    """What the door is called: first what is `written` on it, for somebody who says what they read (WCAG 2.5.3)."""
    use = text.translate(f"use.{compartment.use.value}")
    parts = [use] if use != written else []
    parts.append(text.translate(f"seen.{compartment.seen.value}"))
    if task is not None:
        parts.append(task_sentence(site, task, text))
    if age := _age(site, compartment, text):
        parts.append(age)
    state = text.translate("panel.list_comma").join(parts)
    door = f"{compartment.id} {written}".rstrip()
    return text.translate("panel.door_label", door=door, state=state, size=compartment.size.value)


def _age(site: Site, compartment: Compartment, text: LocalizedText) -> str:
    """What stands on the door about time, in words: nobody should have to see it to know it."""
    since = _stored_since(site, compartment) if compartment.use is Use.LOADED else compartment.since
    if since is None or compartment.use in {Use.FREE, Use.RETIRED}:
        return ""
    if compartment.use is Use.CHECK:
        return text.translate("panel.age_since", time=text.short_time(since))
    return text.translate("panel.age_for", age=text.duration_since(since))


def _stored_since(site: Site, compartment: Compartment) -> datetime | None:
    """When the parcel was put in: a look by staff stores it again, but its free time counts from the first day."""
    parcel = site.parcels.get(compartment.parcel or "")
    if parcel is None or parcel.stored_at is None or parcel.deadline is None:
        return None
    return min(parcel.stored_at, parcel.deadline - timedelta(hours=site.policy.free_hours))


def _span(drawing: Drawing | None) -> str:
    """How wide the drawing must be at least, so that a door keeps 24 px of its own: a step of panel.css."""
    if drawing is None or not drawing.doors:
        return ""
    pitch = min(shape.height for shape in drawing.doors) + 25
    need = 24 / pitch * drawing.width
    return next((f"is-{step}" for step in (380, 540, 720, 960, 1280) if need <= step), "is-1800")
