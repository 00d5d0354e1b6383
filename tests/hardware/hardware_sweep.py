"""How long a sweep over a 76-door machine takes, against the time that its bytes and gaps need on the wire.

`python tests/hardware/hardware_sweep.py` prints the ratio; it must not be over 1.25.
"""

import asyncio
import contextlib
import itertools
import statistics
import tempfile
import time
from pathlib import Path

from hardware_wires import Cable, Cb8aBoard
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.banks.serial_line import character_seconds, gap_seconds
from hardware.options import BankOptions
from locker.core.model import Size
from locker.options import CompartmentOptions

BAUD = 9600
DOORS = [24, 24, 24, 4]
ROUNDS = 40
CAB_BYTES = 5 + 7


class PacedCable(Cable):
    """A reply arrives when its last byte would have passed the wire behind the last byte of the request."""

    def _reply(self, fd, request, reply):
        due = self.requests[-1][0] + (len(request) + len(reply)) * character_seconds(BAUD)
        while (left := due - time.monotonic()) > 0:
            time.sleep(left if left > 0.002 else 0)
        super()._reply(fd, request, reply)


async def sweeps(folder):
    """Times of requests by board, over rounds in which every bank polls as often as it can."""
    boards = [Cb8aBoard(number, 24) for number in range(1, len(DOORS) + 1)]
    cable = PacedCable(folder / "bus", *boards)
    read = TypeAdapter(BankOptions).validate_python
    banks = [
        open_bank(
            read({"name": f"b{n}", "kind": "cb8a", "port": str(cable.name), "baud": BAUD, "address": n}),
            [CompartmentOptions(id=f"D{n}-{c}", size=Size.M, bank="b", channel=c) for c in range(1, count + 1)],
            lambda seen: None,
        )
        for n, count in enumerate(DOORS, 1)
    ]
    async with contextlib.AsyncExitStack() as stack:
        for bank in banks:
            await stack.enter_async_context(bank)
        await asyncio.sleep(1)
        seconds = []
        for _ in range(ROUNDS):
            # All banks are asked at once, so that the line is never idle: the best that a sweep can be.
            begun = time.monotonic()
            await asyncio.gather(*(bank._poll() for bank in banks))
            seconds.append(time.monotonic() - begun)
            await asyncio.sleep(0.02)
    idle = await ages(cable)
    cable.close()
    return seconds, idle


async def ages(cable):
    """The longest time between two polls of one board while nothing happens."""
    times = {}
    for at, request in cable.requests:
        times.setdefault(request[1], []).append(at)
    return max(after - before for each in times.values() for before, after in itertools.pairwise(each))


def measure():
    """Give the ratio of the median sweep to the wire, the wire's own milliseconds, and the oldest reading."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, oldest = asyncio.run(sweeps(Path(folder)))
    wire = len(DOORS) * (CAB_BYTES * character_seconds(BAUD) + gap_seconds(BAUD))
    bytes_alone = len(DOORS) * CAB_BYTES * character_seconds(BAUD)
    median = statistics.median(seconds)
    return {
        "sweep_ms": median * 1000,
        "wire_ms": wire * 1000,
        "ratio": median / wire,
        "bytes_ms": bytes_alone * 1000,
        "ratio_without_gaps": median / bytes_alone,
        "oldest_s": oldest,
    }


if __name__ == "__main__":
    for what, value in measure().items():
        print(f"{what:20} {value:8.2f}")  # noqa: T201  what it is for
