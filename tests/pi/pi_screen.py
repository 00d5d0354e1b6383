"""The screen of the emulated Pi as a person sees it: read by OCR, touched by finger."""

import csv
import io
import os
import time

from pi_places import Failed, run
from PIL import Image, ImageChops

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
        self._read_last = None

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
        if self._read_last is not None and picture.tobytes() == self._read_last[0]:
            return self._read_last[1]
        picture.resize((picture.width * LARGER, picture.height * LARGER)).save(large)
        said = run("tesseract", large, "-", "-l", language, "--psm", "11", "tsv",
                   env={**os.environ, "OMP_THREAD_LIMIT": "1"})  # fmt: skip
        found = []
        for row in csv.DictReader(io.StringIO(said), delimiter="\t", quoting=csv.QUOTE_NONE):
            if (text := (row["text"] or "").strip()) and float(row["conf"]) > 30:
                x, y, wide, high = (int(row[key]) for key in ("left", "top", "width", "height"))
                found.append((text, (x + wide // 2) // LARGER, (y + high // 2) // LARGER))
        self._read_last = (picture.tobytes(), found)
        return found

    def wait_word(self, word, seconds=200):
        """Until this word stands on the screen: where. Raises Failed with what stood there instead.

        `seconds` are the emulator's own: a browser that gets a twentieth of a processor is not late.
        """
        until = self._pi.own() + seconds
        while True:
            words = self.words()
            for text, x, y in words:
                if word.lower() == text.lower().strip(".,:"):
                    return x, y
            if self._pi.own() > until:
                self.keep("failed")
                raise Failed(f"{word!r} was not on the screen within {seconds} s, but {[one[0] for one in words][:60]}")
            time.sleep(1)

    def wait_gone(self, word, seconds=900):
        """Until this word does not stand on the screen any more. Raises Failed."""
        until = time.monotonic() + seconds
        while any(word.lower() == text.lower() for text, *_ in self.words()):
            if time.monotonic() > until:
                raise Failed(f"{word!r} still stood on the screen after {seconds} s")
            time.sleep(0.2)

    def touch(self, x, y):
        """A finger: down and up at one place."""
        self.hold(x, y, 0.2)
        time.sleep(0.2)

    def hold(self, x, y, seconds, button="left"):
        """A finger that stays, or another button of a mouse that somebody plugged in."""
        # From beside it: of a place where it was already the kernel says nothing, even to a screen that began since.
        for beside in (x + 2, x):
            self._pi.qmp("input-send-event", events=[_place("x", beside, WIDTH), _place("y", y, HEIGHT)])
        for down, wait in ((True, seconds), (False, 0)):
            self._pi.qmp("input-send-event", events=[{"type": "btn", "data": {"down": down, "button": button}}])
            time.sleep(wait)

    def press(self, *keys):
        """Keys of a keyboard that somebody plugged in, all at once."""
        self._pi.qmp("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
        time.sleep(0.3)

    def changed_since(self, before):
        """The share of the screen that is not as it was in that picture."""
        different = ImageChops.difference(before, self.picture()).convert("L").point(lambda value: 255 * (value > 24))
        return different.histogram()[255] / (WIDTH * HEIGHT)


def _place(axis, value, full):
    return {"type": "abs", "data": {"axis": axis, "value": value * FULL // full}}
