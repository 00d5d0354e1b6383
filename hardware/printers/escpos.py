"""A receipt printer that speaks ESC/POS: pictures only, so that any script prints and no code page is guessed.

Codec functions on top: values in, bytes out. The slip itself is drawn by a child of its own (`slip_drawing.py`), which
brings fonts and C code; this process holds the wire and nothing of them. Facts: docs/protocols.md 6.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import stat
import sys
import termios
import time
import tty
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from hardware.blocking_calls import BlockingCalls
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardware.options import PrinterOptions
    from locker.slips import Slip

INITIALISE = b"\x1b@"
FEED = b"\x1bd\x05"
CUT = b"\x1dVB\x00"
ASK_PAPER = b"\x10\x04\x04"
STRIP_ROWS = 128
"""Rows in one picture command: cheap printers hold no more than a few kilobytes of it."""
STATUS_MASK, STATUS_FIXED, PAPER_OUT = 0b1001_0011, 0b0001_0010, 0b0110_0000
STATUS_S = 0.5
PRINT_S = 90.0
"""A slip is 60 kB; that takes a minute on a serial line of 9600 baud, and no time on USB."""
DRAW_S = 20.0
DRAWING = "hardware.printers.slip_drawing"


def raster_commands(rows: bytes, dots: int, *, cuts: bool) -> bytes:
    """What prints these rows of dots, a bit each and set where it is black, and lets the paper out."""
    width = dots // 8
    if len(rows) % width:
        raise ValueError(f"{len(rows)} bytes are no whole rows of {width}")
    return INITIALISE + b"".join(_strips(rows, width)) + FEED + (CUT if cuts else b"")


def _strips(rows: bytes, width: int) -> Iterator[bytes]:
    for at in range(0, len(rows), width * STRIP_ROWS):
        strip = rows[at : at + width * STRIP_ROWS]
        height = len(strip) // width
        yield b"\x1dv0\x00" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + strip


def has_paper(answer: bytes) -> bool | None:
    """What a printer's answer says of its paper; None for no answer, and for what is none."""
    said = [each for each in answer if each & STATUS_MASK == STATUS_FIXED]
    return not any(each & PAPER_OUT for each in said) if said else None


class EscPosPrinter:
    """One printer. It is opened for each slip, so that it may be plugged in, switched off and filled as people like."""

    def __init__(self, options: PrinterOptions, patience: float = PRINT_S) -> None:
        """`patience`: so many seconds it may take to take a slip in, and no more."""
        self._options = options
        self._patience = patience
        self._calls = BlockingCalls(options.device)
        self._one_at_a_time = asyncio.Lock()

    async def print_slip(self, slip: Slip) -> None:
        """Print it and let it out. Raises HardwareFault when it was surely or possibly not printed whole."""
        async with self._one_at_a_time:
            rows = await self._drawn(slip)
            sent = raster_commands(rows, self._options.dots, cuts=self._options.cuts)
            await self._on_the_wire(partial(self._send, sent), self._patience + 4 * STATUS_S)

    async def check(self) -> None:
        """Whether it would print now. Raises HardwareFault that says what to do."""
        async with self._one_at_a_time:
            await self._on_the_wire(partial(self._send, b""), self._patience + 4 * STATUS_S)

    async def _on_the_wire(self, call: partial[None], within: float) -> None:
        device = self._options.device
        try:
            await self._calls.run(call, within)
        except (OSError, termios.error) as failed:
            raise HardwareFault(f"printer {device}: {failed}. Check its cable, power and paper.") from failed

    def _send(self, sent: bytes) -> None:
        """Blocks. Raises OSError, HardwareFault."""
        device = os.open(self._options.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            if os.isatty(device):
                _make_raw(device, self._options.baud)
            self._look_at_paper(device)
            if sent:
                _write(device, sent, time.monotonic() + self._patience)
                self._look_at_paper(device)
        finally:
            os.close(device)

    def _look_at_paper(self, device: int) -> None:
        _write(device, ASK_PAPER, time.monotonic() + STATUS_S)
        if has_paper(_answer(device)) is False:
            raise HardwareFault(f"printer {self._options.device}: there is no paper. Put a roll in and shut the lid.")

    async def _drawn(self, slip: Slip) -> bytes:
        """The rows of dots of a slip. Raises HardwareFault."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", DRAWING, str(self._options.dots)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(DRAW_S):
                rows, _ = await child.communicate(json.dumps(asdict(slip)).encode())
        except TimeoutError:
            rows = b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0 or not rows:
            raise HardwareFault("A slip could not be drawn. Install Pillow and the Noto fonts.")
        return rows


def _make_raw(device: int, baud: int) -> None:
    tty.setraw(device)
    modes = termios.tcgetattr(device)
    modes[4] = modes[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(device, termios.TCSANOW, modes)


def _write(device: int, content: bytes, until: float) -> None:
    """Give it as fast as it takes it: a printer without paper takes nothing. Raises TimeoutError."""
    rest = memoryview(content)
    while rest:
        _, ready, _ = select.select([], [device], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError(f"takes nothing, {len(rest)} bytes are left")
        rest = rest[os.write(device, rest) :]


def _answer(device: int) -> bytes:
    """What it says within half a second; nothing from one that cannot speak."""
    if not stat.S_ISCHR(os.fstat(device).st_mode):
        return b""
    ready, _, _ = select.select([device], [], [], STATUS_S)
    return os.read(device, 64) if ready else b""
