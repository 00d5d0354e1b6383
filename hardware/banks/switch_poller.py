"""The one task of a bank that looks at its switches for ever, faster while something is going on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from hardware.banks.door_switches import DoorSwitches
    from locker.core.model import Seen

COMMANDED_FOR = 10.0
"""Seconds after a pulse in which somebody is likely to pull or push the door."""

SURVEY_WITHIN = 1.0
"""Seconds that a survey gives a switch to come to rest."""


@dataclass(frozen=True, slots=True)
class PollingPace:
    """Seconds between two looks: when nothing happens, and when a door moves or was commanded."""

    idle: float
    busy: float


class SwitchPoller:
    """Look, rest, look again; an edge or a command cuts the rest short.

    If looking fails with anything but a reading of "cannot be read", the task that entered the watch is
    cancelled and gets the error: a bank that nobody looks at must not go unnoticed.
    """

    def __init__(
        self, name: str, switches: DoorSwitches, look: Callable[[], Awaitable[None]], pace: PollingPace
    ) -> None:
        self._name = name
        self._switches = switches
        self._look = look
        self._pace = pace
        self._busy_until = 0.0
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to look."""
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._task = self._tasks.create_task(self._keep_looking(), name=f"switches of {self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
        # An error of the caller's own passes as it is; the group would wrap it.
        if kind is None or not issubclass(kind, asyncio.CancelledError):
            kind = error = trace = None
        await self._tasks.__aexit__(kind, error, trace)

    def wake(self) -> None:
        """Look now. From the loop's thread only."""
        self._woken.set()

    def hurry(self) -> None:
        """A door was commanded: look often for a while."""
        self._busy_until = asyncio.get_running_loop().time() + COMMANDED_FOR
        self._woken.set()

    async def survey(self) -> dict[str, Seen]:
        """Look until every switch has settled. What has not within a second is as last believed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SURVEY_WITHIN
        await self._look()
        while self._switches.unsettled and loop.time() < deadline:
            await asyncio.sleep(self._pace.busy)
            await self._look()
        return self._switches.seen

    async def _keep_looking(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            await self._look()
            if self._switches.unsettled or loop.time() < self._busy_until:
                await asyncio.sleep(self._pace.busy)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.idle):
                    await self._woken.wait()
