"""The live map: what is behind each door, what needs somebody, who is at the cabinet. Pure: a site in, a view out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api.staff.tasks import Kind, Task, task_of, tasks
from locker.core.code_throttle import REFILL, level
from locker.core.model import Seen, Use, VisitKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.cabinet_drawing import Drawing, Shape
    from api.staff.localized_text import LocalizedText
    from locker.core.model import Compartment, Site

LEGEND = ("loaded", "free", "open", "check", "retired", "unseen")
_SMALL_MM = 150
_LEAF = 0.3


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the drawing. `end`: its right edge stands at x."""

    x: float
    y: float
    text: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class Icon:
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
    number: Text | None = None
    note: Text | None = None
    icon: Icon | None = None

    @property
    def is_open(self) -> bool:
        """True when its leaf is drawn."""
        return "open" in self.marks


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a door, a sentence, a time."""

    compartment: str
    look: str
    sentence: str
    time: str


@dataclass(frozen=True, slots=True)
class MapView:
    """The whole page. `span` is the class that keeps the smallest door large enough for a finger."""

    title: str
    doors: Sequence[MapDoor]
    legend: Sequence[tuple[str, int]]
    first: Row | None
    first_hint: str
    next: Sequence[Row]
    guessed: Sequence[str]
    visits: Sequence[Row]
    drawing: Drawing | None
    span: str

    @property
    def wide(self) -> bool:
        """True when the cabinet is too wide to stand beside the lists."""
        return self.drawing is not None and self.drawing.width > 1.6 * self.drawing.height


def map_view(
    site: Site, drawing: Drawing | None, words: LocalizedText, since: Mapping[Task, datetime] | None = None
) -> MapView:
    """The page of this site at `words.now`. `since`: what the journal knows of concerns that are undated."""
    dates = since or {}
    listed = [replace(each, since=dates.get(each, each.since)) for each in tasks(site)]
    urgent = [each for each in listed if each.urgent]
    needing = {each.compartment for each in urgent}
    doors = [_door(site, each, drawing, words) for each in site.compartments.values()]
    # A leaf covers its neighbours: open doors are drawn last.
    doors.sort(key=lambda door: door.is_open)
    first = urgent[0] if urgent else None
    return MapView(
        title=_title(site, len(needing), words),
        doors=doors,
        legend=[(key, sum(1 for each in site.compartments.values() if _counts(each, key))) for key in LEGEND],
        first=_row(site, first, words) if first else None,
        first_hint=hint(site.compartments[first.compartment], words) if first else "",
        next=[_row(site, each, words) for each in listed if each is not first],
        guessed=_guessed(site, words),
        visits=_visits(site, words),
        drawing=drawing,
        span=_span(drawing),
    )


def hint(compartment: Compartment, words: LocalizedText) -> str:
    """What to do first at a door that needs a look."""
    if compartment.seen is Seen.OPEN:
        return words.say("panel.hint_open")
    if compartment.use is Use.LOADED:
        return words.say("panel.hint_jam")
    return words.say("panel.hint_look" if compartment.use is Use.CHECK else "panel.hint_out")


def sentence(site: Site, concern: Task, words: LocalizedText) -> str:
    """Why a door is listed, in one sentence that names it."""
    name = concern.compartment
    match concern.kind:
        case Kind.CHECK:
            return words.known(f"panel.why_{why_key(concern.why)}", "panel.why_other", door=name)
        case Kind.AJAR:
            return words.say("panel.ajar", door=name)
        case Kind.JAM:
            unit = unit_of(site, site.compartments[name].parcel)
            return words.say("panel.jam_unit" if unit else "panel.jam", door=name, unit=unit)
        case Kind.LOCK:
            return words.say("panel.lock", door=name)
        case Kind.SWITCH:
            return words.say("panel.switch", door=name)
        case Kind.OVERDUE:
            since = words.when(concern.since) if concern.since else ""
            return words.say("panel.overdue", time=since, unit=unit_of(site, site.compartments[name].parcel))
        case Kind.UNSEEN:
            return words.say("panel.not_seen")
        case Kind.RETIRED:
            return (
                words.say("panel.out_why", why=reason(concern.why, words)) if concern.why else words.say("use.retired")
            )


def why_key(why: str) -> str:
    """The journal's word as a part of a key: "door left open" is door_left_open."""
    return "_".join(why.replace("'", "").replace("-", " ").split())


def reason(why: str, words: LocalizedText) -> str:
    """Why a door is out of use: the lock's own fault in the page's language, else what a person wrote."""
    key = f"panel.fault_{why_key(why)}"
    return words.say(key) if words.say(key) != key else why


def unit_of(site: Site, parcel: str | None) -> str:
    """The unit that a parcel is for, empty when nobody knows."""
    known = site.parcels.get(parcel or "")
    if known is None or not known.recipients:
        return ""
    resident = site.residents.get(known.recipients[0])
    return resident.unit if resident else ""


def _title(site: Site, urgent: int, words: LocalizedText) -> str:
    inside = sum(1 for each in site.compartments.values() if each.use is Use.LOADED)
    free = sum(1 for each in site.compartments.values() if _allocatable(each))
    need = words.say("panel.need", n=urgent) if urgent else words.say("panel.in_order")
    return words.say("panel.title", need=need, inside=inside, free=free)


