"""The thread of a wire: turns, limits, calls that must happen. What blocks here blocks until the test lets it go."""

import asyncio
import threading

import pytest

from hardware import wire_thread
from hardware.wire_thread import Turn, WireStuck, WireThread

PATIENCE_S = 30


@pytest.fixture
async def wire(monkeypatch):
    monkeypatch.setattr(wire_thread, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(wire_thread, "CLOSE_WITHIN", 0.05)
    made = WireThread("wire under test")
    made.enter()
    yield made
    if made.in_use:
        await made.leave()


class Gate:
    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def hold(self):
        self.reached.set()
        assert self.go.wait(PATIENCE_S)
        return "held"


async def until(true):
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  nothing tells us
            await asyncio.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "wire under test"]


async def test_results_and_errors_come_back_from_one_thread(wire):
    assert await wire.call(threading.get_ident, 9) == await wire.call(threading.get_ident, 9) != threading.get_ident()
    with pytest.raises(ValueError, match="wrong"):
        await wire.call(lambda: int("wrong"), 9)


async def test_what_must_happen_goes_first_then_commands_then_polls(wire):
    gate, order = Gate(), []
    held = wire.submit(gate.hold, 9)
    await until(gate.reached.is_set)
    last = [wire.submit(lambda turn=turn: order.append(turn), 9, turn) for turn in (Turn.POLL, Turn.COMMAND, Turn.MUST)]
    gate.go.set()
    await asyncio.gather(*map(asyncio.wrap_future, [held, *last]))
    assert order == [Turn.MUST, Turn.COMMAND, Turn.POLL]


async def test_a_call_that_is_cancelled_before_its_turn_is_not_done(wire):
    gate, done = Gate(), []
    held = wire.submit(gate.hold, 9)
    await until(gate.reached.is_set)
    for turn in (Turn.POLL, Turn.COMMAND, Turn.MUST):
        waiting = asyncio.create_task(wire.call(lambda turn=turn: done.append(turn), 9, turn))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    gate.go.set()
    await asyncio.wrap_future(held)
    await wire.call(lambda: None, 9)
    assert done == [Turn.MUST], "what must happen does, whoever has gone away"


async def test_a_call_that_hangs_is_given_up_with_all_behind_it_and_nothing_more_is_queued(wire):
    gate, done = Gate(), []
    calls = [wire.call(gate.hold, 0.05), *(wire.call(lambda: done.append("behind"), 9) for _ in range(3))]
    assert {type(each) for each in await asyncio.gather(*calls, return_exceptions=True)} == {WireStuck}
    must = wire.submit(lambda: done.append("must"), 9, Turn.MUST)
    for _ in range(100):
        with pytest.raises(WireStuck):
            await wire.call(lambda: done.append("late"), 9)
    assert len(wire._waiting) == 1
    assert must.exception() is not None, "nobody waits for what may never be"
    gate.go.set()
    await until(lambda: done)
    assert await wire.call(lambda: 5, 9) == 5, "it is back"
    assert done == ["must"]


async def test_the_thread_ends_with_the_last_user_and_a_call_after_that_is_refused(wire):
    wire.enter()
    await wire.leave()
    assert await wire.call(lambda: 5, 9) == 5
    let_go = []
    await wire.leave(lambda: let_go.append(threading.current_thread().name))
    assert let_go == ["wire under test"]
    await until(lambda: not threads())
    for turn in Turn:
        with pytest.raises(WireStuck, match="let go"):
            await wire.call(lambda: 5, 9, turn)
    wire.enter()
    assert await wire.call(lambda: 5, 9) == 5


async def test_a_thread_that_hangs_is_left_behind_and_taken_over_again(wire):
    gate = Gate()
    held = asyncio.create_task(wire.call(gate.hold, 0.05))
    await wire.leave()
    await asyncio.gather(held, return_exceptions=True)
    before = len(threads())
    for _ in range(5):
        wire.enter()
        with pytest.raises(WireStuck):
            await wire.call(lambda: 5, 9)
        await wire.leave()
    assert len(threads()) == before, "two threads would be two owners of one wire"
    wire.enter()
    gate.go.set()
    await until(lambda: not wire._hangs)
    assert await wire.call(lambda: 5, 9) == 5
