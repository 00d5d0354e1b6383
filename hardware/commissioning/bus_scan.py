"""Who answers on serial lines and I2C: address, channels, and firmware where a board can say. Nothing is unlocked.

Only questions are sent, to one board at a time. Of the families here only relay boards tell their version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import smbus2

from hardware.banks import cb8a, kerong, modbus
from hardware.banks.exchange import Exchange, answers
from hardware.banks.serial_line import NoAnswer, SerialLine, Turn
from hardware.options import GpioBankOptions, Mcp23017BankOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from hardware.options import BankOptions, Cb8aBankOptions, KerongBankOptions, ModbusBankOptions

    BoardOptions = Cb8aBankOptions | KerongBankOptions | ModbusBankOptions

MODBUS_SCANNED = range(1, 33)
"""Every address of 247 would take a minute; boards leave the factory with address 1."""

RELAYS = (32, 16, 8)
EXPANDERS = range(0x20, 0x28)
EXPANDER_PINS = 16


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One board that answered. `channels` is what it tells of; `firmware` is empty where it cannot say."""

    port: str
    kind: str
    address: int
    channels: int
    firmware: str = ""

    def line(self) -> str:
        """The same for a person."""
        firmware = f", firmware {self.firmware}" if self.firmware else ""
        return f"{self.port}: {self.kind} at address {self.address}, {self.channels} channels{firmware}"


def chips(bus: int, addresses: Iterable[int]) -> list[FoundDevice]:
    """Which of these addresses of an I2C bus have a chip that tells its first register. Blocks."""
    found = []
    try:
        opened = smbus2.SMBus(bus)
    except OSError:
        return []
    try:
        for address in addresses:
            try:
                opened.read_byte_data(address, 0)
            except OSError:
                continue
            found.append(FoundDevice(f"/dev/i2c-{bus}", "mcp23017", address, EXPANDER_PINS))
    finally:
        opened.close()
    return found


async def scan(banks: Sequence[BankOptions], *, everywhere: bool) -> AsyncIterator[FoundDevice]:
    """Ask each board that the banks name, or `everywhere`: every address of their families on their ports.

    Raises LineDown for a port that cannot be used, SettingsError.
    """
    asked: set[tuple[str, str, int]] = set()
    expanders = [bank for bank in banks if isinstance(bank, Mcp23017BankOptions)]
    for bus in sorted({bank.bus for bank in expanders}):
        named = [bank.address for bank in expanders if bank.bus == bus]
        for chip in await asyncio.to_thread(chips, bus, EXPANDERS if everywhere else named):
            yield chip
    for bank in banks:
        if isinstance(bank, GpioBankOptions | Mcp23017BankOptions):
            continue
        async with SerialLine.shared(bank.port, bank.baud) as line:
            for address in _addresses(bank) if everywhere else (bank.address,):
                if (bank.port, bank.kind, address) in asked:
                    continue
                asked.add((bank.port, bank.kind, address))
                try:
                    channels, firmware = await _ask(line, bank.kind, address)
                except NoAnswer:
                    continue
                yield FoundDevice(bank.port, bank.kind, address, channels, firmware)


def _addresses(bank: BoardOptions) -> Iterable[int]:
    match bank.kind:
        case "cb8a":
            return cb8a.ADDRESSES
        case "kerong-cu48":
            return kerong.CU48_ADDRESSES
        case "kerong-cu16":
            return kerong.CU16_ADDRESSES
        case "modbus":
            return sorted({*MODBUS_SCANNED, bank.address})


async def _ask(line: SerialLine, kind: str, address: int) -> tuple[int, str]:
    """Channels and firmware of one board. Raises NoAnswer, LineDown."""
    match kind:
        case "cb8a":
            return await _channels(line, _cb8a(address)), ""
        case "kerong-cu48":
            return await _channels(line, _kerong(kerong.cu48_status(address), address)), ""
        case "kerong-cu16":
            return await _channels(line, _kerong(kerong.cu16_status(address), address)), ""
        case _:
            return await _relays(line, address), await _version(line, address)


async def _channels(line: SerialLine, look: Exchange[int]) -> int:
    return await line.ask(look, Turn.LOOK) or 0


def _cb8a(address: int) -> Exchange[int]:
    def count(status: cb8a.Status) -> int | None:
        return len(status.states) * 8 if status.address == address else None

    return Exchange(cb8a.read_all(address), answers(cb8a.decode_status, count), 11)


def _kerong(frame: bytes, address: int) -> Exchange[int]:
    decode = kerong.cu48_decode if frame[3] == 0x50 else kerong.cu16_decode

    def count(hooks: kerong.Hooks) -> int | None:
        return len(hooks.states) * 8 if hooks.address == address else None

    return Exchange(frame, answers(decode, count), 12)


async def _relays(line: SerialLine, address: int) -> int:
    """The most inputs that the board lets itself be asked for; 0 if it refuses all."""

    def granted(reply: modbus.ModbusReply) -> bool | None:
        return isinstance(reply, modbus.Inputs) if reply.address == address else None

    for count in RELAYS:
        look = Exchange(modbus.read_inputs(address, count), answers(modbus.decode, granted), 9)
        if await line.ask(look, Turn.LOOK):
            return count
    return 0


async def _version(line: SerialLine, address: int) -> str:
    """The register holds it times 100. A board that knows no such register stays nameless."""

    def version(reply: modbus.ModbusReply) -> str | None:
        match reply:
            case modbus.Inputs(board, 3, payload) if board == address and len(payload) == 2:
                return f"V{int.from_bytes(payload) / 100:.2f}"
            case modbus.ExceptionResponse(board, 3) if board == address:
                return ""
            case _:
                return None

    try:
        frame = modbus.read_register(address, modbus.VERSION_REGISTER)
        return await line.ask(Exchange(frame, answers(modbus.decode, version), 7), Turn.LOOK) or ""
    except NoAnswer:
        return ""
