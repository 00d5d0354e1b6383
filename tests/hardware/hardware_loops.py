"""Loops for tests that wait for no clock: one jumps to the next timer, one runs faster than the real world."""

import asyncio
import selectors


class VirtualLoop(asyncio.SelectorEventLoop):
    """No time passes while a call is on its way in the thread of a wire."""

    def __init__(self):
        self.now = 1000.0
        self.in_threads = 0
        super().__init__()

    def time(self):
        return self.now

    def run_in_executor(self, executor, func, *args):
        future = super().run_in_executor(executor, func, *args)
        self.in_threads += 1
        future.add_done_callback(self._back_from_thread)
        return future

    def _back_from_thread(self, _):
        self.in_threads -= 1

    def _run_once(self):
        if not self._ready and self._scheduled and not self.in_threads:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()


def virtually(walk):
    """Run a coroutine function in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(walk())


SPEED = 10


class _FastSelector(selectors.DefaultSelector):
    def select(self, timeout=None):
        return super().select(timeout if timeout is None else timeout / SPEED)


class FastLoop(asyncio.SelectorEventLoop):
    """Ten seconds pass in one; threads and wires stay real."""

    def __init__(self):
        super().__init__(_FastSelector())

    def time(self):
        return super().time() * SPEED


class FastPolicy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = FastLoop
