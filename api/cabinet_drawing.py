"""The cabinet as a drawing, from the site file: 1 unit is 1 mm, seen from the front. Shared by kiosk and panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.options import KioskOptions
    from locker.options import ColumnOptions, CompartmentOptions

FRAME_MM = 25
TOP_MARGIN_MM = 100
DEFAULT_WIDTH_MM = 450
COLUMNS_SHOWN_WHOLE = 8
COLUMNS_BESIDE = 2

HEIGHTS = ((450, "where.floor"), (800, "where.knee"), (1100, "where.hip"), (1400, "where.chest"))


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle in the drawing, in mm from its upper left corner. `id` is empty for the screen."""

    id: str
    column: int
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def leaf(self) -> str:
        """The points of an open door's leaf: 30 % of the width, hinged at the left, a little taller in front."""
        across = self.width * 0.3
        taller = self.height * 0.04 + across * 0.12
        top, bottom, edge = self.y, self.y + self.height, self.x + across
        return f"{self.x},{top} {edge:g},{top - taller:g} {edge:g},{bottom + taller:g} {self.x},{bottom}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The cabinet, or some columns of it. `left` is where it begins, so that a part keeps its coordinates."""

    left: int
    width: int
    height: int
    doors: tuple[Shape, ...]
    screen: Shape | None

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that are drawn, from the left."""
        shown = {door.column for door in self.doors}
        if self.screen:
            shown.add(self.screen.column)
        return tuple(sorted(shown))

    def door(self, compartment: str) -> Shape | None:
        """The door of a compartment, None when it is not in this part."""
        return next((door for door in self.doors if door.id == compartment), None)

    def around(self, compartment: str) -> Drawing:
        """The whole when it has eight columns or fewer, else the door's column with two on each side.

        For a door that is not here it is the screen's column, or the first.
        """
        if len(self.columns) <= COLUMNS_SHOWN_WHOLE:
            return self
        shape = self.door(compartment) or self.screen or self.doors[0]
        at = self.columns.index(shape.column)
        first = max(0, min(at - COLUMNS_BESIDE, len(self.columns) - 2 * COLUMNS_BESIDE - 1))
        shown = self.columns[first : first + 2 * COLUMNS_BESIDE + 1]
        doors = tuple(each for each in self.doors if each.column in shown)
        screen = self.screen if self.screen and self.screen.column in shown else None
        shapes = (*doors, *((screen,) if screen else ()))
        left = min(shape.x for shape in shapes) - FRAME_MM
        right = max(shape.x + shape.width for shape in shapes) + FRAME_MM
        return replace(self, left=left, width=right - left, doors=doors, screen=screen)


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """Where a door is, in two answers: keys of sentences. `n` fills the first, `arrow` is its picture."""

    side: str
    n: int
    arrow: str
    height: str


def draw(
    compartments: Sequence[CompartmentOptions], columns: Sequence[ColumnOptions], kiosk: KioskOptions
) -> Drawing | None:
    """The whole cabinet; None when the site file does not say how high every door is."""
    if not compartments or any(each.top_mm <= each.bottom_mm for each in compartments):
        return None
    widths = {each.number: each.width_mm for each in columns}
    numbers = {each.column for each in compartments} | ({kiosk.column} if kiosk.column else set())
    lefts: dict[int, int] = {}
    x = FRAME_MM
    for number in sorted(numbers):
        lefts[number] = x
        x += widths.get(number, DEFAULT_WIDTH_MM) + FRAME_MM
    tops = [each.top_mm for each in compartments] + ([kiosk.top_mm] if kiosk.top_mm else [])
    height = max(tops) + FRAME_MM + TOP_MARGIN_MM

    def shape(name: str, column: int, bottom: int, top: int) -> Shape:
        return Shape(name, column, lefts[column], height - top, widths.get(column, DEFAULT_WIDTH_MM), top - bottom)

    doors = tuple(shape(each.id, each.column, each.bottom_mm, each.top_mm) for each in compartments)
    screen = None
    if kiosk.column:
        bottom, top = _screen_span(kiosk, [each for each in compartments if each.column == kiosk.column], max(tops))
        screen = shape("", kiosk.column, bottom, top) if top > bottom else None
    return Drawing(0, x, height, doors, screen)


def _screen_span(kiosk: KioskOptions, doors: Sequence[CompartmentOptions], top: int) -> tuple[int, int]:
    """From where to where the screen stands: as the site file says, else the largest gap of its column."""
    if kiosk.bottom_mm is not None and kiosk.top_mm is not None:
        return kiosk.bottom_mm, kiosk.top_mm
    low, gaps = 0, []
    for door in sorted(doors, key=lambda each: each.bottom_mm):
        gaps.append((door.bottom_mm - low, low + FRAME_MM, door.bottom_mm - FRAME_MM))
        low = max(low, door.top_mm)
    gaps.append((top - low, low + FRAME_MM if doors else 0, top))
    _, bottom, upper = max(gaps)
    return bottom, upper


def locate(compartment: str, compartments: Sequence[CompartmentOptions], kiosk: KioskOptions) -> DoorPlace | None:
    """The place of a door in words: its column counted from the screen, the height of its middle. None if unknown."""
    door = next((each for each in compartments if each.id == compartment), None)
    if door is None:
        return None
    numbers = sorted({each.column for each in compartments} | ({kiosk.column} if kiosk.column else set()))
    height = ""
    if door.top_mm > door.bottom_mm:
        middle = (door.top_mm + door.bottom_mm) / 2
        height = next((word for below, word in HEIGHTS if middle < below), "where.head")
    if not kiosk.column:
        if len(numbers) == 1:
            return DoorPlace("", 0, "", height) if height else None
        return DoorPlace("where.nth", numbers.index(door.column) + 1, "columns", height)
    steps = numbers.index(door.column) - numbers.index(kiosk.column)
    if steps == 0:
        return _beside_screen(door, kiosk, height)
    side = "left" if steps < 0 else "right"
    away = abs(steps)
    return DoorPlace(f"where.{side}" if away == 1 else f"where.{side}_n", away, side, height)


def _beside_screen(door: CompartmentOptions, kiosk: KioskOptions, height: str) -> DoorPlace:
    """In the screen's own column a door is above it or below it."""
    middle_of_screen = ((kiosk.bottom_mm or 1000) + (kiosk.top_mm or 1400)) / 2
    above = (door.top_mm + door.bottom_mm) / 2 > middle_of_screen
    return DoorPlace("where.above" if above else "where.below", 0, "up" if above else "down", height)


def door_marks(**kinds: str | Sequence[str]) -> Mapping[str, str]:
    """How doors are drawn: `door_marks(lit="B3", next=["D5"])`; lit, next, done or stuck. An empty id is no door."""
    drawn: dict[str, str] = {}
    for kind, doors in kinds.items():
        for door in [doors] if isinstance(doors, str) else doors:
            if door:
                drawn[door] = kind
    return drawn
