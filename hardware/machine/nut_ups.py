"""A UPS that Network UPS Tools looks after: one question a value over its text protocol (RFC 9271)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from locker.errors import HardwareFault
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware.options import NutUpsOptions

ANSWER_WITHIN = 5.0
_ANSWER = re.compile(r'VAR \S+ \S+ "(.*)"')


class NutUps:
    """Charge, mains and low battery as the UPS tells them."""

    def __init__(self, options: NutUpsOptions) -> None:
        self._options = options

    async def read(self) -> Mapping[Measure, float]:
        """What the UPS says. Raises HardwareFault when its server does not answer or does not know it."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                status, charge = await self._ask("ups.status", "battery.charge")
        except (OSError, EOFError, ValueError) as failed:
            remedy = "Check upsd and [ups] in the site file."
            raise HardwareFault(f"The UPS says nothing ({failed or 'no answer'}). {remedy}") from failed
        flags, left = set(status.split()), float(charge) / 100
        on_battery = "OB" in flags
        low = on_battery and ("LB" in flags or left <= self._options.park_percent / 100)
        return {
            Measure.BATTERY_RATIO: min(1.0, left),
            Measure.ON_BATTERY: float(on_battery),
            Measure.BATTERY_LOW: float(low),
        }

    async def _ask(self, *names: str) -> list[str]:
        reader, writer = await asyncio.open_connection(self._options.host, self._options.port, limit=4096)
        try:
            answers = []
            for name in names:
                writer.write(f"GET VAR {self._options.name} {name}\n".encode())
                await writer.drain()
                line = (await reader.readuntil(b"\n")).decode(errors="replace").strip()
                found = _ANSWER.fullmatch(line)
                if found is None:
                    raise ValueError(line)
                answers.append(found[1])
            return answers
        finally:
            writer.close()
