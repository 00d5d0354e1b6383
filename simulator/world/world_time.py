"""World time: an event loop whose clock can be scaled and advanced, and the daemon's clock on top of it.

Everything that waits through asyncio waits in world seconds, daemon and world alike.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Executor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SLOWEST, FASTEST = 0.1, 50.0
QUIET_S = 0.001
QUIET_AT_MOST_S = 0.05


class WorldPace:
    """How world time runs beside real time: `speed` world seconds a second, plus what was skipped."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._real = time.monotonic()
        self._world = 0.0

    @property
    def speed(self) -> float:
        """World seconds in a real second."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._world = self.elapsed()
        self._real = time.monotonic()
        self._speed = value

    def elapsed(self) -> float:
        """World seconds since the start; only goes forward."""
        return self._world + (time.monotonic() - self._real) * self._speed

    def skip(self, seconds: float) -> None:
        """Let this many world seconds pass at once. `seconds` is not negative."""
        self._world += seconds


@dataclass
class _IdleWaiter:
    future: asyncio.Future[None]
    until: float


class _WorldSelector(selectors.DefaultSelector):
    """Waits for files; a timeout is given in world seconds."""

    def __init__(self, pace: WorldPace) -> None:
        super().__init__()
        self._pace = pace
        self._idle_waiters: list[_IdleWaiter] = []
        self.in_threads = 0

    def resolve_when_idle(self, future: asyncio.Future[None]) -> None:
        """Resolve the future when nothing is ready for a moment, or when that never comes."""
        self._idle_waiters.append(_IdleWaiter(future, time.monotonic() + QUIET_AT_MOST_S))

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        busy = timeout is not None and timeout <= 0
        if not self._idle_waiters:
            return super().select(timeout if timeout is None or busy else timeout / self._pace.speed)
        events = super().select(0 if busy else QUIET_S)
        quiet = not busy and not events and not self.in_threads
        now = time.monotonic()
        for waiter in [one for one in self._idle_waiters if quiet or now >= one.until]:
            self._idle_waiters.remove(waiter)
            if not waiter.future.done():
                waiter.future.set_result(None)
        return events


class WorldLoop(asyncio.SelectorEventLoop):
    """An event loop on world time."""

    def __init__(self, pace: WorldPace) -> None:
        self._pace = pace
        self._world_selector = _WorldSelector(pace)
        super().__init__(self._world_selector)

    def time(self) -> float:
        """World seconds since the start."""
        return self._pace.elapsed()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Like asyncio's; what runs in a thread is not idle."""
        future = super().run_in_executor(executor, func, *args)
        self._world_selector.in_threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._world_selector.in_threads -= 1

    async def idle(self) -> None:
        """Wait until nothing is ready: callbacks and threads are done and no file is ready."""
        future = self.create_future()
        self._world_selector.resolve_when_idle(future)
        await future

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: object) -> None:
        """Like asyncio's; whoever asks to stop waits in real seconds, so a slow world speeds up first."""

        def hurry() -> None:
            self._pace.speed = max(self._pace.speed, 1.0)
            callback(*args)

        super().add_signal_handler(sig, hurry)


class WorldClock:
    """The clock that the daemon is given: a wall clock that may jump, and time-sync that may be missing.

    `offset` is by how many seconds the world's wall clock is ahead of the machine's at the start.
    """

    def __init__(self, pace: WorldPace, *, offset: float = 0.0, synced: bool = True) -> None:
        self.pace = pace
        self._wall = time.time() + offset - pace.elapsed()
        self._synced = synced

    def now(self) -> datetime:
        """The wall clock of the world, in UTC."""
        return datetime.fromtimestamp(self._wall + self.pace.elapsed(), UTC)

    def monotonic(self) -> float:
        """World seconds that only go forward, at the pace of the loop."""
        return self.pace.elapsed()

    def synced(self) -> bool:
        """Whether time-sync is reported."""
        return self._synced

    def set_synced(self, synced: bool) -> None:
        """Report time-sync or report none."""
        self._synced = synced

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone. Raises OverflowError past the years 1971 to 9000."""
        target = self._wall + self.pace.elapsed() + seconds
        if not EARLIEST <= target <= LATEST:
            raise OverflowError("The clock would leave the years 1971 to 9000.")
        self._wall += seconds

    def room_s(self) -> float:
        """How many seconds may still pass before the calendar ends."""
        return LATEST - self._wall - self.pace.elapsed()

    def offset(self) -> float:
        """By how many seconds the world's wall clock is ahead of the machine's, now."""
        return self._wall + self.pace.elapsed() - time.time()


EARLIEST = datetime(1971, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()

FIRST_STEP_S = 0.25
COIL_STEP_S = 0.05
GROWTH = 0.05
MOST_PASSES = 6


async def settle(heartbeat: Callable[[], Awaitable[None]], activity: Callable[[], object] | None = None) -> None:
    """Let everything that is due happen: callbacks, requests between the listeners, the journal's thread.

    Ends when a whole pass changed nothing that `activity` shows; without it after the most passes.
    """
    loop = asyncio.get_running_loop()
    for number in range(MOST_PASSES):
        before = activity() if activity else None
        await _quiet(loop)
        await heartbeat()
        if activity and number and activity() == before:
            break
    await _quiet(loop)


async def _quiet(loop: asyncio.AbstractEventLoop) -> None:
    if isinstance(loop, WorldLoop):
        await loop.idle()
    else:
        await asyncio.sleep(0)


class StepLength:
    """How long the next step may be: the longer nothing has changed, the longer.

    Steps start at 0.25 s and grow by 5 % of what was passed since something changed, so that things seconds
    apart happen seconds apart while three quiet days take a few hundred steps. While a coil has
    current, steps are short enough for its pulse to keep its length.
    """

    def __init__(self, changes: Callable[[], int] = lambda: 0, any_coil_on: Callable[[], bool] = lambda: False) -> None:
        self._changes = changes
        self._any_coil_on = any_coil_on
        self._known = changes()
        self._since = 0.0

    def after(self, passed: float) -> float:
        """World seconds of the next step, after so many were passed."""
        if (changes := self._changes()) != self._known:
            self._known, self._since = changes, passed
        if self._any_coil_on():
            return COIL_STEP_S
        return max(FIRST_STEP_S, GROWTH * (passed - self._since))


async def advance(
    pace: WorldPace, seconds: float, settled: Callable[[], Awaitable[None]], step_length: StepLength | None = None
) -> None:
    """Let time pass for daemon and world together, and return when it has passed.

    After each step `settled` lets everything that is due happen.
    """
    step_length = step_length or StepLength()
    await settled()
    passed = 0.0
    while passed < seconds:
        step = min(step_length.after(passed), seconds - passed)
        pace.skip(step)
        passed += step
        await settled()


async def no_heartbeat() -> None:
    """Stand in for the daemon's heartbeat before it is ready."""
