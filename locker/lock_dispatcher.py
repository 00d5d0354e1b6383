"""Orders become pulses here: the one line of the tree that opens a door (`bank.unlock`).

Laws:

1. Only the engine calls `order`, and only for an `UnlockOrdered` that is durable. An order stands in memory alone, so
   that neither a restart nor a healed wire finds it again.
2. Every bank has one worker: its doors open one after another, and a slow wire delays only its own.
3. An order says from when and until when its pulse may come; it may have waited for a dozen doors, or for a wire that
   hung while nothing could be recorded. It is void when that time is over, when the same door was ordered anew since,
   or when nobody waits for this door any more (`awaited`), asked when its turn comes. Two pulses of one visit lie
   `PULSE_EVERY` apart, counted from the end of the first, because that one may have waited for its power supply.
4. An order that no wire can carry is answered with `PulseFailed` at once. It is never kept for later.
5. A door whose lock did not go back to rest (`CoilStuck`) is told as `RelayStuck` again and again, so that it is taken
   out of use as soon as it is free, until a pulse of it goes well: who mended it opens it once from the panel.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.core.doors.unlock import PULSE_EVERY
from locker.core.messages.observations import PulseFailed, RelayStuck, SwitchesSeen
from locker.core.model import Seen
from locker.errors import CoilStuck, HardwareFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locker.core.messages.observations import Observation
    from locker.ports import DoorBank
    from locker.pulse_order import PulseOrder

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
STUCK_SECONDS = 30


class LockDispatcher:
    """All banks of the cabinet. `observe` takes what was seen, from any thread.

    `awaited` is asked when an order's turn has come: does that visit still wait for this door to open?
    """

    def __init__(self, observe: Callable[[Observation], None], awaited: Callable[[PulseOrder], bool]) -> None:
        self._observe = observe
        self._awaited = awaited
        self._newest: dict[str, PulseOrder] = {}
        self._pulsed: dict[str, tuple[str, float]] = {}
        self._banks: list[DoorBank] = []
        self._queues: dict[str, asyncio.Queue[PulseOrder]] = {}
        self._looked: list[asyncio.Event] = []
        self._stuck: set[str] = set()

    def report(self, doors: Mapping[str, Seen]) -> None:
        """What a bank's switches say now; callable from any thread."""
        self._observe(SwitchesSeen(dict(doors)))

    def add(self, banks: Sequence[DoorBank]) -> None:
        """Take banks over, before `run`."""
        for bank in banks:
            queue: asyncio.Queue[PulseOrder] = asyncio.Queue()
            self._banks.append(bank)
            self._looked.append(asyncio.Event())
            self._queues.update(dict.fromkeys(bank.doors, queue))

    @property
    def banks(self) -> tuple[DoorBank, ...]:
        """Whatever was added, to be read: nobody but this gives a pulse."""
        return tuple(self._banks)

    def order(self, order: PulseOrder) -> None:
        """One pulse for its door, as soon as those before it are done; in place of one that still waits."""
        queue = self._queues.get(order.door)
        if queue is None:
            self._observe(PulseFailed(order.door, f"Door {order.door} has no bank in the site file."))
            return
        self._newest[order.door] = order
        queue.put_nowait(order)

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
        queue, loop = self._queues[bank.doors[0]], asyncio.get_running_loop()
        while True:
            order = await queue.get()
            wait = self._not_before(order) - loop.time()
            if not self._valid(order):
                log.info("door %s: the order is void, nobody waits for it any more", order.door)
            elif wait > 0:
                loop.call_later(wait, queue.put_nowait, order)
            else:
                await self._pulse(bank, order)

    def _valid(self, order: PulseOrder) -> bool:
        """Law 3. The moment itself is late: it is the one at which the rule gives the visit up."""
        newest = self._newest.get(order.door) is order
        return newest and asyncio.get_running_loop().time() < order.valid_until and self._awaited(order)

    def _not_before(self, order: PulseOrder) -> float:
        """From when this order may be given: the pulse before it may have been given late."""
        visit, ended = self._pulsed.get(order.door, ("", 0.0))
        rested = ended + PULSE_EVERY.total_seconds() if visit == order.visit else 0.0
        return max(order.not_before, rested)

    async def _pulse(self, bank: DoorBank, order: PulseOrder) -> None:
        """Give the pulse; the rest counts from its end, because it may have waited for its supply."""
        door = order.door
        self._newest.pop(door, None)
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
        self._pulsed[door] = (order.visit, asyncio.get_running_loop().time())

    def _fail_waiting(self, bank: DoorBank, fault: str) -> None:
        """Orders that no wire can carry are answered at once: an old order must not move a door later."""
        queue = self._queues[bank.doors[0]] if bank.doors else None
        while queue is not None and not queue.empty():
            order = queue.get_nowait()
            if self._newest.get(order.door) is order:
                del self._newest[order.door]
                self._observe(PulseFailed(order.door, fault))
