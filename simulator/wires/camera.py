"""The camera of the world: a picture of the cabinet's front as it stands, written where the daemon's camera looks.

The daemon's own `files` camera reads the newest picture of a folder; the world only has to write them there.
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from simulator.world.front_drawing import draw_front

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lockerd import Settings
    from simulator.world.door import Door
    from simulator.world.world import World

CAMERA_FOLDER = "camera"
WIDTH, HEIGHT = 1280, 720
CHECK_EVERY_S = 0.05
_WALL, _STEEL, _DOOR, _DARK, _BOX, _INK = "#cfd6d8", "#43525a", "#7f9199", "#1d262b", "#b98d5a", "#101619"
_MARGIN = 40


class WorldCamera:
    """Draws the front by the same drawing as the simulator's page."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._world = world
        self._front = draw_front(settings)

    async def run(self, folder: Path) -> None:
        """Write a new picture whenever something has changed, until cancelled."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        drawn: object = None
        while True:
            if drawn != self._world.changes:
                drawn = self._world.changes
                draft = folder / ".front"
                draft.write_bytes(self.picture(self._world.doors))
                draft.rename(folder / "front.jpg")
            await asyncio.sleep(CHECK_EVERY_S)

    def picture(self, doors: Mapping[str, Door]) -> bytes:
        """One JPEG: open doors show what is behind them."""
        picture = Image.new("RGB", (WIDTH, HEIGHT), _WALL)
        pen = ImageDraw.Draw(picture)
        drawing = self._front.drawing
        scale = min((WIDTH - 2 * _MARGIN) / drawing.width, (HEIGHT - 2 * _MARGIN) / drawing.height)
        left, top = (WIDTH - drawing.width * scale) / 2, HEIGHT - _MARGIN - drawing.height * scale
        pen.rectangle((left, top, left + drawing.width * scale, HEIGHT - _MARGIN), fill=_STEEL)
        font = ImageFont.load_default(size=14)
        for each in self._front.doors:
            x, y = left + (each.shape.x - drawing.left) * scale, top + each.shape.y * scale
            box = (x, y, x + each.shape.width * scale, y + each.shape.height * scale)
            _door(pen, box, doors[each.shape.id], font)
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=80)
        return encoded.getvalue()


def _door(
    pen: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    door: Door,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
) -> None:
    x0, y0, x1, y1 = box
    if not door.open:
        pen.rectangle(box, fill=_DOOR, outline=_INK)
        pen.text((x0 + 5, y0 + 3), door.id, fill=_INK, font=font)
        return
    pen.rectangle(box, fill=_DARK, outline=_INK)
    if door.load is not None:
        wide, high = (x1 - x0) * 0.6, (y1 - y0) * 0.7
        pen.rectangle(
            (x0 + (x1 - x0 - wide) / 2, y1 - high, x1 - (x1 - x0 - wide) / 2, y1 - 2), fill=_BOX, outline=_INK
        )
    leaf = min(18.0, (x1 - x0) * 0.2)
    pen.polygon([(x0, y0), (x0 - leaf, y0 - 6), (x0 - leaf, y1 + 6), (x0, y1)], fill=_DOOR, outline=_INK)
    pen.text((x0 + 5, y0 + 3), door.id, fill=_WALL, font=font)
