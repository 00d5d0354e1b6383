"""A Modbus RTU relay board with flash coils and discrete inputs, Waveshare's kind (docs/protocols.md 1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.wires.boards.board import Board, BoardReply, packed

if TYPE_CHECKING:
    from simulator.wires.boards.board import Terminals

BROADCAST = 0
EVERY_RELAY = 0x00FF
ON, OFF, TOGGLE = 0xFF00, 0x0000, 0x5500
ADDRESS_REGISTER, VERSION_REGISTER, VERSION = 0x4000, 0x8000, 100
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
FUNCTIONS = {1, 2, 3, 5, 6, 15}


def crc16(body: bytes) -> bytes:
    """CRC-16 of Modbus (polynomial 8005 mirrored, start FFFF), low byte first."""
    value = 0xFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value, low = value >> 1, value & 1
            if low:
                value ^= 0xA001
    return bytes([value & 0xFF, value >> 8])


def checked(body: bytes) -> bytes:
    """The frame with its check behind it."""
    return body + crc16(body)


class ExceptionResponse(Exception):
    """The board understood and refuses, with a code of the protocol."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusBoard(Board):
    """Relays and inputs, numbered from 0 on the wire."""

    def __init__(self, terminals: Terminals, address: int, channels: int, shut_bit: int = 1) -> None:
        super().__init__(terminals, address, channels, shut_bit)
        self._relays = [False] * channels

    def take_frame(self, buffer: bytes) -> tuple[int, list[BoardReply]]:
        """Judge the beginning of the buffer. RTU has no head byte: the check finds the frame."""
        if len(buffer) < 2:
            return 0, []
        if buffer[1] not in FUNCTIONS:
            return 1, []
        if buffer[1] == 15 and len(buffer) < 7:
            return 0, []
        length = 9 + buffer[6] if buffer[1] == 15 else 8
        if len(buffer) < length:
            return (0, []) if length <= 40 else (1, [])
        frame = buffer[:length]
        if checked(frame[:-2]) != frame:
            return 1, []
        if frame[0] not in {self.address, BROADCAST}:
            return length, []
        return length, self._reply(frame)

    def _reply(self, frame: bytes) -> list[BoardReply]:
        function, command = frame[1], frame[1] in {5, 6, 15}
        try:
            body = bytes([self.address, function]) + self._execute(frame, function)
        except ExceptionResponse as refusal:
            body = bytes([self.address, function | 0x80, refusal.code])
        if frame[0] == BROADCAST and function != 3:
            return []
        return [BoardReply(checked(body), command)]

    def _execute(self, frame: bytes, function: int) -> bytes:
        first, value = frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]
        match function:
            case 1 | 2:
                return self._read(first, value, inputs=function == 2)
            case 3:
                registers = {ADDRESS_REGISTER: self.address, VERSION_REGISTER: VERSION}
                if value != 1 or first not in registers:
                    raise ExceptionResponse(ILLEGAL_ADDRESS)
                return bytes([2, *divmod(registers[first], 256)])
            case 5:
                self._coil(first, value)
            case 15:
                if first + value > self.channels:
                    raise ExceptionResponse(ILLEGAL_ADDRESS)
                for position in range(value):
                    self._hold(first + position, bool(frame[7 + position // 8] >> position % 8 & 1))
            case _:
                raise ExceptionResponse(ILLEGAL_FUNCTION)
        return frame[2:6]

    def _read(self, first: int, count: int, *, inputs: bool) -> bytes:
        if not count or first + count > self.channels:
            raise ExceptionResponse(ILLEGAL_ADDRESS)
        places = range(first, first + count)
        states = (
            self.bits(position + 1 for position in places)
            if inputs
            else packed([int(self._relays[position]) for position in places])
        )
        return bytes([len(states)]) + states

    def _coil(self, coil: int, value: int) -> None:
        kind, relay = coil & 0xFF00, coil & 0x00FF
        if relay >= self.channels and relay != EVERY_RELAY:
            raise ExceptionResponse(ILLEGAL_ADDRESS)
        for each in range(self.channels) if relay == EVERY_RELAY else (relay,):
            match kind:
                case 0x0200 if 0 < value <= 0x7FFF:
                    self.terminals.pulse(each + 1, value / 10)
                case 0x0000 if value in {ON, OFF}:
                    self._hold(each, value == ON)
                case 0x0000 if value == TOGGLE:
                    self._hold(each, not self._relays[each])
                case 0x0400:
                    self._hold(each, False)
                case 0x0200 | 0x0000:
                    raise ExceptionResponse(ILLEGAL_VALUE)
                case _:
                    raise ExceptionResponse(ILLEGAL_ADDRESS)

    def _hold(self, relay: int, on: bool) -> None:
        self._relays[relay] = on
        self.terminals.hold(relay + 1, on)
