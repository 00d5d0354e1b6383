"""`python -m hardware.printers.slip_drawing DOTS`: a slip as JSON on stdin, its rows of dots on stdout.

A child draws, because the fonts of all Chinese characters and their C code are nothing for who holds the doors.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from PIL import Image, ImageDraw, ImageFont

from locker.slips import LONGEST_SLIP, Slip, SlipKind, SlipLine

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTO = Path("/usr/share/fonts/opentype/noto")
FACES = {"zh-CN": 2, "zh-TW": 3, "en": 2}
"""Which face of the collection draws the characters as this language writes them."""
SIZES = {SlipKind.TITLE: 38, SlipKind.TEXT: 26, SlipKind.PAIR: 26, SlipKind.SMALL: 21, SlipKind.CODE: 46}
"""Dots, 8 a millimetre: text is 3.3 mm high, a code that is read out 5.8 mm."""
BOLD = frozenset({SlipKind.TITLE, SlipKind.CODE})
CENTRED = frozenset({SlipKind.TITLE, SlipKind.CODE, SlipKind.SMALL})
LINE_HEIGHT = 1.3
GAP = 10
QR_PART = 0.66
QUIET_ZONE = 4
TOP = 8
TALLEST = 8000
MEMORY_BYTES = 500 * 1024 * 1024
CPU_SECONDS = 15
_PIECES = re.compile(r"[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|[\u2e80-\u9fff\uff00-\uffef]|\s+")


def drawn(slip: Slip, dots: int) -> Image.Image:
    """The slip as black (1) on white (0), as wide as the paper and as long as it needs."""
    paper = _Paper(slip.language, dots)
    for line in slip.lines[:LONGEST_SLIP]:
        paper.add(line)
    return paper.cut()


class _Paper:
    """Paper that is written on from top to bottom."""

    def __init__(self, language: str, dots: int) -> None:
        self._language = language
        self._dots = dots
        self._image = Image.new("1", (dots, TALLEST), 0)
        self._pen = ImageDraw.Draw(self._image)
        self._y = TOP

    def add(self, line: SlipLine) -> None:
        match line.kind:
            case SlipKind.RULE:
                self._pen.rectangle((0, self._y + GAP, self._dots, self._y + GAP + 1), fill=1)
                self._y += 2 * GAP + 2
            case SlipKind.QR:
                self._qr(line.text)
            case SlipKind.PAIR:
                self._pair(line)
            case _:
                self._text(line)

    def _text(self, line: SlipLine) -> None:
        font = _font(self._language, SIZES[line.kind], bold=line.kind in BOLD)
        for part in _broken(line.text, font, self._dots):
            left = (self._dots - font.getlength(part)) / 2 if line.kind in CENTRED else 0
            self._write(part, max(0, left), font, SIZES[line.kind])

    def _pair(self, line: SlipLine) -> None:
        size = SIZES[line.kind]
        plain, bold = (_font(self._language, size, bold=each) for each in (False, True))
        right = bold.getlength(line.right)
        room = self._dots - right - 2 * GAP
        for at, part in enumerate(_broken(line.text, plain, max(room, self._dots / 3))):
            if not at:
                self._pen.text((self._dots - right, self._y), line.right, font=bold, fill=1)
            self._write(part, 0, plain, size)

    def _write(self, text: str, left: float, font: ImageFont.FreeTypeFont, size: int) -> None:
        self._pen.text((left, self._y), text, font=font, fill=1)
        self._y += round(size * LINE_HEIGHT)

    def _qr(self, text: str) -> None:
        matrix = segno.make(text, error="m", micro=False).matrix
        scale = max(2, int(self._dots * QR_PART) // len(matrix))
        left, top = (self._dots - scale * len(matrix)) // 2, self._y + QUIET_ZONE * scale
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    at = (left + x * scale, top + y * scale)
                    self._pen.rectangle((*at, at[0] + scale - 1, at[1] + scale - 1), fill=1)
        self._y = top + (len(matrix) + QUIET_ZONE) * scale

    def cut(self) -> Image.Image:
        return self._image.crop((0, 0, self._dots, min(self._y + GAP, TALLEST)))


def _broken(text: str, font: ImageFont.FreeTypeFont, room: float) -> Iterator[str]:
    """A text in parts that fit: between words, between Chinese characters, and within a word that is too long."""
    part = ""
    for piece in _PIECES.findall(text):
        if part and font.getlength((part + piece).rstrip()) > room:
            yield part.rstrip()
            part = ""
        for mark in piece if font.getlength(piece.rstrip()) > room else (piece,):
            if part and font.getlength((part + mark).rstrip()) > room:
                yield part.rstrip()
                part = ""
            part += mark
    if part.strip():
        yield part.rstrip()


@cache
def _font(language: str, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Noto, whose glyphs are there for every name; without it a face that knows Latin letters only."""
    file = NOTO / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    try:
        return ImageFont.truetype(str(file), size, index=FACES.get(language, 2))
    except OSError:
        default = ImageFont.load_default(size)
        if not isinstance(default, ImageFont.FreeTypeFont):
            raise
        return default


def main() -> int:
    """Read, draw, write; the exit code."""
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    body = json.load(sys.stdin)
    lines = tuple(SlipLine(SlipKind(each["kind"]), each["text"], each["right"]) for each in body["lines"])
    sys.stdout.buffer.write(drawn(Slip(body["language"], lines), int(sys.argv[1])).tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