def _allocatable(compartment: Compartment) -> bool:
    return compartment.use is Use.FREE and compartment.seen is Seen.SHUT


def _counts(compartment: Compartment, key: str) -> bool:
    if key in {"open", "unseen"}:
        return compartment.seen.value == key
    if key == "free":
        return _allocatable(compartment)
    return compartment.use.value == key


def _row(site: Site, concern: Task, words: LocalizedText) -> Row:
    looks = {Kind.CHECK: "is-lit", Kind.AJAR: "", Kind.JAM: "is-full", Kind.SWITCH: "is-full", Kind.OVERDUE: "is-full"}
    time = words.when(concern.since) if concern.since else ""
    return Row(concern.compartment, looks.get(concern.kind, "is-out"), sentence(site, concern, words), time)


def _guessed(site: Site, words: LocalizedText) -> list[str]:
    """Sources whose wrong codes are used up: there a code alone opens nothing for a while, and staff are told."""
    told = []
    for source, bucket in sorted(site.buckets.items()):
        if level(bucket, words.now) == 0:
            until = words.clock(bucket.at + REFILL)
            name = source.removeprefix("token:")
            key = "panel.guessed_kiosk" if source == "kiosk" else "panel.guessed_machine"
            told.append(words.say(key, name=name, time=until))
    return told


def _visits(site: Site, words: LocalizedText) -> list[Row]:
    rows = []
    for visit in sorted(site.visits.values(), key=lambda each: each.began_at):
        unit = unit_of(site, visit.parcel)
        key = f"panel.visit_{visit.kind.value}" + ("_unit" if unit and visit.kind is not VisitKind.STAFF else "")
        rows.append(Row(visit.compartment, "", words.say(key, unit=unit), words.clock(visit.began_at)))
    return rows


def _door(site: Site, compartment: Compartment, drawing: Drawing | None, words: LocalizedText) -> MapDoor:
    concern = task_of(site, compartment)
    marks = [compartment.use.value]
    if compartment.seen is not Seen.SHUT:
        marks.append(compartment.seen.value)
    if concern is not None and concern.kind in {Kind.CHECK, Kind.AJAR, Kind.JAM, Kind.SWITCH, Kind.OVERDUE}:
        marks.append("alarm")
    visit = site.visits.get(compartment.id)
    if visit is not None and visit.kind is VisitKind.STAFF:
        marks.append("ordered")
    note = _note(site, compartment, words)
    label = _label(site, compartment, concern, words)
    shape = drawing.door(compartment.id) if drawing else None
    short = note or words.say(f"use.{compartment.use.value}")
    if shape is None:
        return MapDoor(compartment.id, tuple(marks), label, short)
    return _placed(MapDoor(compartment.id, tuple(marks), label, short), shape, note, _icon(compartment, concern))


def _placed(door: MapDoor, shape: Shape, note: str, icon: str) -> MapDoor:
    small = shape.height <= _SMALL_MM
    x = shape.x + 22 + (shape.width * _LEAF if door.is_open else 0)
    y = shape.y + (shape.height / 2 if small else 62)
    side = min(52, shape.height * 0.5) if small else 60
    picture = None
    if icon:
        top = shape.y + ((shape.height - side) / 2 if small else 32)
        picture = Icon(icon, round(shape.x + shape.width - side - 20, 1), round(top, 1), round(side, 1))
    text = None
    if note and small and not picture:
        text = Text(shape.x + shape.width - 22, y, note, end=True)
    elif note and not small:
        text = Text(x, y + 62, note)
    return MapDoor(door.id, door.marks, door.label, door.short, shape, Text(x, y, door.id), text, picture)


def _note(site: Site, compartment: Compartment, words: LocalizedText) -> str:
    """The one figure or word that stands on the door."""
    if compartment.seen is Seen.UNSEEN:
        return words.say("panel.short_unseen")
    match compartment.use:
        case Use.LOADED:
            since = _stored(site, compartment)
            return words.lasting(since) if since else ""
        case Use.CHECK:
            return words.when(compartment.since) if compartment.since else ""
        case Use.RETIRED:
            return words.say("use.retired")
        case Use.FILLING | Use.EMPTYING:
            return words.lasting(compartment.since) if compartment.since else ""
        case Use.FREE:
            return ""


def _icon(compartment: Compartment, concern: Task | None) -> str:
    if concern is not None and concern.urgent:
        return "alert"
    return {Use.FILLING: "dropoff", Use.EMPTYING: "collect"}.get(compartment.use, "")


def _label(site: Site, compartment: Compartment, concern: Task | None, words: LocalizedText) -> str:
    parts = [words.say(f"use.{compartment.use.value}"), words.say(f"seen.{compartment.seen.value}")]
    if concern is not None:
        parts.append(sentence(site, concern, words))
    return words.say("panel.door_label", door=compartment.id, state=", ".join(parts), size=compartment.size.value)


def _stored(site: Site, compartment: Compartment) -> datetime | None:
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
