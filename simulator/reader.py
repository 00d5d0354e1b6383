"""The code reader on the counter: a scanner that sends what it reads as a line on its serial wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.cable import Cable


class LineScanner:
    """A scanner with CR at the end of each code, the commonest setting of such devices (hardware.md 2.1)."""

    def __init__(self, cable: Cable) -> None:
        self._cable = cable

    def show(self, text: str) -> bool:
        """Hold a code before the reader. False when nobody has emptied its wire for a long time."""
        return self._cable.say(text.encode() + b"\r")
