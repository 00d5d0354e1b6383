"""The one task of a bank that polls its switches for ever, faster while something is going on."""

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
"""Seconds that a survey gives a switch to settle."""


@dataclass(frozen=True, slots=True)
class PollingPace:
    """Seconds between two polls: when nothing happens, and when a door moves or was commanded."""

    idle: float
    busy: float


class SwitchPoller:
    """Poll, wait, poll again; an edge or a command cuts the wait short.

    If polling fails with anything but a reading of "cannot be read", the task that entered the poller is
    cancelled and gets the error: a bank that nobody polls must not go unnoticed.
    """

    def __init__(
        self, name: str, switches: DoorSwitches, poll: Callable[[], Awaitable[None]], pace: PollingPace
    ) -> None:
        self._name = name
        self._switches = switches
        self._poll = poll
        self._pace = pace
        self._busy_until = 0.0
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to poll."""
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._task = self._tasks.create_task(self._run(), name=f"switches of {self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop polling."""
        if self._task is not None:
            self._task.cancel()
        # An error of the caller's own passes as it is; the group would wrap it.
        if kind is None or not issubclass(kind, asyncio.CancelledError):
            kind = error = trace = None
        await self._tasks.__aexit__(kind, error, trace)

    def wake(self) -> None:
        """Poll now. From the loop's thread only."""
        self._woken.set()

    def poll_fast(self) -> None:
        """A door was commanded: poll often for a while."""
        self._busy_until = asyncio.get_running_loop().time() + COMMANDED_FOR
        self._woken.set()

    async def survey(self) -> dict[str, Seen]:
        """Poll until every switch has settled. What has not within a second is as last believed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SURVEY_WITHIN
        await self._poll()
        while self._switches.unsettled and loop.time() < deadline:
            await asyncio.sleep(self._pace.busy)
            await self._poll()
        return self._switches.seen

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            await self._poll()
            if self._switches.unsettled or loop.time() < self._busy_until:
                await asyncio.sleep(self._pace.busy)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.idle):
                    await self._woken.wait()
