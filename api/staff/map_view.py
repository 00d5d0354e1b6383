"""The live map: what is behind each door, what needs somebody, who is at the cabinet. Pure: a site in, a view out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api.staff.task_words import task_sentence
from locker.core.model import Seen, Use, VisitKind
from locker.services.duty import Task, TaskKind, task_of, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """The drawing and who is at it. `span` is the class that keeps the smallest door large enough for a finger."""

    inside: int
    free: int
    doors: Sequence[MapDoor]
    legend: Sequence[tuple[str, int]]
    visits: Sequence[ListRow]
    drawing: Drawing | None
    span: str

    @property
    def wide(self) -> bool:
        """True when the cabinet is too wide to stand beside the lists."""
        return self.drawing is not None and self.drawing.width > 1.6 * self.drawing.height


def map_view(site: Site, drawing: Drawing | None, text: LocalizedText, reports: Sequence[Task] = ()) -> MapView:
    """The cabinet at `text.now`. `reports`: what residents reported and nobody settled."""
    doors = [_door(site, each, drawing, text, task_of(site, each, reports)) for each in site.compartments.values()]
    # A leaf covers its neighbours: open doors are drawn last.
    doors.sort(key=lambda door: door.is_open)
    return MapView(
        inside=sum(1 for each in site.compartments.values() if each.use is Use.LOADED),
        free=sum(1 for each in site.compartments.values() if _allocatable(each)),
        doors=doors,
        legend=[(key, sum(1 for each in site.compartments.values() if _counts_as(each, key))) for key in LEGEND],
        visits=_visits(site, text),
        drawing=drawing,
        span=_span(drawing),
    )


def _allocatable(compartment: Compartment) -> bool:
    return compartment.use is Use.FREE and compartment.seen is Seen.SHUT


def _counts_as(compartment: Compartment, key: str) -> bool:
    if key in {"open", "unseen"}:
        return compartment.seen.value == key
    if key == "free":
        return _allocatable(compartment)
    return compartment.use.value == key


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
    if task is not None and task.urgent:
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
    icon = "" if small and note and icon == "clock" else icon  # how long it lies here says the same
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
    if task is not None and task.kind is TaskKind.OVERDUE:
        return "clock"
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
