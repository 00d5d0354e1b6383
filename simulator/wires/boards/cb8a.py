"""The common 8A/80 lock board: 9600 8N1, frames that end in the XOR of all bytes before (docs/protocols.md 1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.wires.boards.board import Board, BoardReply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.wires.boards.board import Terminals

OPEN, READ, MANY, HOLD_ON, HOLD_OFF = 0x8A, 0x80, 0x90, 0x9A, 0x9B
ALL = 0
PULSE_S = 0.3


def checked(body: Iterable[int]) -> bytes:
    """The frame with its check behind it."""
    body = bytes(body)
    check = 0
    for byte in body:
        check ^= byte
    return body + bytes([check])


class Cb8aBoard(Board):
    """A board of 24, 32 or 50 channels; smaller ones answer as if they had 24 (docs/protocols.md 0.4)."""

    def __init__(
        self, terminals: Terminals, address: int, channels: int, shut_bit: int = 1, *, low_first: bool = True
    ) -> None:
        super().__init__(terminals, address, channels, shut_bit)
        self._low_first = low_first
        self._status_bytes = 3 if channels <= 24 else 4 if channels <= 32 else 7

    def take_frame(self, buffer: bytes) -> tuple[int, list[BoardReply]]:
        """Judge the beginning of the buffer."""
        head = buffer[0]
        if head not in {OPEN, READ, MANY, HOLD_ON, HOLD_OFF}:
            return 1, []
        lengths = (self._status_bytes + 3,) if head == MANY else (5, 6) if head == OPEN else (5,)
        for length in lengths:
            frame = buffer[:length]
            if len(frame) == length and checked(frame[:-1]) == frame:
                return length, self._execute(frame) if frame[1] == self.address else []
        return (0, []) if len(buffer) < max(lengths) else (1, [])

    def _execute(self, frame: bytes) -> list[BoardReply]:
        head, address, lock = frame[:3]
        match head:
            case 0x8A if frame[3] == 0x11:
                seconds = float(frame[4]) if len(frame) == 6 else PULSE_S
                for channel in self._addressed_channels(lock):
                    self.terminals.pulse(channel, seconds)
                return [BoardReply(checked([OPEN, address, lock, self._state_byte(lock)]), command=True)]
            case 0x80 if frame[3] == 0x33 and lock == ALL:
                states = self.bits(range(1, self._status_bytes * 8 + 1))
                ordered = states if self._low_first else states[::-1]
                return [BoardReply(checked([READ, address, *ordered, 0x33]))]
            case 0x80 if frame[3] == 0x33:
                return [BoardReply(checked([READ, address, lock, self._state_byte(lock)]))]
            case 0x90:
                for channel in range(1, self.channels + 1):
                    byte, bit = divmod(channel - 1, 8)
                    if frame[2 + byte] >> bit & 1:
                        self.terminals.pulse(channel, PULSE_S)
            case 0x9A | 0x9B if frame[3] == 0x11:
                for channel in self._addressed_channels(lock):
                    self.terminals.hold(channel, head == HOLD_ON)
        return []

    def _addressed_channels(self, lock: int) -> range:
        return range(1, self.channels + 1) if lock == ALL else range(lock, lock + 1)

    def _state_byte(self, lock: int) -> int:
        return 0x11 if self.terminals.shut(lock) is bool(self.shut_bit) else 0x00
