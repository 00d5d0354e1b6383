"""What a camera must not keep: rectangles of its view that are painted over before anything is encoded or hashed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from PIL import ImageDraw

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class PrivacyMask:
    """Rectangles, each left, top, width and height in percent of the picture."""

    boxes: tuple[tuple[float, float, float, float], ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """The mask of a JSON list; an empty text is none."""
        return cls(tuple((left, top, width, height) for left, top, width, height in json.loads(text or "[]")))

    def burned_into(self, picture: Image.Image) -> Image.Image:
        """The picture with every rectangle black; the picture itself where there is none."""
        if not self.boxes:
            return picture
        masked = picture.copy()
        pen = ImageDraw.Draw(masked)
        for left, top, width, height in self.boxes:
            x, y = int(left * masked.width / 100), int(top * masked.height / 100)
            # A pixel that is touched at all is masked whole.
            right, bottom = -int(-(left + width) * masked.width // 100), -int(-(top + height) * masked.height // 100)
            pen.rectangle((x, y, right - 1, bottom - 1), fill=0)
        return masked
