"""Options of all drivers: pure data, no driver is imported here."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from locker.options import Id, Options, SitePath

Level = Literal["high", "low"]
Pulse = Annotated[int, Field(ge=100, le=2000)]
Bit = Annotated[int, Field(ge=0, le=1)]
Baud = Literal[4800, 9600, 19200, 38400, 57600, 115200]
Port = Annotated[str, Field(min_length=1, max_length=200)]

MCP23017_OUTPUT_ONLY = {7: "GPA7", 15: "GPB7"}
"""Pins that may be locks and never switches (docs/protocols.md 3.2)."""


class _SupplyOptions(Options):
    """What every bank says about power: banks on one `supply` fire one coil at a time, `pause_ms` apart."""

    supply: Id = "cabinet"
    pause_ms: int = Field(default=300, ge=0, le=5000)


class GpioBankOptions(_SupplyOptions):
    """Locks and switches on the Pi's own pins. `switch_shut` is the level while the door is shut."""

    name: Id
    kind: Literal["gpio"]
    pulse_ms: Pulse = 400
    lock_active: Level = "high"
    switch_shut: Level = "low"


class Mcp23017BankOptions(_SupplyOptions):
    """Locks and switches on an I2C expander; pins 0 to 15 are GPA0 to GPB7."""

    name: Id
    kind: Literal["mcp23017"]
    bus: int = Field(default=1, ge=0, le=20)
    address: int = Field(default=0x20, ge=0x20, le=0x27)
    pulse_ms: Pulse = 400
    lock_active: Level = "high"
    switch_shut: Level = "low"


class Cb8aBankOptions(_SupplyOptions):
    """The common 8A/80 lock board on RS-485."""

    name: Id
    kind: Literal["cb8a"]
    port: Port
    baud: Baud = 9600
    address: int = Field(default=1, ge=1, le=32)
    channels: int = Field(default=24, ge=1, le=50)
    shut_bit: Bit = 1
    byte_order: Literal["low-first", "high-first"] = "low-first"


class KerongBankOptions(_SupplyOptions):
    """Kerong CU16 and CU48 boards."""

    name: Id
    kind: Literal["kerong-cu16", "kerong-cu48"]
    port: Port
    baud: Baud = 19200
    address: int = Field(default=0, ge=0, le=15)
    channels: int | None = Field(default=None, ge=1, le=48)
    shut_bit: Bit = 1

    @property
    def board_channels(self) -> int:
        """All channels that a board of this kind has, used or not."""
        return 48 if self.kind == "kerong-cu48" else 16

    @property
    def used_channels(self) -> int:
        """The highest channel that a door may name."""
        return self.channels or self.board_channels

    @model_validator(mode="after")
    def _one_board(self) -> Self:
        # Higher addresses speak to every board on the bus.
        boards = 10 if self.kind == "kerong-cu48" else 15
        if self.address >= boards:
            raise ValueError(f"address must be below {boards} for {self.kind}")
        if self.channels is not None and self.channels > self.board_channels:
            raise ValueError(f"channels must not be more than {self.board_channels} for {self.kind}")
        return self


class ModbusBankOptions(_SupplyOptions):
    """A Modbus RTU relay board with timed pulses and discrete inputs for the switches."""

    name: Id
    kind: Literal["modbus"]
    port: Port
    baud: Baud = 9600
    address: int = Field(default=1, ge=1, le=247)
    channels: int = Field(default=8, ge=1, le=32)
    shut_bit: Bit = 1
    pulse_ms: Pulse = 400


PinBankOptions = GpioBankOptions | Mcp23017BankOptions
"""Banks whose pulses end in software: locks and switches on pins."""

SerialBoardOptions = Cb8aBankOptions | KerongBankOptions | ModbusBankOptions
"""Banks whose board times the pulse: one board, one address on a serial line."""

BankOptions = Annotated[PinBankOptions | SerialBoardOptions, Field(discriminator="kind")]


class SerialReaderOptions(Options):
    """A scanner that sends what it reads as lines."""

    kind: Literal["serial"]
    port: Port
    baud: Baud = 9600


class Gm65ReaderOptions(Options):
    """A scanner of the GM65 family."""

    kind: Literal["gm65"]
    port: Port
    baud: Baud = 9600


class CameraReaderOptions(Options):
    """Codes read from the pictures of the camera."""

    kind: Literal["camera"]


ReaderOptions = Annotated[SerialReaderOptions | Gm65ReaderOptions | CameraReaderOptions, Field(discriminator="kind")]


def _inside(box: list[float]) -> list[float]:
    left, top, width, height = box
    if not (left >= 0 and top >= 0 and width > 0 and height > 0 and left + width <= 100 and top + height <= 100):
        raise ValueError("must be left, top, width and height in percent, inside the picture")
    return box


Mask = Annotated[list[float], Field(min_length=4, max_length=4), AfterValidator(_inside)]
"""A rectangle of the view that no picture may show."""


class CameraOptions(Options):
    """`[camera]`: where pictures come from."""

    kind: Literal["picamera2", "none", "files"] = "none"
    folder: SitePath | None = None
    budget_mb: int = Field(default=512, ge=1, le=1_000_000)
    clip_budget_mb: int = Field(default=1024, ge=0, le=1_000_000)
    masks: list[Mask] = Field(default=[], max_length=20)


class _BatteryOptions(Options):
    """What every battery says: at which charge, without mains, the cabinet parks."""

    park_percent: int = Field(default=15, ge=1, le=90)


class NoUpsOptions(Options):
    """A cabinet that is off without mains."""

    kind: Literal["none"] = "none"


class GaugeUpsOptions(_BatteryOptions):
    """A battery board with a MAX17048 gauge on the I2C bus."""

    kind: Literal["max17048"]
    bus: int = Field(default=1, ge=0, le=20)
    address: int = Field(default=0x36, ge=0x08, le=0x77)


class NutUpsOptions(_BatteryOptions):
    """A UPS behind Network UPS Tools, mostly on this machine."""

    kind: Literal["nut"]
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")] = "127.0.0.1"
    port: int = Field(default=3493, ge=1, le=65535)
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")] = "ups"


UpsOptions = Annotated[NoUpsOptions | GaugeUpsOptions | NutUpsOptions, Field(discriminator="kind")]


class PrinterOptions(Options):
    """`[printer]`: a receipt printer that speaks ESC/POS, on USB (`/dev/usb/lp0`) or on a serial port.

    `paper_mm`: 58 prints 384 dots, 80 prints 576. `cuts`: it has a knife. `baud` concerns a serial port only.
    """

    device: Port
    paper_mm: Literal[58, 80] = 58
    cuts: bool = False
    baud: Baud = 9600

    @property
    def dots(self) -> int:
        """Dots in a line of print, at 203 dots an inch."""
        return {58: 384, 80: 576}[self.paper_mm]


class SensorOptions(Options):
    """`[[sensor]]`: a thermometer for the cold compartments of one bank, and the limits in degrees Celsius.

    `device` is its folder below /sys/bus/w1/devices, as `28-0316a2795aff`.
    """

    name: Id
    kind: Literal["w1"]
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{12}$")]
    bank: Id
    low_c: float = Field(default=2.0, ge=-55, le=125)
    high_c: float = Field(default=8.0, ge=-55, le=125)

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.low_c >= self.high_c:
            raise ValueError("low_c must be below high_c")
        return self
