"""The commissioning walk: a person opens one door after another by hand, and we tell which switch moved.

No lock is fired and nothing is written. Every channel of a board is watched, whether the site file has a door
there or not; on pins, those that the file names as switches.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import hardware
from hardware.banks.cb8a import status_lengths
from hardware.commissioning.findings import ObservedMove, PinBank, WiredDoor, judged
from hardware.options import Cb8aBankOptions, KerongBankOptions, ModbusBankOptions
from locker.core.model import Seen, Size
from locker.errors import HardwareFault
from locker.options import CompartmentOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hardware.commissioning.findings import Findings
    from hardware.options import BankOptions

TOGETHER = 0.4
"""Seconds after the first switch in which a second one counts as moved by the same hand."""


class WatchedSwitches:
    """What every wire says now, told by the banks; an Event for each change."""

    def __init__(self) -> None:
        self.now: dict[WiredDoor, Seen] = {}
        self.changed = asyncio.Event()

    def report(self, bank: str) -> Callable[[Mapping[str, Seen]], None]:
        """Where the bank of this name tells what its wires say."""

        def told(seen: Mapping[str, Seen]) -> None:
            self.now.update({WiredDoor(bank, int(number)): value for number, value in seen.items()})
            self.changed.set()

        return told

    def moved(self, rest: Mapping[WiredDoor, Seen]) -> set[WiredDoor]:
        """Wires that say something else than at rest, and can be read."""
        return {wire for wire, seen in rest.items() if self.now[wire] not in {seen, Seen.UNSEEN}}

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is so."""
        while not true():
            self.changed.clear()
            await self.changed.wait()


async def walk(
    banks: Sequence[BankOptions],
    doors: Sequence[CompartmentOptions],
    say: Callable[[str], None],
    enter: Callable[[], Awaitable[None]],
) -> Findings:
    """Lead a person through all doors; give what is wrong and what to change.

    `enter` returns when the person presses Enter: to begin, and to skip a door. Raises HardwareFault when
    a bank cannot be read, SettingsError.
    """
    say("Shut every door, then press Enter. No lock will be fired.")
    await enter()
    used = [bank for bank in banks if any(door.bank == bank.name for door in doors)]
    watched = WatchedSwitches()
    async with AsyncExitStack() as stack:
        shut_is: dict[str, bool] = {}
        for options in used:
            tuned, probes, shut_is[options.name] = await _tuned(options, doors)
            opened = hardware.open_bank(tuned, probes, watched.report(options.name))
            bank = await stack.enter_async_context(opened)
            watched.report(options.name)(await bank.survey())
        rest = dict(watched.now)
        unseen = sorted({wire.bank for wire, seen in rest.items() if seen is Seen.UNSEEN})
        if unseen:
            raise HardwareFault(f"Bank {', '.join(unseen)} cannot be read. Check its cable, power and address.")
        moves = []
        for door in doors:
            wires = await _moved_by(door.id, watched, rest, say, enter)
            moves.append(
                ObservedMove(door.id, {wire: (rest[wire] is Seen.SHUT) is shut_is[wire.bank] for wire in wires})
            )
    return judged(used, doors, moves)


async def _moved_by(
    door: str,
    watched: WatchedSwitches,
    rest: Mapping[WiredDoor, Seen],
    say: Callable[[str], None],
    enter: Callable[[], Awaitable[None]],
) -> set[WiredDoor]:
    say(f"Open door {door} by hand (Enter: nothing happens, go on) …")
    if not await _first(watched.until(lambda: bool(watched.moved(rest))), enter()):
        return set()
    wires = watched.moved(rest)
    await asyncio.sleep(TOGETHER)
    wires |= watched.moved(rest)
    say(f"  seen: {', '.join(f'bank {wire.bank}, {wire.number}' for wire in sorted(wires))}. Shut it again …")
    await _first(watched.until(lambda: not watched.moved(rest)), enter())
    return wires


async def _first(wanted: Awaitable[None], otherwise: Awaitable[None]) -> bool:
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


async def _tuned(
    options: BankOptions, doors: Sequence[CompartmentOptions]
) -> tuple[BankOptions, list[CompartmentOptions], bool]:
    """The bank as it is watched, with a probe for each of its wires, and the level that SHUT then stands for."""
    if isinstance(options, PinBank):
        high = await _contacts_pull_high(options, doors)
        tuned = options.model_copy(update={"switch_shut": "high" if high else "low"})
        mine = [door for door in doors if door.bank == options.name]
        return tuned, [door.model_copy(update={"id": str(door.switch)}) for door in mine], high
    channels = _channels(options)
    probes = [
        CompartmentOptions(id=str(number), size=Size.M, bank=options.name, channel=number)
        for number in range(1, channels + 1)
    ]
    return options.model_copy(update={"shut_bit": 1, "channels": channels}), probes, True


def _channels(options: Cb8aBankOptions | KerongBankOptions | ModbusBankOptions) -> int:
    """All that the board tells of, not only the channels that the site file uses."""
    match options:
        case Cb8aBankOptions():
            return status_lengths(options.channels)[0] * 8
        case KerongBankOptions():
            return 48 if options.kind == "kerong-cu48" else 16
        case ModbusBankOptions():
            return options.channels


async def _contacts_pull_high(options: PinBank, doors: Sequence[CompartmentOptions]) -> bool:
    """Whether closed contacts of this bank connect to the supply, and not to ground; with every door shut.

    A pin follows its pull while its contact is open, so a pin that reads the same under both pulls is held
    by its contact.
    """
    mine = [door for door in doors if door.bank == options.name]
    held: dict[str, list[bool]] = {door.id: [] for door in mine}
    for level in ("low", "high"):
        async with hardware.open_bank(options.model_copy(update={"switch_shut": level}), mine, _nobody) as bank:
            for door, seen in (await bank.survey()).items():
                held[door].append((seen is Seen.SHUT) is (level == "high"))
    sure = [first for first, second in held.values() if first is second]
    if sum(sure) * 2 == len(sure):
        return options.switch_shut == "high"
    return sum(sure) * 2 > len(sure)


def _nobody(_: Mapping[str, Seen]) -> None:
    """Reports go nowhere: the survey says it all."""
