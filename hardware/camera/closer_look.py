"""Which frames are searched for rare kinds of codes and by the second library, which takes ten times as long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import ImageChops

if TYPE_CHECKING:
    from PIL import Image

EVERY = 5
"""Looks of the camera, at least, between two closer ones: what moves changes with every frame."""

UNCHANGED_EVERY = 20
"""The same for a picture that stays as it was: an empty lobby all day, or a code that lies still."""

CELL = 20
"""Pixels a side of the cells whose mean brightness is compared; grains of the sensor run together in them."""

CHANGED = 10
"""Grey values of 255 by which one cell must differ. A code that can be read covers many cells."""


class CloserLook:
    """The newest frame that a quick look found no answer in, and whether it is time to look closer."""

    def __init__(self) -> None:
        self._open: Image.Image | None = None
        self._last: Image.Image | None = None
        self._looks = EVERY

    def settled(self) -> None:
        """A quick look was enough for the newest frame."""
        self._looks += 1
        self._open = None

    def due(self, frame: Image.Image | None, *, news: bool) -> Image.Image | None:
        """The frame to look at closer now, or None. To be asked at every look that settled nothing.

        `frame` is the newest, None where there is no new one. `news`: it has codes that nobody has judged yet.
        """
        self._looks += 1
        self._open = frame or self._open
        if self._open is None or self._looks < EVERY:
            return None
        cells = self._open.reduce(CELL)
        if self._looks < UNCHANGED_EVERY and not news and not self._differs(cells):
            return None
        due, self._open = self._open, None
        self._last, self._looks = cells, 0
        return due

    def _differs(self, cells: Image.Image) -> bool:
        if self._last is None or self._last.size != cells.size:
            return True
        by_difference = ImageChops.difference(self._last, cells).histogram()
        return any(by_difference[CHANGED:])
