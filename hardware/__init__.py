"""Wires to the doors: one module a driver, one owner a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from hardware.options import (
    CameraReader,
    Cb8aBank,
    Gm65Reader,
    GpioBank,
    KerongBank,
    Mcp23017Bank,
    ModbusBank,
    SerialReader,
)
from locker.ports import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.options import BankOptions, CameraOptions, ReaderOptions, SensorOptions
    from hardware.switches import Report
    from hardware.vision import Vision
    from locker.options import CompartmentOptions
    from locker.ports import CodeReader, DoorBank, Thermometer


def open_bank(options: BankOptions, doors: Sequence[CompartmentOptions], report: Report) -> DoorBank:
    """Build the driver of one bank; nothing is touched before it is entered as a context.

    `doors` are the compartments of this bank. `report` is told every settled change of a switch.
    Raises SettingsError when a door does not say where its wires are.
    """
    # A cabinet loads the drivers that it has, and no more: each brings its own library.
    match options:
        case GpioBank():
            from hardware.gpio import GpioDoors  # noqa: PLC0415  see above

            return GpioDoors(options, doors, report)
        case Mcp23017Bank():
            from hardware.expander import ExpanderDoors  # noqa: PLC0415  see above

            return ExpanderDoors(options, doors, report)
        case Cb8aBank():
            from hardware import cb8a  # noqa: PLC0415  see above

            return cb8a.open_bank(options, doors, report)
        case KerongBank():
            from hardware import kerong  # noqa: PLC0415  see above

            return kerong.open_bank(options, doors, report)
        case ModbusBank():
            from hardware import modbus  # noqa: PLC0415  see above

            return modbus.open_bank(options, doors, report)
        case _:
            assert_never(options)


def open_reader(options: ReaderOptions, camera: Vision | None) -> CodeReader:
    """Build one code reader; its wire is touched when its texts are asked for. `camera` feeds a camera reader."""
    match options:
        case SerialReader():
            from hardware.scanner import SerialScanner  # noqa: PLC0415  as above

            return SerialScanner(options.port, options.baud)
        case Gm65Reader():
            from hardware.gm65 import Gm65Scanner  # noqa: PLC0415  as above

            return Gm65Scanner(options.port, options.baud)
        case CameraReader():
            if camera is None:
                raise SettingsError(["camera.kind: a reader of kind camera needs a camera"])
            return camera
        case _:
            assert_never(options)


def open_camera(options: CameraOptions) -> Vision | None:
    """Build the camera, None for a cabinet without one. It starts when its `run` is awaited."""
    match options.kind:
        case "none":
            return None
        case "picamera2" | "files":
            from hardware.vision import Vision  # noqa: PLC0415  as above

            return Vision(options)
        case _:
            assert_never(options.kind)


def open_sensor(options: SensorOptions) -> Thermometer:
    """Build one thermometer; it is touched when its temperature is asked for."""
    from hardware.thermometer import W1Thermometer  # noqa: PLC0415  as above

    return W1Thermometer(options.device)


__all__ = ["open_bank", "open_camera", "open_reader", "open_sensor"]
