"""The common 8A/80 lock board: 9600 8N1, frames that end in the XOR of all bytes before (docs/protocols.md 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import xor
from typing import TYPE_CHECKING

from hardware.banks.exchange import Exchange
from hardware.banks.serial_board import BoardProtocol, SerialBoardBank
from hardware.framing import matching, resync, unpack_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import Cb8aBankOptions
    from locker.options import CompartmentOptions

UNLOCK, READ = 0x8A, 0x80
ADDRESSES = range(1, 33)
LOCKS = range(1, 51)
STATUS_BYTES = (3, 4, 7)
"""Status bytes of boards of 24 locks and fewer, 32, 50. An 8-lock board sends three (docs/protocols.md 0.4)."""

ON_SECONDS = 0.5
"""The board's own pulse is about 300 ms, after a reply that comes at once."""

REST_SECONDS = 0.05
"""A driver that looks every 50 ms finds its answers (docs/protocols.md 1.2)."""


@dataclass(frozen=True, slots=True)
class SwitchStatus:
    """Every switch of a board, one bit a lock, in the order of the wire."""

    address: int
    switch_bytes: bytes


@dataclass(frozen=True, slots=True)
class UnlockAck:
    """The board received an unlock of this lock. That tells nothing about the door."""

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


def decode_status(buffer: bytes, locks: int = 1) -> tuple[SwitchStatus | None, bytes]:
    """First whole status frame of a board of at least so many locks, and the rest."""
    return resync(buffer, READ, partial(_status_at, lengths=status_lengths(locks)), longest=11)


def decode_exact_status(buffer: bytes, locks: int) -> tuple[SwitchStatus | None, bytes]:
    """The same of a board of just so many locks: a frame of another length is noise, whatever its check says."""
    return resync(buffer, READ, partial(_status_at, lengths=status_lengths(locks)[:1]), longest=11)


def decode_unlock_ack(buffer: bytes) -> tuple[UnlockAck | None, bytes]:
    """First whole reply to an unlock, and the rest. An echo of the request looks the same."""
    return resync(buffer, UNLOCK, _unlock_ack_at, longest=5)


def status_lengths(locks: int) -> tuple[int, ...]:
    """How many status bytes a board of at least so many locks may send."""
    return tuple(length for length in STATUS_BYTES if length * 8 >= locks)


def channel_bits(status: SwitchStatus, *, low_first: bool) -> tuple[int, ...]:
    """One bit a lock, lock 1 first. Within a byte the lowest bit is the lowest lock."""
    ordered = status.switch_bytes if low_first else status.switch_bytes[::-1]
    return unpack_bits(ordered)


def _checked(body: bytes) -> bytes:
    return body + bytes((reduce(xor, body),))


def _status_at(rest: bytes, lengths: tuple[int, ...]) -> tuple[SwitchStatus | None, int]:
    possible = False
    for length in lengths:
        whole = length + 4
        if len(rest) < whole:
            possible = True
        elif rest[length + 2] == 0x33 and reduce(xor, rest[:whole]) == 0:
            return SwitchStatus(rest[1], rest[2 : length + 2]), whole
    return None, 0 if possible else -1


def _unlock_ack_at(rest: bytes) -> tuple[UnlockAck | None, int]:
    if len(rest) < 5:
        return None, 0
    if rest[3] not in {0x00, 0x11} or reduce(xor, rest[:5]) != 0:
        return None, -1
    return UnlockAck(rest[1], rest[2]), 5


def open_bank(options: Cb8aBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> SerialBoardBank:
    """Doors on one board of this family. Raises SettingsError."""
    address, low_first = options.address, options.byte_order == "low-first"

    def bits(status: SwitchStatus) -> tuple[int, ...] | None:
        return channel_bits(status, low_first=low_first) if status.address == address else None

    def unlock_exchange(channel: int) -> Exchange[UnlockAck]:
        expected = UnlockAck(address, channel)
        decode_ack = matching(decode_unlock_ack, lambda ack: ack if ack == expected else None)
        return Exchange(unlock(address, channel), decode_ack, 5)

    decode = partial(decode_exact_status, locks=options.channels)
    poll = Exchange(read_all(address), matching(decode, bits), 4 + status_lengths(options.channels)[0])
    protocol = BoardProtocol(options.channels, poll, unlock_exchange, ON_SECONDS, REST_SECONDS)
    return SerialBoardBank(options, doors, report, protocol)
