"""Calls into drivers of the kernel that may block for long or for ever, kept off the loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class BlockingCalls:
    """Calls for one device, one at a time, each in a daemon thread: neither the loop nor the end of the process waits.

    A call that has not returned in time keeps its thread, and no further one is begun until it returns:
    a dead device costs one thread, not one for each try.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: asyncio.Future[Any] | None = None

    async def run(
        self, call: Callable[[], Result], within: float, undo: Callable[[Result], object] | None = None
    ) -> Result:
        """What `call` gives or raises; TimeoutError after `within` seconds, or at once while an earlier call blocks.

        The seconds are real ones, whatever the loop's own time is. `undo` is called, in a thread as well, with a
        result that comes when nobody waits for it any more.
        """
        if self._running is not None and not self._running.done():
            raise TimeoutError(errno.ETIMEDOUT, f"{self._name} still does not answer")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        too_late: asyncio.Future[None] = loop.create_future()
        timer = threading.Timer(within, _settle, (loop, too_late, None, None))
        timer.daemon = True
        work = threading.Thread(target=_carry_out, args=(call, loop, future), name=self._name, daemon=True)
        try:
            timer.start()
            work.start()
        except RuntimeError as failed:
            timer.cancel()
            raise OSError(errno.EAGAIN, f"no thread for {self._name}") from failed
        self._running = future
        try:
            either: set[asyncio.Future[Any]] = {future, too_late}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if future.done():
                return future.result()
            raise TimeoutError(errno.ETIMEDOUT, f"{self._name} does not answer")
        finally:
            timer.cancel()
            if not future.done():
                future.add_done_callback(partial(_late, undo))


def _carry_out(call: Callable[[], Result], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Result]) -> None:
    try:
        result = call()
    except Exception as failed:  # noqa: BLE001  whatever it is, the caller gets it
        _settle(loop, future, None, failed)
    else:
        _settle(loop, future, result, None)


def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: object, failed: Exception | None
) -> None:
    settle = partial(future.set_result, result) if failed is None else partial(future.set_exception, failed)
    # The loop may have ended while the device blocked.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(settle)


def _late(undo: Callable[[Result], object] | None, future: asyncio.Future[Result]) -> None:
    if future.exception() is None and undo is not None:
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=undo, args=(future.result(),), daemon=True).start()
