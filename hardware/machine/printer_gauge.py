"""Whether the receipt printer would print: it is there, and it has paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.errors import HardwareFault
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware.printers.escpos import EscPosPrinter


class PrinterGauge:
    """Asks the printer for its paper, between two slips."""

    def __init__(self, printer: EscPosPrinter) -> None:
        self._printer = printer

    async def read(self) -> Mapping[Measure, float]:
        """1 while a slip would come out."""
        try:
            await self._printer.check()
        except HardwareFault:
            return {Measure.PRINTER_READY: 0.0}
        return {Measure.PRINTER_READY: 1.0}
