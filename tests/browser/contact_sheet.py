"""All pictures of the touchscreen on one sheet, to be looked at: `make screens` walks first and then runs this."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw

COLUMNS = 8
WIDE, HIGH, CAPTION = 400, 250, 16


def sheet(pictures, target):
    """One row after another, each picture under its name."""
    rows = -(-len(pictures) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * (WIDE + 8), max(1, rows) * (HIGH + CAPTION + 8)), "white")
    pen = ImageDraw.Draw(canvas)
    for at, path in enumerate(pictures):
        left, top = at % COLUMNS * (WIDE + 8), at // COLUMNS * (HIGH + CAPTION + 8)
        pen.text((left + 2, top + 2), f"{path.parent.name[:24]} {path.stem}"[:66], fill="black")
        with Image.open(path) as picture:
            picture.thumbnail((WIDE, HIGH))
            canvas.paste(picture, (left, top + CAPTION))
    canvas.save(target)


if __name__ == "__main__":
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    found = sorted(folder.glob("*/*.png"))
    sheet(found, target)
    print(f"{len(found)} pictures on {target}")  # noqa: T201  said to whoever asked for it
