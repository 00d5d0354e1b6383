"""Who answers on serial lines and I2C: address, channels, and firmware where a board can say. Nothing is unlocked.

Only status requests are sent, to one board at a time. Of the families here only relay boards report their version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import smbus2

from hardware.banks import cb8a, kerong, modbus
from hardware.banks.exchange import Exchange
from hardware.banks.serial_line import NoReply, SerialLine
from hardware.framing import matching
from hardware.options import Mcp23017BankOptions, PinBankOptions
from hardware.wire_thread import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from hardware.options import BankOptions, SerialBoardOptions

MODBUS_SCANNED = range(1, 33)
"""Every address of 247 would take a minute; boards leave the factory with address 1."""

RELAY_COUNTS = (32, 16, 8)
EXPANDER_ADDRESSES = range(0x20, 0x28)
EXPANDER_PINS = 16


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One board that answered. `channels` is how many it reports; `firmware` is empty where it cannot say."""

    port: str
    kind: str
    address: int
    channels: int
    firmware: str = ""

    def description(self) -> str:
        """The same as one line for a person."""
        firmware = f", firmware {self.firmware}" if self.firmware else ""
        return f"{self.port}: {self.kind} at address {self.address}, {self.channels} channels{firmware}"


def find_chips(bus: int, addresses: Iterable[int]) -> list[FoundDevice]:
    """Which of these addresses of an I2C bus have a chip that gives its first register. Blocks."""
    found = []
    try:
        i2c = smbus2.SMBus(bus)
    except OSError:
        return []
    try:
        for address in addresses:
            try:
                i2c.read_byte_data(address, 0)
            except OSError:
                continue
            found.append(FoundDevice(f"/dev/i2c-{bus}", "mcp23017", address, EXPANDER_PINS))
    finally:
        i2c.close()
    return found


async def scan(banks: Sequence[BankOptions], *, everywhere: bool) -> AsyncIterator[FoundDevice]:
    """Send a status request to each board that the banks name, or `everywhere` to every address of their families.

    Raises LineDown for a port that cannot be used, SettingsError.
    """
    tried: set[tuple[str, str, int]] = set()
    expanders = [bank for bank in banks if isinstance(bank, Mcp23017BankOptions)]
    for bus in sorted({bank.bus for bank in expanders}):
        named = [bank.address for bank in expanders if bank.bus == bus]
        for chip in await asyncio.to_thread(find_chips, bus, EXPANDER_ADDRESSES if everywhere else named):
            yield chip
    for bank in banks:
        if isinstance(bank, PinBankOptions):
            continue
        async with SerialLine.shared(bank.port, bank.baud) as line:
            for address in _addresses(bank) if everywhere else (bank.address,):
                if (bank.port, bank.kind, address) in tried:
                    continue
                tried.add((bank.port, bank.kind, address))
                try:
                    channels, firmware = await _identify(line, bank.kind, address)
                except NoReply:
                    continue
                yield FoundDevice(bank.port, bank.kind, address, channels, firmware)


def _addresses(bank: SerialBoardOptions) -> Iterable[int]:
    match bank.kind:
        case "cb8a":
            return cb8a.ADDRESSES
        case "kerong-cu48":
            return kerong.CU48_ADDRESSES
        case "kerong-cu16":
            return kerong.CU16_ADDRESSES
        case "modbus":
            return sorted({*MODBUS_SCANNED, bank.address})


async def _identify(line: SerialLine, kind: str, address: int) -> tuple[int, str]:
    """Channels and firmware of one board. Raises NoReply, LineDown."""
    match kind:
        case "cb8a":
            return await _channel_count(line, _cb8a(address)), ""
        case "kerong-cu48":
            return await _channel_count(line, _kerong(kerong.cu48_status(address), address)), ""
        case "kerong-cu16":
            return await _channel_count(line, _kerong(kerong.cu16_status(address), address)), ""
        case _:
            return await _relay_count(line, address), await _version(line, address)


async def _channel_count(line: SerialLine, status: Exchange[int]) -> int:
    return await line.request(status, Turn.POLL) or 0


def _cb8a(address: int) -> Exchange[int]:
    def count(status: cb8a.SwitchStatus) -> int | None:
        return len(status.switch_bytes) * 8 if status.address == address else None

    return Exchange(cb8a.read_all(address), matching(cb8a.decode_status, count), 11)


def _kerong(frame: bytes, address: int) -> Exchange[int]:
    decode = kerong.cu48_decode if frame[3] == 0x50 else kerong.cu16_decode

    def count(status: kerong.HookStatus) -> int | None:
        return len(status.hook_bytes) * 8 if status.address == address else None

    return Exchange(frame, matching(decode, count), 12)


async def _relay_count(line: SerialLine, address: int) -> int:
    """The most inputs that the board accepts a request for; 0 if it refuses all."""

    def accepted(reply: modbus.ModbusReply) -> bool | None:
        return isinstance(reply, modbus.ReadReply) if reply.address == address else None

    for count in RELAY_COUNTS:
        poll = Exchange(modbus.read_inputs(address, count), matching(modbus.decode, accepted), 9)
        if await line.request(poll, Turn.POLL):
            return count
    return 0


async def _version(line: SerialLine, address: int) -> str:
    """The register holds it times 100. A board that knows no such register stays nameless."""

    def version(reply: modbus.ModbusReply) -> str | None:
        match reply:
            case modbus.ReadReply(board, 3, payload) if board == address and len(payload) == 2:
                return f"V{int.from_bytes(payload) / 100:.2f}"
            case modbus.ExceptionResponse(board, 3) if board == address:
                return ""
            case _:
                return None

    try:
        frame = modbus.read_register(address, modbus.VERSION_REGISTER)
        return await line.request(Exchange(frame, matching(modbus.decode, version), 7), Turn.POLL) or ""
    except NoReply:
        return ""
