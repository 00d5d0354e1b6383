"""World time: scaled, advanced, and the same for timers and clock."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import timedelta

import pytest

from simulator.world.world_time import StepLength, WorldClock, WorldLoop, WorldPace, advance, settle


def run(work, speed=1.0):
    pace = WorldPace(speed)
    with asyncio.Runner(loop_factory=lambda: WorldLoop(pace)) as runner:
        return runner.run(work(pace))


async def settled():
    await settle(lambda: asyncio.sleep(0))


def test_a_sleep_is_in_world_seconds():
    async def work(pace):
        clock = WorldClock(pace)
        before, real = clock.now(), time.monotonic()
        await asyncio.sleep(10)
        return clock.now() - before, time.monotonic() - real

    passed, real = run(work, speed=50)
    assert passed >= timedelta(seconds=10)
    assert 0.19 < real < 5


def test_advancing_moves_wall_and_monotonic_and_the_loop_together():
    async def work(pace):
        loop, clock = asyncio.get_running_loop(), WorldClock(pace)
        wall, mono, timer = clock.now(), clock.monotonic(), loop.time()
        await advance(pace, 3600, settled)
        return (clock.now() - wall).total_seconds(), clock.monotonic() - mono, loop.time() - timer

    for passed in run(work):
        assert 3600 <= passed < 3610


def test_things_seconds_apart_happen_seconds_apart():
    """A pulse every five seconds stays a pulse every five seconds, whatever is advanced over."""

    async def work(pace):
        loop, seen = asyncio.get_running_loop(), []

        async def pulses():
            for _ in range(4):
                seen.append(loop.time())
                await asyncio.sleep(5)

        task = asyncio.create_task(pulses())
        await advance(pace, 60, settled)
        await task
        return seen

    seen = run(work)
    assert len(seen) == 4
    for before, after in itertools.pairwise(seen):
        assert 5 <= after - before < 7


def test_a_chain_of_short_waits_is_walked_through():
    async def work(pace):
        done = []

        async def chain():
            for step in range(10):
                await asyncio.sleep(0.3)
                done.append(step)

        task = asyncio.create_task(chain())
        await advance(pace, 20, settled)
        assert task.done()
        return done

    assert run(work) == list(range(10))


@pytest.mark.parametrize(("seconds", "most"), [(60, 80), (72 * 3600, 260)])
def test_advancing_takes_few_steps(seconds, most):
    """Each step costs some milliseconds: a minute is well under two seconds, three days are a few."""

    async def work(pace):
        steps = []

        async def counted():
            steps.append(pace.elapsed())
            await settled()

        await advance(pace, seconds, counted)
        return steps

    assert 40 < len(run(work)) <= most


def test_work_in_threads_is_finished_within_a_step():
    async def work(pace):
        async def chain():
            for _ in range(10):
                await asyncio.sleep(1)
                await asyncio.to_thread(time.sleep, 0.02)
            return pace.elapsed()

        began = pace.elapsed()
        task = asyncio.create_task(chain())
        await advance(pace, 3600, settled)
        return await task - began

    assert 10 <= run(work) < 16


def test_a_jump_moves_the_wall_clock_alone():
    async def work(pace):
        clock = WorldClock(pace)
        wall, mono = clock.now(), clock.monotonic()
        clock.jump(-86400)
        return (clock.now() - wall).total_seconds(), clock.monotonic() - mono

    wall, mono = run(work)
    assert -86400 <= wall < -86390
    assert 0 <= mono < 10


def test_time_only_goes_forward_when_the_speed_changes():
    pace = WorldPace(50)
    before = pace.elapsed()
    pace.speed = 0.1
    after = pace.elapsed()
    assert before <= after < before + 60


def test_what_begins_late_in_a_long_walk_is_walked_through_as_finely():
    """Somebody comes after two hours: the pulse keeps its length, and what follows in seconds follows in seconds."""

    async def work(pace):
        loop, changes, coils_on, seen = asyncio.get_running_loop(), [], [], []

        async def visit():
            await asyncio.sleep(7200)
            changes.append("on")
            coils_on.append(True)
            seen.append(loop.time())
            await asyncio.sleep(0.4)
            coils_on.clear()
            changes.append("off")
            seen.append(loop.time())
            await asyncio.sleep(5)
            seen.append(loop.time())

        task = asyncio.create_task(visit())
        await advance(pace, 3 * 3600, settled, StepLength(lambda: len(changes), lambda: bool(coils_on)))
        await task
        return seen

    on, off, later = run(work)
    assert 0.4 <= off - on < 0.5
    assert 5 <= later - off < 5.5
