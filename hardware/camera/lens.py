"""Whether the lens sees: covered shows nothing at all, blurred shows the lobby without its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import ImageFilter, ImageStat

if TYPE_CHECKING:
    from PIL import Image

DARK_MEAN, DARK_SPREAD = 14.0, 7.0
"""Grey values of 255 below which a frame shows nothing: something covers the lens, or there is no light."""

LOOK_SECONDS = 1.0
COVERED_SECONDS = 5.0
BLURRED_SECONDS = 60.0
"""Longer than anybody stands so close that nothing is sharp."""

BLURRED_SHARE = 0.35
"""Of the usual sharpness. A film of grease leaves less; dusk, which dims edges and noise alike, leaves more."""

_LEARN = 1 / 300
_ALIKE = 0.7
_WIDTH = 320


def is_dark(frame: Image.Image) -> bool:
    """True when a frame shows nothing at all."""
    values = ImageStat.Stat(frame)
    return values.mean[0] < DARK_MEAN and values.stddev[0] < DARK_SPREAD


def sharpness(frame: Image.Image) -> float:
    """How much edges stand out, in shares of the contrast of the whole picture."""
    small = frame.reduce(max(1, frame.width // _WIDTH))
    inner = small.filter(ImageFilter.FIND_EDGES).crop((1, 1, small.width - 1, small.height - 1))
    return float(ImageStat.Stat(inner).rms[0] / max(ImageStat.Stat(small).stddev[0], 1.0))


class Lens:
    """Looks once a second, and knows for how long what it sees has been dark or blurred."""

    def __init__(self) -> None:
        self._looked = float("-inf")
        self._dark_since: float | None = None
        self._blurred_since: float | None = None
        self._usual: float | None = None
        self.covered = False
        self.blurred = False

    def look(self, frame: Image.Image, now: float) -> None:
        """Take a frame in; `covered` and `blurred` say what it means."""
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        dark = is_dark(frame)
        self._dark_since = (self._dark_since if self._dark_since is not None else now) if dark else None
        self.covered = self._dark_since is not None and now - self._dark_since >= COVERED_SECONDS
        if not dark:
            self._judge(sharpness(frame), now)

    def _judge(self, sharp: float, now: float) -> None:
        if self._usual is None:
            self._usual = sharp
        blurred = sharp < self._usual * BLURRED_SHARE
        self._blurred_since = (self._blurred_since if self._blurred_since is not None else now) if blurred else None
        self.blurred = self._blurred_since is not None and now - self._blurred_since >= BLURRED_SECONDS
        if sharp > self._usual:
            self._usual = sharp
        elif sharp > self._usual * _ALIKE:
            # What is usual sinks slowly with the light, never with a lens that somebody has touched.
            self._usual += (sharp - self._usual) * _LEARN
