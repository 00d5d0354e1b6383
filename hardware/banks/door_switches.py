"""The door switches of one bank: readings in, settled changes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from hardware.banks.debounce import DebouncedSwitch
from locker.core.model import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable

SwitchReport: TypeAlias = Callable[[Mapping[str, Seen]], None]
"""How a bank tells what its switches say: compartment id to `Seen`."""


class DoorSwitches:
    """Settles every switch by itself and reports each change once."""

    def __init__(
        self, doors: Iterable[str], report: SwitchReport, settling: Callable[[], DebouncedSwitch] = DebouncedSwitch
    ) -> None:
        self._report = report
        self._settling = {door: settling() for door in doors}

    @property
    def seen(self) -> dict[str, Seen]:
        """What is believed now, for every door."""
        return {door: settling.seen for door, settling in self._settling.items()}

    @property
    def unsettled(self) -> bool:
        """True while some level waits to be believed."""
        return any(settling.unsettled for settling in self._settling.values())

    def look(self, levels: Mapping[str, bool | None], at: float) -> None:
        """Take readings of some or all doors: True is shut, None could not be read. Report what changed."""
        changed = {}
        for door, shut in levels.items():
            settling = self._settling[door]
            before = settling.seen
            if settling.look(shut, at) is not before:
                changed[door] = settling.seen
        if changed:
            self._report(changed)

    def touched(self, door: str, at: float) -> None:
        """Note an edge of this door's switch."""
        self._settling[door].touched(at)

    def lost(self) -> None:
        """No switch can be read: every door is UNSEEN until it is looked at again."""
        self.look(dict.fromkeys(self._settling), 0.0)
