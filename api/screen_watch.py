"""Whether the screen of the cabinet shows the locker: its page says so while it is painted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

PAINTED_SECONDS = 30.0
"""The page says every 5 s that it is painted; a browser that is busy may be late five times."""


class ScreenWatch:
    """What the page on the cabinet's screen said last, and whether there is a screen at all."""

    def __init__(self) -> None:
        self._painted: float | None = None
        self._expected = False

    def painted(self) -> None:
        """The page was drawn just now."""
        self._painted = asyncio.get_running_loop().time()

    def expect(self) -> None:
        """This cabinet has a screen: what keeps it has asked for it."""
        self._expected = True

    def seconds(self) -> float | None:
        """How long ago the page was drawn; None if it was not since the start."""
        return None if self._painted is None else asyncio.get_running_loop().time() - self._painted

    async def read(self) -> Mapping[Measure, float]:
        """1 while the screen shows the kiosk; nothing at a cabinet without one."""
        state = self.state()
        return {} if state is None else {Measure.SCREEN_PAINTED: float(state == "shown")}

    def state(self) -> Literal["shown", "dark"] | None:
        """None for a cabinet without a screen of its own."""
        seconds = self.seconds()
        if seconds is not None and seconds <= PAINTED_SECONDS:
            return "shown"
        return "dark" if self._expected or seconds is not None else None
