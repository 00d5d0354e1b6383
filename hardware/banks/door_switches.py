"""The door switches of one bank: readings in, settled changes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from hardware.banks.debounce import DebouncedSwitch
from locker.core.model import Seen
from locker.measures import BankMeter

if TYPE_CHECKING:
    from collections.abc import Iterable

SwitchReport: TypeAlias = Callable[[Mapping[str, Seen]], None]
"""What a bank calls with the switches that changed: compartment id to `Seen`."""


def ignore_report(_: Mapping[str, Seen]) -> None:
    """A `SwitchReport` for one look at a bank, whose `survey` says it all."""


TOGETHER_WITHIN = 0.1
"""Seconds within which switches that begin to move have moved together: one wire is common to all of them."""


class DoorSwitches:
    """Settles every switch by itself and reports each change once.

    Switches that began to move together are reported together, although they are read one after another and each is
    believed in its own time: a common wire that is lost must be seen as one thing that happened to a bank. For that a
    change waits for at most one more look. A switch that cannot be read is told at once.
    """

    def __init__(
        self, doors: Iterable[str], report: SwitchReport, new_switch: Callable[[], DebouncedSwitch] = DebouncedSwitch
    ) -> None:
        self._report = report
        self._switches = {door: new_switch() for door in doors}
        self._held: dict[str, Seen] = {}
        self.meter = BankMeter()

    @property
    def seen(self) -> dict[str, Seen]:
        """What is believed now, for every door."""
        return {door: switch.seen for door, switch in self._switches.items()}

    @property
    def unsettled(self) -> bool:
        """True while some level waits to be believed, or a change to be told."""
        return bool(self._held) or any(switch.unsettled for switch in self._switches.values())

    def update(self, levels: Mapping[str, bool | None], at: float) -> None:
        """Take readings of some or all doors: True is shut, None could not be read. Report what changed."""
        held, self._held = self._held, {}
        changed = dict(held)
        for door, shut in levels.items():
            switch = self._switches[door]
            before = switch.seen
            if switch.update(shut, at) is not before:
                changed[door] = switch.seen
                if switch.seen is Seen.OPEN:
                    self.meter.opened(door, switch.began)
        if changed and not held and Seen.UNSEEN not in changed.values() and self._others_follow(changed):
            self._held = changed
        elif changed:
            self._report(changed)

    def edge(self, door: str, at: float) -> None:
        """Note an edge of this door's switch."""
        self._switches[door].edge(at)

    def mark_unreadable(self) -> None:
        """No switch can be read: every door is UNSEEN until it is read again."""
        self.update(dict.fromkeys(self._switches), 0.0)

    def _others_follow(self, changed: Iterable[str]) -> bool:
        """True while a switch is not at rest that began to move together with one of these."""
        moving = [switch.began for switch in self._switches.values() if switch.unsettled]
        return any(abs(self._switches[door].began - began) <= TOGETHER_WITHIN for door in changed for began in moving)
