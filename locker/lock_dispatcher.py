"""Orders become pulses here: the one line of the tree that opens a door (`bank.unlock`).

Laws:

1. Only the engine calls `order`, and only for an `UnlockOrdered` that is durable. An order is a door's name and
   nothing more: it carries no time and is kept nowhere, so that neither a restart nor a healed wire finds it again.
2. Every bank has one worker: its doors open one after another, and a slow wire delays only its own.
3. An order may have waited for a dozen doors. When its turn comes it is asked again whether anybody still waits for
   this door (`next_pulse`); if not, it is void. Two pulses of one visit lie as far apart as the rule says, counted
   from the end of the first, because that one may have waited for its power supply.
4. An order that no wire can carry is answered with `PulseFailed` at once. It is never kept for later.
5. A door whose lock did not go back to rest (`CoilStuck`) is told as `RelayStuck` again and again, so that it is taken
   out of use as soon as it is free, until a pulse of it goes well: who mended it opens it once from the panel.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.core.messages.observations import PulseFailed, RelayStuck, SwitchesSeen
from locker.core.model import Seen
from locker.errors import CoilStuck, HardwareFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locker.core.messages.observations import Observation
    from locker.ports import DoorBank

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
STUCK_SECONDS = 30


class LockDispatcher:
    """All banks of the cabinet. `observe` takes what was seen, from any thread.

    `next_pulse` is asked when an order's turn has come: the visit that waits for this door and the seconds that must
    lie between two of its pulses, or None when nobody waits any more.
    """

    def __init__(
        self, observe: Callable[[Observation], None], next_pulse: Callable[[str], tuple[str, float] | None]
    ) -> None:
        self._observe = observe
        self._next_pulse = next_pulse
        self._pulsed: dict[str, tuple[str, float]] = {}
        self._banks: list[DoorBank] = []
        self._orders: dict[str, asyncio.Queue[str]] = {}
        self._looked: list[asyncio.Event] = []
        self._stuck: set[str] = set()

    def report(self, doors: Mapping[str, Seen]) -> None:
        """What a bank's switches say now; callable from any thread."""
        self._observe(SwitchesSeen(dict(doors)))

    def add(self, banks: Sequence[DoorBank]) -> None:
        """Take banks over, before `run`."""
        for bank in banks:
            queue: asyncio.Queue[str] = asyncio.Queue()
            self._banks.append(bank)
            self._looked.append(asyncio.Event())
            self._orders.update(dict.fromkeys(bank.doors, queue))

    @property
    def banks(self) -> tuple[DoorBank, ...]:
        """Whatever was added, to be read: nobody but this gives a pulse."""
        return tuple(self._banks)

    def order(self, door: str) -> None:
        """One pulse for this door, as soon as those before it are done."""
        queue = self._orders.get(door)
        if queue is None:
            self._observe(PulseFailed(door, f"Door {door} has no bank in the site file."))
        else:
            queue.put_nowait(door)

    async def looked(self, within: float) -> None:
        """Return when every bank was surveyed once or has failed, at the latest after so many seconds."""
        waits = [asyncio.ensure_future(event.wait()) for event in self._looked]
        if waits:
            _, late = await asyncio.wait(waits, timeout=within)
            for task in late:
                task.cancel()

    async def run(self) -> None:
        """Serve all banks until cancelled; a bank that cannot be claimed is tried again, alone."""
        async with asyncio.TaskGroup() as group:
            for bank, looked in zip(self._banks, self._looked, strict=True):
                group.create_task(self._run_bank(bank, looked), name=f"bank {bank.name}")
            group.create_task(self._tell_stuck(), name="stuck locks")

    async def _run_bank(self, bank: DoorBank, looked: asyncio.Event) -> None:
        while True:
            try:
                async with bank:
                    self.report(await bank.survey())
                    looked.set()
                    await self._serve(bank)
            except HardwareFault as fault:
                log.warning("bank %s: %s", bank.name, fault)
                self.report(dict.fromkeys(bank.doors, Seen.UNSEEN))
                self._fail_waiting(bank, str(fault))
                looked.set()
            await asyncio.sleep(RETRY_SECONDS)

    async def _tell_stuck(self) -> None:
        while True:
            await asyncio.sleep(STUCK_SECONDS)
            for door in sorted(self._stuck):
                self._observe(RelayStuck(door))

    async def _serve(self, bank: DoorBank) -> None:
        if not bank.doors:
            await asyncio.Event().wait()
        queue = self._orders[bank.doors[0]]
        while True:
            door = await queue.get()
            wait = self._wait(door)
            if wait is None:
                log.info("door %s: the order is void, nobody waits for it any more", door)
            elif wait > 0:
                asyncio.get_running_loop().call_later(wait, queue.put_nowait, door)
            else:
                await self._pulse(bank, door)

    def _wait(self, door: str) -> float | None:
        """Seconds until this visit's next pulse may come; None when the order is void."""
        turn = self._next_pulse(door)
        if turn is None:
            return None
        visit, rest = turn
        last_visit, ended = self._pulsed.get(door, ("", 0.0))
        return ended + rest - asyncio.get_running_loop().time() if last_visit == visit else 0.0

    async def _pulse(self, bank: DoorBank, door: str) -> None:
        """Give the pulse; the rest counts from its end, because it may have waited for its supply."""
        turn = self._next_pulse(door)
        try:
            await bank.unlock(door)
        except HardwareFault as fault:
            log.warning("door %s: %s", door, fault)
            self._observe(PulseFailed(door, str(fault)))
            if isinstance(fault, CoilStuck):
                self._stuck.add(door)
                self._observe(RelayStuck(door))
        else:
            self._stuck.discard(door)
        if turn is not None:
            self._pulsed[door] = (turn[0], asyncio.get_running_loop().time())

    def _fail_waiting(self, bank: DoorBank, fault: str) -> None:
        """Orders that no wire can carry are answered at once: an old order must not move a door later."""
        queue = self._orders[bank.doors[0]] if bank.doors else None
        while queue is not None and not queue.empty():
            self._observe(PulseFailed(queue.get_nowait(), fault))
