"""Time that rules may trust: it never runs backward, and a jump is believed only when the clock is."""

import asyncio
from datetime import timedelta

from engine_bench import in_virtual_time
from virtual import BEGIN


@in_virtual_time
async def test_a_believed_jump_forward_is_recorded_and_visits_keep_their_time(bench):
    told = await bench.deposit()
    await bench.see(**{told.compartment: "open"})
    before = bench.engine.now()
    bench.clock.jump(3600)
    await bench.quiet()
    assert bench.engine.now() - before >= timedelta(seconds=3599)
    assert "ClockJumped" in bench.kinds()
    await asyncio.sleep(119)
    assert bench.use(told.compartment) == "filling"
    await asyncio.sleep(2)
    assert bench.use(told.compartment) == "check"


@in_virtual_time
async def test_a_jump_that_is_not_believed_moves_nothing_until_it_is(bench):
    bench.clock.believed = False
    before = bench.engine.now()
    bench.clock.jump(30 * 24 * 3600)
    await asyncio.sleep(60)
    assert bench.engine.now() - before == timedelta(seconds=60)
    bench.clock.believed = True
    await asyncio.sleep(31)
    assert bench.engine.now() - before > timedelta(days=30)


@in_virtual_time
async def test_time_never_runs_backward(bench):
    await bench.stored()
    before = bench.engine.now()
    bench.clock.jump(-24 * 3600)
    await bench.quiet()
    await bench.stored()
    assert bench.engine.now() >= before
    times = [at for (at,) in bench.rows("select at from event order by seq")]
    assert times == sorted(times)


@in_virtual_time
async def test_a_start_in_the_past_goes_on_from_the_last_event(bench):
    await bench.stored()
    last = bench.engine.now()
    await bench.kill()
    bench.clock.believed = False
    bench.clock.jump(-10 * 365 * 24 * 3600)
    await bench.start()
    assert last <= bench.engine.now() < last + timedelta(minutes=1)
    times = [at for (at,) in bench.rows("select at from event order by seq")]
    assert times == sorted(times)


@in_virtual_time
async def test_expiry_waits_until_the_clock_is_believed(bench):
    told = await bench.stored()
    bench.clock.believed = False
    await asyncio.sleep(73 * 3600)
    assert not bench.engine.site.parcels[told.parcel].overdue
    bench.clock.believed = True
    await asyncio.sleep(31)
    assert bench.engine.site.parcels[told.parcel].overdue


@in_virtual_time
async def test_free_time_counts_what_passed_and_not_a_jump(bench):
    told = await bench.stored()
    bench.clock.jump(73 * 3600)
    await bench.quiet()
    assert not bench.engine.site.parcels[told.parcel].overdue
    await asyncio.sleep(72 * 3600 + 31)
    assert bench.engine.site.parcels[told.parcel].overdue


@in_virtual_time
async def test_free_time_went_on_while_the_power_was_out(bench):
    told = await bench.stored()
    await bench.kill()
    bench.clock.jump(73 * 3600)
    await bench.start()
    await bench.quiet()
    await asyncio.sleep(31)
    assert bench.engine.site.parcels[told.parcel].overdue


@in_virtual_time
async def test_small_corrections_of_the_clock_are_no_jumps(bench):
    bench.clock.jump(1)
    await asyncio.sleep(31)
    assert "ClockJumped" not in bench.kinds()


@in_virtual_time
async def test_throttling_outlives_a_restart_and_a_jump(bench):
    from engine_bench import refused

    for _ in range(10):
        assert await refused(bench.collect("nobody")) == "unknown-code"
        await asyncio.sleep(1)
    assert await refused(bench.collect("nobody")) == "second-needed"
    bench.clock.jump(7 * 24 * 3600)
    await bench.quiet()
    assert await refused(bench.collect("nobody")) == "second-needed"
    await bench.restart()
    assert await refused(bench.collect("nobody")) == "second-needed"


@in_virtual_time
async def test_events_bear_whole_milliseconds_in_utc(bench):
    ((at,),) = bench.rows("select at from event limit 1")
    assert at.endswith("Z")
    assert len(at) == len("2026-03-01T08:00:00.000Z")
    assert at.startswith(BEGIN.date().isoformat())
