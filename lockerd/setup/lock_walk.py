"""The commissioning walk by locks: each door is opened by its lock, after a person's yes, and what moves is seen.

A spring latch cannot be opened from outside, so here the locks are pulsed: as the panel does it, through the engine
(recorded, with a reason) and the one line that opens a door. The folder is held, so no daemon runs meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from locker.core.messages.commands import Clear, StaffOpen
from locker.core.model import Content, Seen, Use
from locker.core.reasons import Refused
from lockerd.daemon import opened, serving_doors

if TYPE_CHECKING:
    from collections.abc import Callable

    from locker.engine import Engine
    from locker.ports import Clock
    from lockerd.settings import Settings
    from lockerd.setup.answers import Answers
    from lockerd.setup.terminal import Terminal

OPENS_WITHIN_S = 8.0
BY = "setup"
REASON = "commissioning"


async def walk_locks(settings: Settings, clock: Clock, terminal: Terminal, answers: Answers) -> list[str]:
    """Lead a person from door to door; one line for each that is not as it should be.

    Doors that were walked before are left out. Raises SettingsError when a daemon holds the folder, Stopped.
    """
    with opened(settings, clock) as daemon:
        async with serving_doors(daemon):
            return await _Walk(daemon.engine, terminal, answers).through([door.id for door in settings.compartment])


class _Walk:
    def __init__(self, engine: Engine, terminal: Terminal, answers: Answers) -> None:
        self._engine, self._terminal, self._answers = engine, terminal, answers

    async def through(self, doors: list[str]) -> list[str]:
        faults: dict[str, str] = dict(self._answers.get("walk faults", {}))
        for door in doors:
            if door in self._answers.get("walked", []):
                continue
            found = await self._one(door)
            if found is None:
                continue
            faults.pop(door, None)
            if found:
                faults[door] = found
            self._answers.keep("walk faults", dict(faults))
            self._answers.keep("walked", [*self._answers.get("walked", []), door])
        return list(faults.values())

    async def _one(self, door: str) -> str | None:
        """What is wrong with a door, empty when all is well, None when it was left out."""
        terminal, before = self._terminal, self._engine.site.compartments[door]
        if before.use not in {Use.FREE, Use.CHECK} or before.parcel is not None:
            terminal.say("walk_in_use", door=door)
            return None
        if before.seen is not Seen.SHUT:
            terminal.say("walk_not_shut", door=door, seen=terminal.text(f"seen_{before.seen.value}"))
            if not await self._until(lambda: self._seen(door) is Seen.SHUT, enter=True):
                return terminal.text("fault_not_shut", door=door)
        if not await terminal.agree_meanwhile("walk_open", default=False, door=door):
            return None
        moved = await self._pulsed(door)
        if door in moved:
            terminal.say("walk_opened", door=door)
        others = sorted(moved - {door})
        fault = ""
        if others:
            fault = terminal.text("fault_other", door=door, other=", ".join(others))
        elif not moved:
            fault = terminal.text("fault_no_move", door=door)
        if fault:
            terminal.show(f"  ! {fault}")
        await self._shut_again(moved or {door})
        return fault

    async def _pulsed(self, door: str) -> set[str]:
        """The doors that were seen to open after one pulse for this one."""
        shut = {name for name, each in self._engine.site.compartments.items() if each.seen is Seen.SHUT}
        order = self._engine.new_id("o")
        try:
            await self._engine.ask(StaffOpen(by=BY, staff=True, order=order, compartment=door, reason=REASON))
        except Refused as refused:
            self._terminal.say("walk_refused", door=door, reason=refused.reason.value)
            return set()
        self._terminal.say("walk_pulsed", door=door)

        def moved() -> set[str]:
            return {name for name in shut if self._seen(name) is Seen.OPEN}

        await self._until(lambda: bool(moved()), within=OPENS_WITHIN_S)
        return moved()

    async def _shut_again(self, doors: set[str]) -> None:
        names = ", ".join(sorted(doors))
        if any(self._seen(door) is not Seen.SHUT for door in doors):
            self._terminal.say("walk_shut", door=names)
            await self._until(lambda: all(self._seen(door) is Seen.SHUT for door in doors), enter=True)
        checks = [door for door in sorted(doors) if self._engine.site.compartments[door].use is Use.CHECK]
        if checks and await self._terminal.agree_meanwhile("walk_empty", default=True, door=names):
            for door in checks:
                try:
                    await self._engine.ask(Clear(by=BY, staff=True, compartment=door, content=Content.EMPTY))
                except Refused as refused:
                    self._terminal.say("walk_refused", door=door, reason=refused.reason.value)

    def _seen(self, door: str) -> Seen:
        return self._engine.site.compartments[door].seen

    async def _until(self, wanted: Callable[[], bool], *, within: float | None = None, enter: bool = False) -> bool:
        """Wait for what is seen, so many seconds, or until Enter; True when it was seen."""
        async with self._engine.follow() as events:

            async def look() -> None:
                if wanted():
                    return
                async for _ in events:
                    if wanted():
                        return

            waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(look())]
            if enter:
                waits.append(asyncio.ensure_future(self._terminal.line_meanwhile()))
            try:
                await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
        if enter and not waits[1].cancelled():
            waits[1].result()
        return wanted()
