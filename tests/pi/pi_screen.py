"""The screen of the emulated Pi as a person sees it: read by OCR, touched by finger."""

import csv
import io
import time

from pi_places import Failed, run
from PIL import Image

WIDTH, HEIGHT = 1280, 800
DEVICES = ("-device", f"virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}", "-device", "virtio-tablet-pci",
           "-device", "virtio-keyboard-pci")  # fmt: skip
FULL = 32767
LARGER = 2
"""OCR reads letters of this many times the size better."""


class Screen:
    """What the machine's display shows now."""

    def __init__(self, pi):
        self._pi = pi
        self.pictures = 0

    def picture(self):
        """The whole screen; a copy of each is kept for a person to look at."""
        dumped = self._pi.folder / "screen.ppm"
        self._pi.qmp("screendump", filename=str(dumped))
        with Image.open(dumped) as shown:
            picture = shown.convert("RGB")
        picture.save(self._pi.folder / "screen.png")
        return picture

    def keep(self, name):
        self.picture().save(self._pi.folder / f"{name}.png")

    def words(self, language="eng"):
        """Every word that can be read, with the middle of its place."""
        large = self._pi.folder / "large.png"
        picture = self.picture()
        picture.resize((picture.width * LARGER, picture.height * LARGER)).save(large)
        said = run("tesseract", large, "-", "-l", language, "--psm", "11", "tsv")
        found = []
        for row in csv.DictReader(io.StringIO(said), delimiter="\t", quoting=csv.QUOTE_NONE):
            if (text := (row["text"] or "").strip()) and float(row["conf"]) > 30:
                x, y, wide, high = (int(row[key]) for key in ("left", "top", "width", "height"))
                found.append((text, (x + wide // 2) // LARGER, (y + high // 2) // LARGER))
        return found

    def wait_word(self, word, seconds=900):
        """Until this word stands on the screen: where. Raises Failed with what stood there instead."""
        until = time.monotonic() + seconds
        while True:
            words = self.words()
            for text, x, y in words:
                if word.lower() == text.lower().strip(".,:"):
                    return x, y
            if time.monotonic() > until:
                self.keep("failed")
                raise Failed(f"{word!r} was not on the screen within {seconds} s, but {[one[0] for one in words][:60]}")
            time.sleep(1)

    def touch(self, x, y):
        """A finger: down and up at one place."""

        def place(axis, value, full):
            return {"type": "abs", "data": {"axis": axis, "value": value * FULL // full}}

        self._pi.qmp("input-send-event", events=[place("x", x, WIDTH), place("y", y, HEIGHT)])
        for down in (True, False):
            self._pi.qmp("input-send-event", events=[{"type": "btn", "data": {"down": down, "button": "left"}}])
            time.sleep(0.2)
