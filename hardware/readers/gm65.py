"""Scanners of the GM65 family (GM65, GM67, GM805, GM861): their settings over serial (docs/protocols.md 2.1).

They leave the factory without a terminator and waiting for a trigger, at 9600 or 115200 baud.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from binascii import crc_hqx
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.framing import resync
from hardware.readers.serial_scanner import ScannerPort, SerialScanner, open_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_log = logging.getLogger(__name__)

READ, WRITE, SAVE = 7, 8, 9

MODE_ZONE = 0x0000
"""Bits 1 and 0: 0 manual, 1 command, 2 continuous, 3 sensing (it lights when something comes near)."""
MODE_MASK, SENSING = 0b11, 0b11

OUTPUT_ZONE = 0x000D
"""Bits 1 and 0: 0 sends codes over serial."""
OUTPUT_MASK, SERIAL = 0b11, 0b00

TAIL_ZONE = 0x0060
"""Bits 6 and 5: 0 CR, 1 CRLF, 2 TAB, 3 nothing."""
TAIL_MASK, CR = 0b0110_0000, 0b0000_0000

VERSION_ZONE = 0x00E2

BAUDS = (9600, 115200)
REPLY_WITHIN = 0.5

ASK_AFTER = 30.0
"""Seconds of rest after which a scanner is asked whether it is still there and still set up."""

LOOK_AGAIN_AFTER = 10.0
"""Seconds of rest after which one that neither answers nor has read anything is looked for at both speeds again."""

LOOK_AGAIN_READING_AFTER = 120.0
"""The same for one that reads."""

AT_ONCE = 0.0
LONGEST_REPLY = 5 + 255


@dataclass(frozen=True, slots=True)
class Gm65Reply:
    """What a scanner replies to a command; after a write it is one zero byte."""

    content: bytes

    @property
    def frame_length(self) -> int:
        """Bytes of the whole frame."""
        return len(self.content) + 6


def read_zone(address: int, count: int = 1) -> bytes:
    """Command that asks for so many setting bytes from `address` on."""
    return _command(READ, address, bytes((count,)))


def write_zone(address: int, value: int) -> bytes:
    """Command that sets one byte; it is forgotten at power-off unless saved."""
    return _command(WRITE, address, bytes((value,)))


def save() -> bytes:
    """Command that writes all settings to flash, which wears: only after a change."""
    return _command(SAVE, 0, b"\x00")


def _command(kind: int, address: int, content: bytes) -> bytes:
    body = struct.pack(">BBH", kind, len(content), address) + content
    return b"\x7e\x00" + body + struct.pack(">H", crc_hqx(body, 0))


def decode(buffer: bytes) -> tuple[Gm65Reply | None, bytes]:
    """First whole reply, and the rest. Texts of codes that stand around it are skipped."""
    return resync(buffer, 0x02, _reply_at, longest=LONGEST_REPLY + 6)


def _reply_at(rest: bytes) -> tuple[Gm65Reply | None, int]:
    if rest[:3] != b"\x02\x00\x00"[: len(rest)]:
        return None, -1
    if len(rest) < 4 or len(rest) < 6 + rest[3]:
        return None, 0
    end = 4 + rest[3]
    if struct.pack(">H", crc_hqx(rest[2:end], 0)) != rest[end : end + 2]:
        return None, -1
    return Gm65Reply(rest[4:end]), end + 2


class Gm65Scanner(SerialScanner):
    """A GM65 that reads by itself when something is held to it, and ends each code with CR.

    Whenever the port is opened, and again while the scanner rests, it is asked whether it is there and set up:
    one on the pins of a UART is plugged in and exchanged without a sign.
    """

    SETTINGS = (
        (MODE_ZONE, MODE_MASK, SENSING),
        (OUTPUT_ZONE, OUTPUT_MASK, SERIAL),
        (TAIL_ZONE, TAIL_MASK, CR),
    )

    def __init__(self, port: str, baud: int) -> None:
        super().__init__(port, baud)
        self._site_baud = baud
        self._responds = False
        self._said_silent = False

    async def _connection(self) -> AsyncIterator[str]:
        self._responds = await self._find_baud()
        self.attend_after = AT_ONCE if self._responds else LOOK_AGAIN_AFTER
        if not self._responds and not self._said_silent:
            self._said_silent = True
            _log.warning("scanner at %s does not answer; its settings are taken as they are", self._port)
        async for text in super()._connection():
            if not self._responds:
                # It works as it is, and looking for it would only disturb it; unless that was a code at a wrong speed.
                self.attend_after = LOOK_AGAIN_READING_AFTER
            yield text

    async def _find_baud(self) -> bool:
        """Try both speeds that these scanners come with; False, and that of the site file, if none has a reply."""
        for baud in dict.fromkeys((self._baud, self._site_baud, *BAUDS)):
            async with open_port(self._port, baud, self._calls) as opened:
                if await request(opened, read_zone(MODE_ZONE)) is not None:
                    self._baud = baud
                    return True
        self._baud = self._site_baud
        return False

    async def _attend(self, opened: ScannerPort) -> bool:
        self.attend_after = ASK_AFTER
        return self._responds and (await self._set_up(opened) or await self._set_up(opened))

    async def _set_up(self, opened: ScannerPort) -> bool:
        """Set what differs from our settings, and save it once; False if it does not answer at all. Raises OSError."""
        answered = changed = False
        for zone, mask, setting in self.SETTINGS:
            reply = await request(opened, read_zone(zone))
            answered = answered or reply is not None
            if not answered:
                return False
            # A zone that this model does not have is taken as it is.
            if reply is not None and reply.content and reply.content[0] & mask != setting:
                await request(opened, write_zone(zone, reply.content[0] & ~mask | setting))
                changed = True
        if changed:
            await request(opened, save())
        if self._said_silent:
            self._said_silent = False
            _log.warning("scanner at %s answers and is set up", self._port)
        return True


async def request(opened: ScannerPort, command: bytes) -> Gm65Reply | None:
    """Send one command and give its reply; None if none comes in half a second. Raises OSError.

    What else came meanwhile is a text and stays to be read.
    """
    opened.write(command)
    received = b""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + REPLY_WITHIN
    while (left := deadline - loop.time()) > 0:
        received += await opened.read(left)
        reply, rest = decode(received)
        if reply is not None:
            before = received[: len(received) - len(rest) - reply.frame_length]
            opened.unread(before + rest)
            return reply
    opened.unread(received)
    return None
