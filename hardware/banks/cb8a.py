"""The common 8A/80 lock board: 9600 8N1, frames that end in the XOR of all bytes before (hardware.md 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import xor
from typing import TYPE_CHECKING

from hardware.banks.exchange import Exchange, answers, resync
from hardware.banks.serial_board import Dialect, SerialBoardBank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import Cb8aBankOptions
    from locker.options import CompartmentOptions

UNLOCK, READ = 0x8A, 0x80
ADDRESSES = range(1, 33)
LOCKS = range(1, 51)
STATUS_BYTES = (3, 4, 7)
"""How many status bytes boards send: 24 locks and fewer, 32, 50. An 8-lock board sends three (hardware.md 0.4)."""

ON_SECONDS = 0.5
"""The board's own pulse is about 300 ms, after a reply that comes at once."""


@dataclass(frozen=True, slots=True)
class Status:
    """Every switch of a board, one bit a lock, in the order of the wire."""

    address: int
    states: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """The board heard an unlock of this lock. It says nothing about the door."""

    address: int
    lock: int


def unlock(address: int, lock: int) -> bytes:
    """Frame that opens one lock. Raises ValueError for lock 0, which means all, and for what no board has."""
    if address not in ADDRESSES or lock not in LOCKS:
        raise ValueError(f"address {address}, lock {lock}: no such single lock")
    return _checked(bytes((UNLOCK, address, lock, 0x11)))


def read_all(address: int) -> bytes:
    """Frame that asks for every switch. Raises ValueError for an address that no board has."""
    if address not in ADDRESSES:
        raise ValueError(f"address {address}: no such board")
    return _checked(bytes((READ, address, 0x00, 0x33)))


def decode_status(buffer: bytes, locks: int = 1) -> tuple[Status | None, bytes]:
    """First whole status frame of a board of at least so many locks, and the rest."""
    return resync(buffer, READ, partial(_status_at, lengths=status_lengths(locks)), longest=11)


def decode_heard(buffer: bytes) -> tuple[Heard | None, bytes]:
    """First whole reply to an unlock, and the rest. An echo of the request looks the same."""
    return resync(buffer, UNLOCK, _heard_at, longest=5)


def status_lengths(locks: int) -> tuple[int, ...]:
    """How many status bytes a board of at least so many locks may send."""
    return tuple(length for length in STATUS_BYTES if length * 8 >= locks)


def states(status: Status, *, low_first: bool) -> tuple[int, ...]:
    """One bit a lock, lock 1 first. Within a byte the lowest bit is the lowest lock."""
    ordered = status.states if low_first else status.states[::-1]
    return tuple(byte >> bit & 1 for byte in ordered for bit in range(8))


def _checked(body: bytes) -> bytes:
    return body + bytes((reduce(xor, body),))


def _status_at(rest: bytes, lengths: tuple[int, ...]) -> tuple[Status | None, int]:
    possible = False
    for length in lengths:
        whole = length + 4
        if len(rest) < whole:
            possible = True
        elif rest[length + 2] == 0x33 and reduce(xor, rest[:whole]) == 0:
            return Status(rest[1], rest[2 : length + 2]), whole
    return None, 0 if possible else -1


def _heard_at(rest: bytes) -> tuple[Heard | None, int]:
    if len(rest) < 5:
        return None, 0
    if rest[3] not in {0x00, 0x11} or reduce(xor, rest[:5]) != 0:
        return None, -1
    return Heard(rest[1], rest[2]), 5


def open_bank(options: Cb8aBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> SerialBoardBank:
    """Doors on one board of this family. Raises SettingsError."""
    address, low_first = options.address, options.byte_order == "low-first"

    def bits(status: Status) -> tuple[int, ...] | None:
        return states(status, low_first=low_first) if status.address == address else None

    def fire(channel: int) -> Exchange[Heard]:
        mine = Heard(address, channel)
        return Exchange(
            unlock(address, channel), answers(decode_heard, lambda heard: heard if heard == mine else None), 5
        )

    decode = partial(decode_status, locks=options.channels)
    look = Exchange(read_all(address), answers(decode, bits), 4 + status_lengths(options.channels)[0])
    return SerialBoardBank(options, doors, report, Dialect(options.channels, look, fire, ON_SECONDS))
