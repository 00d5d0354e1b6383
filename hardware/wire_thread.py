"""The one thread that touches a wire. A call on a wire may block for ever; the loop never does.

Laws:

1. Whatever may block on a wire (a transfer, an open, a claim) happens in the thread of that wire and nowhere else.
2. A call that has not come back when its time is over is given up: whoever waits for it or for a turn behind it gets
   `WireStuck`, and so does everybody who comes while it hangs. Nothing is queued behind it, so nothing grows.
3. What must happen (a coil that goes off) goes first and is never given up: it happens when the wire comes back.
4. The threads are daemons: a wire that hangs keeps neither the bank nor the process.

Deadlines are in real seconds: wires know no other time, and that of the loop may be scaled or made up.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Result = TypeVar("Result")
Params = ParamSpec("Params")

LOOK_EVERY = 0.25
"""Real seconds between two looks at whether a call hangs."""

CLOSE_WITHIN = 1.0
"""Real seconds for letting a wire go."""

_WIRES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, WireThread]] = WeakKeyDictionary()


class WireStuck(OSError):
    """A call on this wire has not come back in its time, and nobody knows what becomes of it; or nobody serves it."""


class Turn(IntEnum):
    """Which call goes first on the wire."""

    MUST = 0
    COMMAND = 1
    POLL = 2


@dataclass(order=True)
class _Call:
    turn: Turn
    number: int
    act: Callable[[], Any] = field(compare=False)
    within: float = field(compare=False)
    future: Future[Any] = field(compare=False, default_factory=Future)
    deadline: float = field(compare=False, default=0.0)

    def begins(self) -> bool:
        """Take the turn; False when nobody wants this call any more."""
        if not self.future.done() and self.future.set_running_or_notify_cancel():
            self.deadline = time.monotonic() + self.within
            return True
        self.deadline = time.monotonic() + self.within
        return self.turn is Turn.MUST

    def fail(self, failed: BaseException) -> None:
        """Tell whoever still waits."""
        with suppress(InvalidStateError):
            self.future.set_exception(failed)

    def do(self) -> None:
        """Do it, and tell whoever still waits how it went."""
        try:
            result = self.act()
        except BaseException as failed:  # noqa: BLE001  it belongs to whoever waits
            self.fail(failed)
        else:
            with suppress(InvalidStateError):
                self.future.set_result(result)


class WireThread:
    """The thread of one wire. Several banks may share it; it runs while any of them has entered it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._users = 0
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._waiting: list[_Call] = []
        self._running: _Call | None = None
        self._hangs = False
        self._over: threading.Event | None = None
        self._ending = False

    @staticmethod
    def shared(key: Hashable, name: str) -> WireThread:
        """Give the thread of this wire in the running loop."""
        wires = _WIRES.setdefault(asyncio.get_running_loop(), {})
        return wires.setdefault(key, WireThread(name))

    @property
    def in_use(self) -> bool:
        """True while somebody has entered the wire."""
        return self._users > 0

    def enter(self) -> None:
        """Start the thread with the first user. One that still hangs since the last user left is taken over."""
        self._users += 1
        with self._lock:
            self._ending = False
            if self._over is not None:
                return
            self._over = threading.Event()
        for work in (self._serve, self._watch):
            threading.Thread(target=work, args=(self._over,), name=self.name, daemon=True).start()

    async def leave(self, let_go: Callable[[], object] = lambda: None) -> None:
        """End the thread with the last user, who lets the wire go in it. One that hangs is left behind."""
        self._users -= 1
        if self._users:
            return
        try:
            with suppress(OSError):
                # Of the lowest kind and the last to come: everything before it is done or given up by then.
                await self.call(let_go, CLOSE_WITHIN)
        finally:
            with self._lock:
                self._ending = self._users == 0
                self._work.notify()

    async def call(self, act: Callable[[], Result], within: float, turn: Turn = Turn.POLL) -> Result:
        """Let the thread do it, and give what it returns or raises. Cancelled before its turn, it is not done.

        `within` counts from its turn. Raises WireStuck.
        """
        return await asyncio.get_running_loop().run_in_executor(_Lane(self, within, turn), act)

    def submit(self, act: Callable[[], Result], within: float, turn: Turn = Turn.POLL) -> Future[Result]:
        """The same without waiting, from any thread."""
        call = _Call(turn, next(self._numbers), act, within)
        with self._lock:
            if self._over is None:
                call.fail(WireStuck(f"{self.name} has been let go"))
            elif self._hangs:
                call.fail(self._stuck())
            if self._over is not None and (not self._hangs or turn is Turn.MUST):
                heapq.heappush(self._waiting, call)
                self._work.notify()
        return call.future

    def _stuck(self) -> WireStuck:
        return WireStuck(f"{self.name} hangs")

    def _serve(self, over: threading.Event) -> None:
        while (call := self._next()) is not None:
            call.do()
        over.set()

    def _next(self) -> _Call | None:
        """The next call that is wanted; None at the end."""
        with self._lock:
            self._running, self._hangs = None, False
            while True:
                while not self._waiting and not self._ending:
                    self._work.wait()
                if not self._waiting:
                    self._over = None
                    return None
                call = heapq.heappop(self._waiting)
                if call.begins():
                    self._running = call
                    return call

    def _watch(self, over: threading.Event) -> None:
        """Give up a call that is late, and all that wait for their turn behind it."""
        while not over.wait(LOOK_EVERY):
            with self._lock:
                call = self._running
                if call is None or self._hangs or time.monotonic() < call.deadline:
                    continue
                self._hangs = True
                given_up = [call, *self._waiting]
                self._waiting = [each for each in self._waiting if each.turn is Turn.MUST]
                heapq.heapify(self._waiting)
            for each in given_up:
                each.fail(self._stuck())


class _Lane(Executor):
    """A wire as the loop's `run_in_executor` wants it: one kind of turn, one time limit."""

    def __init__(self, wire: WireThread, within: float, turn: Turn) -> None:
        self._wire = wire
        self._within = within
        self._turn = turn

    def submit(self, fn: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs) -> Future[Result]:
        """Let the wire's thread do it."""
        return self._wire.submit(partial(fn, *args, **kwargs), self._within, self._turn)
