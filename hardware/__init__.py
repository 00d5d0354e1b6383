"""Wires to the doors: one module a driver, one owner a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from hardware.options import (
    CameraReaderOptions,
    Cb8aBankOptions,
    GaugeUpsOptions,
    Gm65ReaderOptions,
    GpioBankOptions,
    KerongBankOptions,
    Mcp23017BankOptions,
    ModbusBankOptions,
    NoUpsOptions,
    NutUpsOptions,
    SerialReaderOptions,
)
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hardware.banks.door_switches import SwitchReport
    from hardware.camera.vision_client import VisionClient
    from hardware.options import BankOptions, CameraOptions, PrinterOptions, ReaderOptions, SensorOptions, UpsOptions
    from hardware.printers.escpos import EscPosPrinter
    from locker.options import CompartmentOptions
    from locker.ports import CodeReader, DoorBank, Gauge, Thermometer


def open_bank(options: BankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> DoorBank:
    """Build the driver of one bank; nothing is touched before it is entered as a context.

    `doors` are the compartments of this bank. `report` is called with every settled change of a switch.
    Raises SettingsError when a door does not say where its wires are.
    """
    # A cabinet loads the drivers that it has, and no more: each brings its own library.
    match options:
        case GpioBankOptions():
            from hardware.banks.gpio import GpioBank  # noqa: PLC0415  see above

            return GpioBank(options, doors, report)
        case Mcp23017BankOptions():
            from hardware.banks.mcp23017 import Mcp23017Bank  # noqa: PLC0415  see above

            return Mcp23017Bank(options, doors, report)
        case Cb8aBankOptions():
            from hardware.banks import cb8a  # noqa: PLC0415  see above

            return cb8a.open_bank(options, doors, report)
        case KerongBankOptions():
            from hardware.banks import kerong  # noqa: PLC0415  see above

            return kerong.open_bank(options, doors, report)
        case ModbusBankOptions():
            from hardware.banks import modbus  # noqa: PLC0415  see above

            return modbus.open_bank(options, doors, report)
        case _:
            assert_never(options)


def open_reader(options: ReaderOptions, camera: VisionClient | None) -> CodeReader:
    """Build one code reader; its wire is touched when its texts are asked for. `camera` feeds a camera reader."""
    match options:
        case SerialReaderOptions():
            from hardware.readers.serial_scanner import SerialScanner  # noqa: PLC0415  as above

            return SerialScanner(options.port, options.baud)
        case Gm65ReaderOptions():
            from hardware.readers.gm65 import Gm65Scanner  # noqa: PLC0415  as above

            return Gm65Scanner(options.port, options.baud)
        case CameraReaderOptions():
            if camera is None:
                raise SettingsError(["camera.kind: a reader of kind camera needs a camera"])
            return camera
        case _:
            assert_never(options)


def open_camera(options: CameraOptions) -> VisionClient | None:
    """Build the camera, None for a cabinet without one. It starts when its `run` is awaited."""
    match options.kind:
        case "none":
            return None
        case "picamera2" | "files":
            from hardware.camera.vision_client import VisionClient, vision_program  # noqa: PLC0415  as above

            return VisionClient(vision_program(options))
        case _:
            assert_never(options.kind)


def open_sensor(options: SensorOptions) -> Thermometer:
    """Build one thermometer; it is touched when its temperature is asked for."""
    from hardware.thermometer import W1Thermometer  # noqa: PLC0415  as above

    return W1Thermometer(options.device)


def open_printer(options: PrinterOptions | None) -> EscPosPrinter | None:
    """Build the receipt printer, None for a cabinet without one; it is touched when something is printed."""
    if options is None:
        return None
    from hardware.printers.escpos import EscPosPrinter  # noqa: PLC0415  as above

    return EscPosPrinter(options)


def open_gauges(
    ups: UpsOptions, data: Path, camera: VisionClient | None, printer: EscPosPrinter | None = None
) -> Iterator[Gauge]:
    """Build what measures this machine; each is touched when it is read. `data`: the folder whose disk is meant."""
    from hardware.machine.camera_gauge import CameraGauge  # noqa: PLC0415  nobody waits for these at the start
    from hardware.machine.cpu_thermometer import CpuThermometer  # noqa: PLC0415  as above
    from hardware.machine.disk import DataDisk  # noqa: PLC0415  as above
    from hardware.machine.pi_firmware import PiFirmware  # noqa: PLC0415  as above

    yield from (CpuThermometer(), PiFirmware(), DataDisk(data))
    if camera is not None:
        yield CameraGauge(camera)
    if printer is not None:
        from hardware.machine.printer_gauge import PrinterGauge  # noqa: PLC0415  as above

        yield PrinterGauge(printer)
    match ups:
        case NoUpsOptions():
            return
        case GaugeUpsOptions():
            from hardware.machine.battery_gauge import BatteryGauge  # noqa: PLC0415  as above

            yield BatteryGauge(ups)
        case NutUpsOptions():
            from hardware.machine.nut_ups import NutUps  # noqa: PLC0415  as above

            yield NutUps(ups)
        case _:
            assert_never(ups)


__all__ = ["open_bank", "open_camera", "open_gauges", "open_printer", "open_reader", "open_sensor"]
