"""The receipt printer of the world: it understands ESC/POS as a cheap printer does, and keeps its paper as pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from simulator.wires.pty_cable import PtyCable

PAPER_FOLDER = "papers"
KEPT = 20
READY, NO_PAPER = b"\x12", b"\x72"
_PICTURE = re.compile(rb"\x1dv0[\x00-\x03](..)(..)", re.DOTALL)
_SHORT = re.compile(rb"\x1b@|\x1bd(.)|\x1dVB.|\x1dV[\x00\x01]|\x10\x04(.)|[\n\r]", re.DOTALL)
_WAITS_FOR_MORE = re.compile(rb"(?:\x1b|\x1bd|\x1d|\x1dV|\x1dVB|\x10|\x10\x04|\x1dv|\x1dv0|\x1dv0.{1,4})\Z", re.DOTALL)


class ReceiptPrinterDevice:
    """One printer. What it was fed becomes one picture each time the paper is let out."""

    def __init__(self, cable: PtyCable, folder: Path) -> None:
        self._cable = cable
        self._folder = folder
        self._buffer = b""
        self._strips: list[Image.Image] = []
        self.out_of_paper = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen to its wire."""
        loop.add_reader(self._cable.fd, lambda: self.receive(self._cable.read()))

    @property
    def papers(self) -> list[Path]:
        """The slips that lie there, the oldest first."""
        return sorted(self._folder.glob("*.png"), key=lambda path: int(path.stem))

    def receive(self, data: bytes) -> None:
        """Take bytes from the host, in any pieces."""
        self._buffer += data
        while self._buffer and not _WAITS_FOR_MORE.match(self._buffer):
            if (picture := _PICTURE.match(self._buffer)) is not None:
                width, height = (int.from_bytes(each, "little") for each in picture.groups())
                end = picture.end() + width * height
                if len(self._buffer) < end:
                    return
                if not self.out_of_paper:
                    rows = self._buffer[picture.end() : end]
                    self._strips.append(Image.frombytes("1", (width * 8, height), rows))
                self._buffer = self._buffer[end:]
                continue
            short = _SHORT.match(self._buffer)
            if short is not None:
                self._execute(short)
            self._buffer = self._buffer[short.end() if short is not None else 1 :]

    def _execute(self, command: re.Match[bytes]) -> None:
        if command[2] == b"\x04":
            self._cable.write(NO_PAPER if self.out_of_paper else READY)
        elif command[1] is not None:
            self._let_out()

    def _let_out(self) -> None:
        if not self._strips:
            return
        height = sum(each.height for each in self._strips)
        slip, top = Image.new("1", (max(each.width for each in self._strips), height), 0), 0
        for each in self._strips:
            slip.paste(each, (0, top))
            top += each.height
        self._strips = []
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = self.papers
        number = int(there[-1].stem) + 1 if there else 1
        draft = self._folder / f".{number}"
        ImageOps.invert(slip.convert("L")).save(draft, "PNG")
        draft.rename(self._folder / f"{number}.png")
        for path in there[: max(0, len(there) + 1 - KEPT)]:
            path.unlink()
