"""Kerong CU48 and CU16 lock boards: STX to ETX, then the low byte of the sum (docs/protocols.md 1.3, 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hardware.banks.exchange import Exchange
from hardware.banks.serial_board import BoardProtocol, SerialBoardBank
from hardware.framing import matching, resync, unpack_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import KerongBankOptions
    from locker.options import CompartmentOptions

STX, ETX = 0x02, 0x03
BOARD_ANSWERS, BUS_ANSWERS = 0x35, 0x36

CU48_ADDRESSES = range(10)
"""Ten boards; address 0x0A speaks to the whole bus."""
CU48_LOCKS = range(1, 49)
"""On the wire 0x00 to 0x2F; 0x30 means all."""

CU16_ADDRESSES = range(15)
"""The high half of a byte; 0xF0 speaks to the whole bus in one command, so it is left out of all."""
CU16_LOCKS = range(1, 17)

ON_SECONDS = 0.5
"""Boards pulse for 250 to 500 ms by their own setting, and say nothing when it is over."""

REST_SECONDS = 0.2
"""Drivers leave 25 to 200 ms between an unlock and the next status request; this is safe with all of them."""


@dataclass(frozen=True, slots=True)
class HookStatus:
    """Every lock hook of a board, one bit a lock, lowest lock first; and for a CU16, what lies inside."""

    address: int
    hook_bytes: bytes
    inside_bytes: bytes = b""


def cu48_unlock(address: int, lock: int) -> bytes:
    """Frame that opens one lock, 1 to 48. Raises ValueError: 0x30 on the wire would open all of them."""
    if address not in CU48_ADDRESSES or lock not in CU48_LOCKS:
        raise ValueError(f"address {address}, lock {lock}: no such single lock")
    return _summed(bytes((STX, address, lock - 1, 0x51, ETX)))


def cu48_status(address: int) -> bytes:
    """Frame that asks one board for all hooks. Raises ValueError for an address that is not one board."""
    if address not in CU48_ADDRESSES:
        raise ValueError(f"address {address}: no such board")
    return _summed(bytes((STX, address, 0x00, 0x50, ETX)))


def cu16_unlock(address: int, lock: int) -> bytes:
    """Frame that opens one lock, 1 to 16. Raises ValueError for what is not one lock of one board."""
    if address not in CU16_ADDRESSES or lock not in CU16_LOCKS:
        raise ValueError(f"address {address}, lock {lock}: no such single lock")
    return _summed(bytes((STX, address << 4 | lock - 1, 0x31, ETX)))


def cu16_status(address: int) -> bytes:
    """Frame that asks one board for all hooks. Raises ValueError for an address that is not one board."""
    if address not in CU16_ADDRESSES:
        raise ValueError(f"address {address}: no such board")
    return _summed(bytes((STX, address << 4, 0x30, ETX)))


def cu48_decode(buffer: bytes) -> tuple[HookStatus | None, bytes]:
    """First whole status reply of a CU48, and the rest. What stands in its lock number means nothing."""
    return resync(buffer, STX, _cu48_at, longest=12)


def cu16_decode(buffer: bytes) -> tuple[HookStatus | None, bytes]:
    """First whole status reply of a CU16, to a board (35) or to the whole bus (36), and the rest."""
    return resync(buffer, STX, partial(_cu16_at, kinds=(BOARD_ANSWERS, BUS_ANSWERS)), longest=9)


def cu16_decode_of_board(buffer: bytes) -> tuple[HookStatus | None, bytes]:
    """The same of what answers `cu16_status`: nobody asked the whole bus."""
    return resync(buffer, STX, partial(_cu16_at, kinds=(BOARD_ANSWERS,)), longest=9)


def channel_bits(status: HookStatus) -> tuple[int, ...]:
    """One bit a lock, lock 1 first."""
    return unpack_bits(status.hook_bytes)


def _summed(body: bytes) -> bytes:
    return body + bytes((sum(body) & 0xFF,))


def _whole(rest: bytes, length: int) -> bool:
    return rest[length - 2] == ETX and sum(rest[: length - 1]) & 0xFF == rest[length - 1]


def _cu48_at(rest: bytes) -> tuple[HookStatus | None, int]:
    if len(rest) < 12:
        return None, 0
    if rest[3] != 0x65 or not _whole(rest, 12):
        return None, -1
    return HookStatus(rest[1], rest[4:10]), 12


def _cu16_at(rest: bytes, kinds: tuple[int, ...]) -> tuple[HookStatus | None, int]:
    if len(rest) < 9:
        return None, 0
    if rest[2] not in kinds or rest[1] & 0x0F or not _whole(rest, 9):
        return None, -1
    return HookStatus(rest[1] >> 4, rest[3:5], rest[5:7]), 9


def open_bank(options: KerongBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> SerialBoardBank:
    """Doors on one CU48 or CU16. Its unlock has no answer worth waiting for. Raises SettingsError."""
    address = options.address

    def bits(status: HookStatus) -> tuple[int, ...] | None:
        return channel_bits(status) if status.address == address else None

    match options.kind:
        case "kerong-cu48":
            protocol = BoardProtocol(
                options.used_channels,
                Exchange(cu48_status(address), matching(cu48_decode, bits), 12),
                lambda channel: Exchange(cu48_unlock(address, channel), None),
                ON_SECONDS,
                REST_SECONDS,
            )
        case "kerong-cu16":
            protocol = BoardProtocol(
                options.used_channels,
                Exchange(cu16_status(address), matching(cu16_decode_of_board, bits), 9),
                lambda channel: Exchange(cu16_unlock(address, channel), None),
                ON_SECONDS,
                REST_SECONDS,
            )
    return SerialBoardBank(options, doors, report, protocol)
