"""The code reader: a scanner on a serial wire that sends what is held before it."""

from __future__ import annotations

from binascii import crc_hqx
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from simulator.wires.pty_cable import PtyCable

NO_CHECK = b"\xab\xcd"
READ, WRITE, SAVE = 7, 8, 9
MODE, TRIGGER, TAIL = 0x0000, 0x0002, 0x0060
COMMAND_MODE = 1
TAILS = (b"\r", b"\r\n", b"\t", b"")
FACTORY = {MODE: 0xD5 & ~0b11, 0x000D: 0x00, TAIL: 0b0110_0000, 0x00E2: 0x65}
RESET = 2


class LineScannerDevice:
    """A scanner with CR at the end of each code, the commonest setting of such devices (docs/protocols.md 2.1)."""

    def __init__(self, cable: PtyCable) -> None:
        self._cable = cable

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """A plain scanner takes no commands."""

    def show(self, text: str) -> bool:
        """Hold a code before the reader. False when nobody has emptied its wire for a long time."""
        return self._cable.write(text.encode() + b"\r")


class Gm65Device(LineScannerDevice):
    """A GM65 scanner as it leaves the factory: no terminator, settings by zones (docs/protocols.md 2.1)."""

    def __init__(self, cable: PtyCable) -> None:
        super().__init__(cable)
        self.zones = dict(FACTORY)
        self._buffer = b""
        self._waiting = ""

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen to commands."""
        loop.add_reader(self._cable.fd, lambda: self.receive(self._cable.read()))

    def show(self, text: str) -> bool:
        """Hold a code before the reader; in command mode it waits for the trigger."""
        if self.zones[MODE] & 0b11 == COMMAND_MODE:
            self._waiting = text
            return True
        return self._send(text)

    def receive(self, data: bytes) -> None:
        """Take bytes from the host, in any pieces, and reply what is a command."""
        self._buffer += data
        while (start := self._buffer.find(b"\x7e\x00")) >= 0:
            self._buffer = self._buffer[start:]
            if len(self._buffer) < 4 or len(self._buffer) < 8 + self._buffer[3]:
                return
            end = 6 + self._buffer[3]
            body, check = self._buffer[2:end], self._buffer[end : end + 2]
            if check not in {NO_CHECK, crc_hqx(body, 0).to_bytes(2, "big")}:
                self._buffer = self._buffer[2:]
                continue
            self._buffer = self._buffer[end + 2 :]
            self._execute(body[0], body[2] << 8 | body[3], body[4:])

    def _execute(self, kind: int, zone: int, content: bytes) -> None:
        reply = b"\x00"
        if kind == READ:
            reply = bytes(self.zones.get(zone + place, 0) for place in range(content[0] if content else 1))
        elif kind == WRITE:
            for place, byte in enumerate(content):
                self.zones[zone + place] = byte
        elif kind == SAVE and content[:1] == bytes([RESET]):
            self.zones = dict(FACTORY)
        body = bytes([0x00, len(reply)]) + reply
        self._cable.write(b"\x02\x00" + body + crc_hqx(body, 0).to_bytes(2, "big"))
        if kind == WRITE and zone == TRIGGER and content[:1] == b"\x01" and self._waiting:
            text, self._waiting = self._waiting, ""
            self._send(text)

    def _send(self, text: str) -> bool:
        return self._cable.write(text.encode() + TAILS[self.zones[TAIL] >> 5 & 0b11])
