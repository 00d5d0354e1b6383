"""Whether the screen of the cabinet shows the locker: its page says so while it is painted."""

from __future__ import annotations

import asyncio
from typing import Literal

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

    def state(self) -> Literal["shown", "dark"] | None:
        """None for a cabinet without a screen of its own."""
        seconds = self.seconds()
        if seconds is not None and seconds <= PAINTED_SECONDS:
            return "shown"
        return "dark" if self._expected or seconds is not None else None
