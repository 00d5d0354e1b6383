"""Virtual time: a loop whose clock jumps to the next timer, so that months run in seconds and nothing waits."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PATIENCE_S = 10
RESOLUTION_S = 1e-6
"""After 194 days in seconds a float has no room for asyncio's own nanosecond: what is due would never be found so."""


class _Jumping(selectors.DefaultSelector):
    """Instead of waiting for a timer it moves the clock; only real files are waited for."""

    now = 1000.0

    def select(self, timeout=None):
        if timeout is None:
            events = super().select(PATIENCE_S)
            assert events, "the test waits for something that no timer and no file brings"
            return events
        events = super().select(0)
        if not events and timeout > 0:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with its own time; nothing of it depends on how fast the machine is."""

    def __init__(self):
        self.clock = _Jumping()
        super().__init__(self.clock)
        self._clock_resolution = RESOLUTION_S

    def time(self):
        return self.clock.now


class VirtualClock:
    """The Clock port on the running loop's time. The wall may jump, and may be said to be wrong."""

    def __init__(self, *, synced=True):
        self.ahead = timedelta()
        self.believed = synced

    def now(self):
        return BEGIN + timedelta(seconds=self.monotonic()) + self.ahead

    def monotonic(self):
        return asyncio.get_running_loop().time()

    def synced(self):
        return self.believed

    def jump(self, seconds):
        """The wall clock alone jumps."""
        self.ahead += timedelta(seconds=seconds)

    def stall(self, seconds):
        """Time passes while nobody gets a turn, as when the machine is busy."""
        asyncio.get_running_loop().clock.now += seconds


def virtually(walk):
    """Run a coroutine function in virtual time and give what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(walk())
