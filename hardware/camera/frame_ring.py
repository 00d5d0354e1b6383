"""The last half minute of what the camera saw: small grey frames, encoded as they come, the oldest forgotten."""

from __future__ import annotations

import io
from collections import deque
from typing import TYPE_CHECKING

from PIL import ImageChops

from hardware.camera.closer_look import CHANGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from hardware.camera.privacy_mask import PrivacyMask

EVERY_SECONDS = 0.25
STILL_SECONDS = 1.0
"""A scene in which nothing moves is kept once in so many seconds."""

KEPT_SECONDS = 30.0
WIDTH = 640
QUALITY = 60
_CELL = 16


class FrameRing:
    """At most four frames a second. `mask` is burned in before a frame is encoded, and so before anything hashes it."""

    def __init__(self, mask: PrivacyMask) -> None:
        self._mask = mask
        self._frames: deque[tuple[float, bytes]] = deque()
        self._cells: Image.Image | None = None
        self._looked = float("-inf")

    def due(self, now: float) -> bool:
        """Whether it is time for another frame."""
        return now - self._looked >= EVERY_SECONDS

    def add(self, frame: Image.Image, now: float) -> None:
        """Take the newest frame."""
        # Whoever asks more often than is due gets four a second on the average, whatever the beat.
        self._looked = max(self._looked + EVERY_SECONDS, now - EVERY_SECONDS)
        small = frame.reduce(max(1, round(frame.width / WIDTH)))
        cells = small.reduce(_CELL)
        if self._frames and now - self._frames[-1][0] < STILL_SECONDS and not self._moved(cells):
            return
        self._cells = cells
        encoded = io.BytesIO()
        self._mask.burned_into(small).save(encoded, "JPEG", quality=QUALITY)
        self._frames.append((now, encoded.getvalue()))
        # One that is older than all that is asked for stays: a source that says nothing new still shows it.
        while len(self._frames) > 1 and self._frames[1][0] < now - KEPT_SECONDS:
            self._frames.popleft()

    def since(self, seconds: float, now: float) -> Sequence[tuple[int, bytes]]:
        """What was seen in the last so many seconds, in the order of time: milliseconds from now, which are negative.

        The first frame is what stood before the camera when that time began.
        """
        begin = now - seconds
        inside = [(at, picture) for at, picture in self._frames if at > begin]
        before = [(begin, picture) for at, picture in self._frames if at <= begin][-1:]
        return [(round((at - now) * 1000), picture) for at, picture in (*before, *inside)]

    def _moved(self, cells: Image.Image) -> bool:
        if self._cells is None or self._cells.size != cells.size:
            return True
        return any(ImageChops.difference(self._cells, cells).histogram()[CHANGED:])
