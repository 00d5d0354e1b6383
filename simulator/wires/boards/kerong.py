"""Kerong CU48 and CU16: frames from 02 to 03 and the low byte of their sum (docs/protocols.md 1.3, 1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.wires.boards.board import Board, BoardReply, packed

if TYPE_CHECKING:
    from collections.abc import Iterable

STX, ETX = 0x02, 0x03
PULSE_S = 0.35
CU48_EVERY_BOARD, CU48_EVERY_LOCK = 0x0A, 0x30
CU16_EVERY_BOARD = 0xF


def summed(body: Iterable[int]) -> bytes:
    """The frame with its sum behind it."""
    body = bytes(body)
    return body + bytes([sum(body) & 0xFF])


class _Kerong(Board):
    def _whole(self, buffer: bytes, length: int) -> bool:
        frame = buffer[:length]
        return len(frame) == length and frame[-2] == ETX and summed(frame[:-1]) == frame

    def _pulse_all(self) -> None:
        for channel in range(1, self.channels + 1):
            self.terminals.pulse(channel, PULSE_S)


class Cu48Board(_Kerong):
    """48 locks, addresses 0 to 9. It does not answer an unlock."""

    def take_frame(self, buffer: bytes) -> tuple[int, list[BoardReply]]:
        """Judge the beginning of the buffer."""
        if buffer[0] != STX:
            return 1, []
        if len(buffer) < 6:
            return 0, []
        if not self._whole(buffer, 6):
            return 1, []
        address, lock, command = buffer[1:4]
        if address not in {self.address, CU48_EVERY_BOARD}:
            return 6, []
        if command == 0x50:
            return 6, [BoardReply(summed([STX, self.address, 0x00, 0x65, *self.bits(range(1, 49)), ETX]))]
        if command == 0x51 and lock == CU48_EVERY_LOCK:
            self._pulse_all()
        elif command == 0x51 and lock < CU48_EVERY_LOCK:
            self.terminals.pulse(lock + 1, PULSE_S)
        return 6, []


class Cu16Board(_Kerong):
    """16 locks with a light barrier each; the board's address is the high half of a byte, the lock the low one."""

    def take_frame(self, buffer: bytes) -> tuple[int, list[BoardReply]]:
        """Judge the beginning of the buffer."""
        if buffer[0] != STX:
            return 1, []
        for length in (5, 7):
            if self._whole(buffer, length):
                return length, self._execute(buffer[1] >> 4, buffer[1] & 0xF, buffer[2], short=length == 5)
        return (0, []) if len(buffer) < 7 else (1, [])

    def _execute(self, board: int, lock: int, command: int, *, short: bool) -> list[BoardReply]:
        if board not in {self.address, CU16_EVERY_BOARD} or not short:
            return []
        match command:
            case 0x30:
                return [self._status(0x35)]
            case 0x31:
                self.terminals.pulse(lock + 1, PULSE_S)
            case 0x32:
                return [self._status(0x36)]
            case 0x33:
                self._pulse_all()
            case 0x37:
                hundredths = round(PULSE_S * 100)
                body = [STX, self.address << 4, 0x38, hundredths >> 8, hundredths & 0xFF, ETX]
                return [BoardReply(summed(body))]
        return []

    def _status(self, command: int) -> BoardReply:
        inside = packed([int(self.terminals.inside(channel)) for channel in range(1, 17)])
        return BoardReply(summed([STX, self.address << 4, command, *self.bits(range(1, 17)), *inside, ETX]))
