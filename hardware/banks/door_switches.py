"""The door switches of one bank: readings in, settled changes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from hardware.banks.debounce import DebouncedSwitch
from locker.core.model import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable

SwitchReport: TypeAlias = Callable[[Mapping[str, Seen]], None]
"""What a bank calls with the switches that changed: compartment id to `Seen`."""


def ignore_report(_: Mapping[str, Seen]) -> None:
    """A `SwitchReport` for one look at a bank, whose `survey` says it all."""


class DoorSwitches:
    """Settles every switch by itself and reports each change once."""

    def __init__(
        self, doors: Iterable[str], report: SwitchReport, new_switch: Callable[[], DebouncedSwitch] = DebouncedSwitch
    ) -> None:
        self._report = report
        self._switches = {door: new_switch() for door in doors}

    @property
    def seen(self) -> dict[str, Seen]:
        """What is believed now, for every door."""
        return {door: switch.seen for door, switch in self._switches.items()}

    @property
    def unsettled(self) -> bool:
        """True while some level waits to be believed."""
        return any(switch.unsettled for switch in self._switches.values())

    def update(self, levels: Mapping[str, bool | None], at: float) -> None:
        """Take readings of some or all doors: True is shut, None could not be read. Report what changed."""
        changed = {}
        for door, shut in levels.items():
            switch = self._switches[door]
            before = switch.seen
            if switch.update(shut, at) is not before:
                changed[door] = switch.seen
        if changed:
            self._report(changed)

    def edge(self, door: str, at: float) -> None:
        """Note an edge of this door's switch."""
        self._switches[door].edge(at)

    def mark_unreadable(self) -> None:
        """No switch can be read: every door is UNSEEN until it is read again."""
        self.update(dict.fromkeys(self._switches), 0.0)
