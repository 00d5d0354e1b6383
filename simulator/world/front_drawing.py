"""The cabinet's front: the product's own drawing of the site file, with coil, switch, leaf and parcel added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.cabinet_drawing import FRAME_MM, Shape, draw

if TYPE_CHECKING:
    from api.cabinet_drawing import Drawing
    from locker.options import CompartmentOptions
    from lockerd import Settings

TALLEST_MM = 1675
LOWEST_MM = 60


@dataclass(frozen=True, slots=True)
class DoorDrawing:
    """The lines of one door, in mm."""

    shape: Shape
    size: str
    bank: str

    @property
    def coil(self) -> tuple[float, float]:
        """The middle of the coil's sign."""
        return self.shape.x + self.shape.width - 28, self.shape.y + max(self.shape.height * 0.4 - 12, 24)

    @property
    def switch(self) -> tuple[float, float]:
        """The left end of the switch's sign."""
        x, y = self.coil
        return x - 12, min(y + 48, self.shape.y + self.shape.height - 14)

    @property
    def ajar(self) -> str:
        """The points of a leaf that sprang ajar: nearly the whole width, a little taller in front."""
        left, right = self.shape.x, self.shape.x + self.shape.width * 0.9
        top, bottom = self.shape.y, self.shape.y + self.shape.height
        return f"{left},{top} {right:g},{top - 8} {right:g},{bottom + 8} {left},{bottom}"

    @property
    def parcel(self) -> str:
        """The outline of a parcel on the floor of the compartment, and its tape."""
        height = min(220.0, self.shape.height * 0.55)
        width = min(270.0, 60 + height * 1.1, self.shape.width - 190)
        left = self.shape.x + self.shape.width - 86 - width
        top = self.shape.y + self.shape.height - 8 - height
        tape, short = width * 0.12, min(34.0, height * 0.4)
        return (
            f"M{left:g} {top:g}h{width:g}v{height:g}h{-width:g}z"
            f"M{left + (width - tape) / 2:g} {top:g}v{short:g}h{tape:g}v{-short:g}"
        )

    @property
    def label(self) -> tuple[float, float]:
        """Where the name begins, at the height of its middle."""
        return self.shape.x + 20, self.shape.y + min(70.0, self.shape.height / 2)


@dataclass(frozen=True, slots=True)
class FrontDrawing:
    """The whole front."""

    drawing: Drawing
    doors: tuple[DoorDrawing, ...]


def draw_front(settings: Settings) -> FrontDrawing:
    """The front of this site's cabinet; doors without a place in the file are stacked by their sizes."""
    compartments = settings.compartment
    drawing = draw(compartments, settings.column, settings.kiosk)
    if drawing is None:
        compartments = stacked(compartments)
        drawing = draw(compartments, settings.column, settings.kiosk.model_copy(update={"column": None}))
    assert drawing is not None
    by_id = {each.id: each for each in compartments}
    doors = (DoorDrawing(shape, by_id[shape.id].size, by_id[shape.id].bank) for shape in drawing.doors)
    return FrontDrawing(drawing, tuple(doors))


def stacked(compartments: list[CompartmentOptions]) -> list[CompartmentOptions]:
    """The same compartments, column by column from the top, as high as their sizes usually are."""
    placed, column, top = [], 1, TALLEST_MM
    for each in compartments:
        height = each.size.usual_height_mm
        if top - height < LOWEST_MM:
            column, top = column + 1, TALLEST_MM
        placed.append(each.model_copy(update={"column": column, "bottom_mm": top - height, "top_mm": top}))
        top -= height + FRAME_MM
    return placed
