"""Modbus RTU relay boards with a timed pulse ("flash") and discrete inputs, as Waveshare's (docs/protocols.md 1.6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.banks.exchange import Exchange
from hardware.banks.relay_check import RelayCheck
from hardware.banks.serial_board import BoardProtocol, SerialBoardBank
from hardware.framing import matching, unpack_bits
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.framing import Decode
    from hardware.options import ModbusBankOptions
    from locker.options import CompartmentOptions

ADDRESSES = range(1, 248)
CHANNELS = range(1, 33)
FLASH_ON = 0x0200
"""Coils from here on switch a relay on for the written value times 100 ms; 0xFF behind it would mean all."""

READ_COILS, READ_INPUTS, READ_REGISTERS, WRITE_COIL = 1, 2, 3, 5
LONGEST = 256
VERSION_REGISTER = 0x8000


@dataclass(frozen=True, slots=True)
class ModbusReply:
    """A reply of a board, in one of the three forms below."""

    address: int


@dataclass(frozen=True, slots=True)
class ReadReply(ModbusReply):
    """Coils, discrete inputs, or registers, as their bytes."""

    function: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class WriteReply(ModbusReply):
    """A coil was written."""

    coil: int


@dataclass(frozen=True, slots=True)
class ExceptionResponse(ModbusReply):
    """The board understood and refuses: an exception reply."""

    function: int
    code: int


def crc(body: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    register = 0xFFFF
    for byte in body:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return struct.pack("<H", register)


def flash(address: int, channel: int, tenths: int) -> bytes:
    """Frame that switches one relay on for so many tenths of a second; the board ends the pulse by itself.

    Raises ValueError for anything but one relay (0x00FF would be all) of one board (0 would be every board),
    and for pulses that are none or longer than 2 s.
    """
    if address not in ADDRESSES or channel not in CHANNELS or tenths not in range(1, 21):
        raise ValueError(f"address {address}, channel {channel}, {tenths} tenths: no such pulse of a single lock")
    return _checked(struct.pack(">BBHH", address, WRITE_COIL, FLASH_ON + channel - 1, tenths))


def read_inputs(address: int, count: int) -> bytes:
    """Frame that asks for the first `count` discrete inputs. Raises ValueError."""
    if address not in ADDRESSES or count not in CHANNELS:
        raise ValueError(f"address {address}, {count} inputs: no such board")
    return _checked(struct.pack(">BBHH", address, READ_INPUTS, 0, count))


def switch_off(address: int, channel: int) -> bytes:
    """Frame that switches one relay off. Raises ValueError for anything but one relay of one board."""
    if address not in ADDRESSES or channel not in CHANNELS:
        raise ValueError(f"address {address}, channel {channel}: no such single lock")
    return _checked(struct.pack(">BBHH", address, WRITE_COIL, channel - 1, 0))


def read_relay(address: int, channel: int) -> bytes:
    """Frame that asks whether one relay is on. Raises ValueError."""
    if address not in ADDRESSES or channel not in CHANNELS:
        raise ValueError(f"address {address}, channel {channel}: no such relay")
    return _checked(struct.pack(">BBHH", address, READ_COILS, channel - 1, 1))


def read_register(address: int, register: int) -> bytes:
    """Frame that asks for one holding register: the version stands at 0x8000. Raises ValueError."""
    if address not in ADDRESSES or register not in range(0x10000):
        raise ValueError(f"address {address}, register {register}: no such register")
    return _checked(struct.pack(">BBHH", address, READ_REGISTERS, register, 1))


def decode(buffer: bytes) -> tuple[ModbusReply | None, bytes]:
    """First whole reply anywhere in the buffer, and the rest. Modbus has no head byte: the CRC finds the frame."""
    unfinished = len(buffer)
    for start in range(len(buffer)):
        reply, length = _reply_at(buffer[start:])
        if reply is not None:
            return reply, buffer[start + length :]
        if length == 0:
            unfinished = min(unfinished, start)
    return None, buffer[unfinished:][-LONGEST:]


def _reply_at(rest: bytes) -> tuple[ModbusReply | None, int]:
    if len(rest) < 3:
        return None, 0
    address, function, third = rest[0], rest[1], rest[2]
    match function:
        case 1 | 2 | 3:
            length = 5 + third
        case 5:
            length = 8
        case 0x81 | 0x82 | 0x83 | 0x85:
            length = 5
        case _:
            return None, -1
    if address not in ADDRESSES or length > LONGEST:
        return None, -1
    if len(rest) < length:
        return None, 0
    if crc(rest[: length - 2]) != rest[length - 2 : length]:
        return None, -1
    if function & 0x80:
        return ExceptionResponse(address, function & 0x7F, third), length
    if function == WRITE_COIL:
        return WriteReply(address, rest[2] << 8 | rest[3]), length
    return ReadReply(address, function, rest[3 : length - 2]), length


def channel_bits(inputs: ReadReply) -> tuple[int, ...]:
    """One bit a channel, channel 1 first."""
    return unpack_bits(inputs.payload)


def _checked(body: bytes) -> bytes:
    return body + crc(body)


def _refused(reply: ExceptionResponse) -> HardwareFault:
    return HardwareFault(
        f"Board {reply.address} refuses function {reply.function} with code {reply.code}. "
        "Check its channel count and that its firmware knows the flash command."
    )


def open_bank(options: ModbusBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> SerialBoardBank:
    """Doors on one relay board. Pulses are rounded up to the board's tenths of a second. Raises SettingsError."""
    address, tenths = options.address, -(-options.pulse_ms // 100)
    status_bytes = -(-options.channels // 8)

    def bits(reply: ModbusReply) -> tuple[int, ...] | None:
        match reply:
            case ReadReply(board, 2, payload) if board == address and len(payload) == status_bytes:
                return channel_bits(reply)
            case ExceptionResponse(board, 2) if board == address:
                raise _refused(reply)
            case _:
                return None

    protocol = BoardProtocol(
        options.channels,
        Exchange(read_inputs(address, options.channels), matching(decode, bits), 5 + status_bytes),
        lambda channel: Exchange(flash(address, channel, tenths), _written(address, FLASH_ON + channel - 1), 8),
        tenths / 10,
        relay=RelayCheck(
            lambda channel: Exchange(read_relay(address, channel), _relay_state(address), 6),
            lambda channel: Exchange(switch_off(address, channel), _written(address, channel - 1), 8),
        ),
    )
    return SerialBoardBank(options, doors, report, protocol)


def _written(address: int, coil: int) -> Decode[WriteReply]:
    """What acknowledges the write of this coil; our own echo looks the same."""

    def ack(reply: ModbusReply) -> WriteReply | None:
        match reply:
            # Some boards echo the value, some the state of the coil: only the coil says that it was ours.
            case WriteReply(board, other) if board == address and other == coil:
                return reply
            case ExceptionResponse(board, 5) if board == address:
                raise _refused(reply)
            case _:
                return None

    return matching(decode, ack)


def _relay_state(address: int) -> Decode[bool]:
    """What tells whether the one relay that was asked for is on."""

    def state(reply: ModbusReply) -> bool | None:
        match reply:
            case ReadReply(board, 1, payload) if board == address and len(payload) == 1:
                return bool(payload[0] & 1)
            case ExceptionResponse(board, 1) if board == address:
                raise _refused(reply)
            case _:
                return None

    return matching(decode, state)
