"""The commissioning walk: a person opens one door after another by hand, and we record which switch moved.

Nothing is unlocked and nothing is written. Every channel of a board is watched, whether the site file has a door
there or not; on pins, those that the file names as switches.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import hardware
from hardware.banks.cb8a import status_lengths
from hardware.banks.door_switches import ignore_report
from hardware.commissioning.findings import ObservedMove, SwitchTerminal, compare_with_site_file
from hardware.options import Cb8aBankOptions, KerongBankOptions, ModbusBankOptions, PinBankOptions
from locker.core.model import Seen, Size
from locker.errors import HardwareFault
from locker.options import CompartmentOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hardware.commissioning.findings import Findings
    from hardware.options import BankOptions, SerialBoardOptions

SAME_HAND_WITHIN = 0.4
"""Seconds after the first switch in which a second one counts as moved by the same hand."""


class SwitchMonitor:
    """The present state of every switch, as the banks report it; an Event for each change."""

    def __init__(self) -> None:
        self.now: dict[SwitchTerminal, Seen] = {}
        self.changed = asyncio.Event()

    def report_for(self, bank: str) -> Callable[[Mapping[str, Seen]], None]:
        """What the bank of this name calls with its changes."""

        def update(seen: Mapping[str, Seen]) -> None:
            self.now.update({SwitchTerminal(bank, int(number)): value for number, value in seen.items()})
            self.changed.set()

        return update

    def moved(self, rest: Mapping[SwitchTerminal, Seen]) -> set[SwitchTerminal]:
        """Terminals whose state differs from that at rest, and can be read."""
        return {terminal for terminal, seen in rest.items() if self.now[terminal] not in {seen, Seen.UNSEEN}}

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        while not condition():
            self.changed.clear()
            await self.changed.wait()


async def walk(
    banks: Sequence[BankOptions],
    doors: Sequence[CompartmentOptions],
    show: Callable[[str], None],
    wait_for_enter: Callable[[], Awaitable[None]],
) -> Findings:
    """Lead a person through all doors; give what is wrong and what to change.

    `wait_for_enter` returns when the person presses Enter: to begin, and to skip a door. Raises HardwareFault when
    a bank cannot be read, SettingsError.
    """
    show("Shut every door, then press Enter. No lock will be fired.")
    await wait_for_enter()
    used = [bank for bank in banks if any(door.bank == bank.name for door in doors)]
    monitor = SwitchMonitor()
    async with AsyncExitStack() as stack:
        shut_level: dict[str, bool] = {}
        for options in used:
            watching, probes, shut_level[options.name] = await _probe_options(options, doors)
            driver = hardware.open_bank(watching, probes, monitor.report_for(options.name))
            bank = await stack.enter_async_context(driver)
            monitor.report_for(options.name)(await bank.survey())
        rest = dict(monitor.now)
        unseen = sorted({terminal.bank for terminal, seen in rest.items() if seen is Seen.UNSEEN})
        if unseen:
            raise HardwareFault(f"Bank {', '.join(unseen)} cannot be read. Check its cable, power and address.")
        moves = []
        for door in doors:
            terminals = await _moved_by(door.id, monitor, rest, show, wait_for_enter)
            moves.append(
                ObservedMove(
                    door.id,
                    {terminal: (rest[terminal] is Seen.SHUT) is shut_level[terminal.bank] for terminal in terminals},
                )
            )
    return compare_with_site_file(used, doors, moves)


async def _moved_by(
    door: str,
    monitor: SwitchMonitor,
    rest: Mapping[SwitchTerminal, Seen],
    show: Callable[[str], None],
    wait_for_enter: Callable[[], Awaitable[None]],
) -> set[SwitchTerminal]:
    show(f"Open door {door} by hand (Enter: nothing happens, go on) …")
    if not await _either(monitor.wait_until(lambda: bool(monitor.moved(rest))), wait_for_enter()):
        return set()
    terminals = monitor.moved(rest)
    await asyncio.sleep(SAME_HAND_WITHIN)
    terminals |= monitor.moved(rest)
    seen = ", ".join(f"bank {terminal.bank}, {terminal.number}" for terminal in sorted(terminals))
    show(f"  seen: {seen}. Shut it again …")
    await _either(monitor.wait_until(lambda: not monitor.moved(rest)), wait_for_enter())
    return terminals


async def _either(wanted: Awaitable[None], otherwise: Awaitable[None]) -> bool:
    """Wait for either; True when what was wanted came. Raises what `otherwise` raises."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(otherwise)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if not tasks[1].cancelled():
        tasks[1].result()
    return not tasks[0].cancelled()


async def _probe_options(
    options: BankOptions, doors: Sequence[CompartmentOptions]
) -> tuple[BankOptions, list[CompartmentOptions], bool]:
    """Options to watch the bank with, a probe for each of its terminals, and the level that SHUT then stands for."""
    if isinstance(options, PinBankOptions):
        high = await _contacts_pull_high(options, doors)
        watching = options.model_copy(update={"switch_shut": "high" if high else "low"})
        doors_here = [door for door in doors if door.bank == options.name]
        return watching, [door.model_copy(update={"id": str(door.switch)}) for door in doors_here], high
    channels = _board_channels(options)
    probes = [
        CompartmentOptions(id=str(number), size=Size.M, bank=options.name, channel=number)
        for number in range(1, channels + 1)
    ]
    return options.model_copy(update={"shut_bit": 1, "channels": channels}), probes, True


def _board_channels(options: SerialBoardOptions) -> int:
    """All channels that the board reports, not only those that the site file uses."""
    match options:
        case Cb8aBankOptions():
            return status_lengths(options.channels)[0] * 8
        case KerongBankOptions():
            return options.board_channels
        case ModbusBankOptions():
            return options.channels


async def _contacts_pull_high(options: PinBankOptions, doors: Sequence[CompartmentOptions]) -> bool:
    """Whether closed contacts of this bank connect to the supply, and not to ground; with every door shut.

    A pin follows its pull while its contact is open, so a pin that reads the same under both pulls is held
    by its contact.
    """
    doors_here = [door for door in doors if door.bank == options.name]
    readings: dict[str, list[bool]] = {door.id: [] for door in doors_here}
    for level in ("low", "high"):
        async with hardware.open_bank(
            options.model_copy(update={"switch_shut": level}), doors_here, ignore_report
        ) as bank:
            for door, seen in (await bank.survey()).items():
                readings[door].append((seen is Seen.SHUT) is (level == "high"))
    decided = [first for first, second in readings.values() if first is second]
    if sum(decided) * 2 == len(decided):
        return options.switch_shut == "high"
    return sum(decided) * 2 > len(decided)
