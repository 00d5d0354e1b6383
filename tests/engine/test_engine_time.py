"""Time that rules may trust: it never runs backward, and a jump is believed only when the clock is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from engine_bench import in_virtual_time, walk_in_virtual_time
from virtual import BEGIN

from locker.core.messages.command import Once
from locker.core.messages.commands import Reopen, StaffOpen
from locker.journal.signs_of_life import SIGN_EVERY


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
    await asyncio.sleep(1)
    told = await bench.stored()
    bench.clock.jump(73 * 3600)
    await bench.quiet()
    assert not bench.engine.site.parcels[told.parcel].overdue
    await asyncio.sleep(72 * 3600 + 31)
    assert bench.engine.site.parcels[told.parcel].overdue


@in_virtual_time
async def test_free_time_does_not_go_on_while_the_power_is_out(bench):
    told = await bench.stored()
    await asyncio.sleep(3600)
    await bench.kill()
    bench.clock.jump(73 * 3600)
    await bench.start()
    await bench.quiet()
    await asyncio.sleep(31)
    parcel = bench.engine.site.parcels[told.parcel]
    assert not parcel.overdue
    left = parcel.deadline - bench.engine.now()
    assert timedelta(hours=71) - timedelta(minutes=1) <= left <= timedelta(hours=71) + SIGN_EVERY


@in_virtual_time
async def test_a_restart_after_a_quiet_night_gives_no_time(bench):
    told = await bench.stored()
    before = bench.engine.site.parcels[told.parcel].deadline
    await asyncio.sleep(8 * 3600)
    await bench.restart()
    await bench.quiet()
    assert bench.engine.site.parcels[told.parcel].deadline == before


@in_virtual_time
async def test_free_time_does_not_go_on_while_the_cabinet_is_sealed(bench):
    told = await bench.stored()
    before = bench.engine.site.parcels[told.parcel].deadline
    full = ["full"]
    bench.engine.seal("full", until=lambda: full[0] if full else None)
    await asyncio.sleep(5 * 3600)
    full.clear()
    await asyncio.sleep(31)
    after = bench.engine.site.parcels[told.parcel].deadline
    assert timedelta(hours=5) <= after - before < timedelta(hours=5, seconds=31)
    assert bench.rows("select count(*) from event where kind = 'DeadlineShifted'") == [(1,)]


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


DAY = 24 * 3600
YEAR = 365 * DAY


async def live(bench, days):
    """Days of a running locker, an event every four hours and a restart every night."""
    for _ in range(days):
        for _ in range(6):
            await asyncio.sleep(4 * 3600)
            await bench.engine.note("x", "", "y")
        await bench.restart()


@in_virtual_time
async def test_a_deposit_before_the_clock_is_set_has_its_whole_free_time(bench):
    """Five days without power, no battery for the clock: at the start it goes on from the last event."""
    await bench.stored()
    await bench.kill()
    bench.clock.jump(5 * DAY)
    bench.clock.believed = False
    await bench.start()
    await asyncio.sleep(1)
    told = await bench.stored()
    stored_at = bench.clock.now()
    await asyncio.sleep(600)
    bench.clock.believed = True
    await asyncio.sleep(31)
    parcel = bench.engine.site.parcels[told.parcel]
    assert not parcel.overdue
    assert abs(parcel.deadline - (stored_at + timedelta(hours=72))) < timedelta(seconds=2)
    await bench.restart()
    assert bench.engine.site.parcels[told.parcel].deadline == parcel.deadline, "the tables say so too"


@in_virtual_time
async def test_the_dark_days_are_not_counted_where_the_clock_is_put_right_only_later(bench):
    told = await bench.stored()
    before = bench.engine.site.parcels[told.parcel].deadline
    await bench.kill()
    bench.clock.jump(5 * DAY)
    bench.clock.believed = False
    await bench.start()
    await asyncio.sleep(60)
    bench.clock.believed = True
    await asyncio.sleep(62)
    parcel = bench.engine.site.parcels[told.parcel]
    assert not parcel.overdue
    assert abs(parcel.deadline - before - timedelta(days=5)) < timedelta(minutes=3)


@in_virtual_time
async def test_a_repeated_key_is_answered_and_moves_nothing_also_after_a_jump_of_more_than_a_day(bench):
    def order():
        once = Once("token:t k1", "body")
        return StaffOpen(by="token:t", once=once, order=bench.engine.new_id("s"), compartment="A1", reason="look")

    await asyncio.sleep(1)
    await bench.engine.ask(order())
    await bench.see(A1="open")
    await bench.see(A1="shut")
    bench.clock.jump(25 * 3600)
    await asyncio.sleep(3)
    await bench.engine.ask(order())
    assert [door for door, _ in bench.pulses] == ["A1"]
    await bench.restart()
    await bench.engine.ask(order())
    assert [door for door, _ in bench.pulses] == ["A1"], "the table was moved as well"


@in_virtual_time
async def test_a_courier_may_reopen_after_a_jump_for_as_long_as_before(bench):
    await asyncio.sleep(1)
    told = await bench.stored()
    await asyncio.sleep(6)
    bench.clock.jump(3600)
    await bench.quiet()
    await bench.engine.ask(Reopen(by="token:t", parcel=told.parcel))


@pytest.mark.parametrize("nights", [False, True], ids=["running", "restarted every night"])
def test_a_clock_that_was_hours_ahead_is_caught_up_with_and_no_event_runs_backward(tmp_path, nights):
    """A battery-backed clock held local time; the network corrects it."""

    async def walk(bench):
        bench.clock.jump(8 * 3600)
        await bench.quiet()
        await bench.stored()
        assert bench.engine.now() - bench.clock.now() < timedelta(seconds=2), "believed, while nobody knew better"
        bench.clock.jump(-8 * 3600)
        await (live(bench, 2) if nights else asyncio.sleep(2 * DAY))
        assert abs(bench.engine.now() - bench.clock.now()) < timedelta(seconds=3)
        times = [at for (at,) in bench.rows("select at from event order by seq")]
        assert times == sorted(times)

    walk_in_virtual_time(tmp_path, walk)


@in_virtual_time
async def test_at_a_door_time_runs_at_full_pace_though_the_clock_is_ahead(bench):
    bench.clock.jump(-8 * 3600)
    await bench.quiet()
    told = await bench.deposit()
    await bench.see(**{told.compartment: "open"})
    await asyncio.sleep(119)
    assert bench.use(told.compartment) == "filling"
    await asyncio.sleep(2)
    assert bench.use(told.compartment) == "check"


@in_virtual_time
async def test_nine_years_are_not_believed_until_a_person_accepts_them(bench):
    bench.clock.jump(9 * YEAR)
    await asyncio.sleep(DAY)
    await bench.restart()
    assert bench.clock.now() - bench.engine.now() > timedelta(days=9 * 365 - 1)
    assert "ClockJumped" not in bench.kinds()
    assert bench.engine.clock_disbelieved
    assert await bench.engine.accept_wall_clock("staff:chen") == pytest.approx(9 * YEAR, abs=2 * DAY)
    assert abs(bench.engine.now() - bench.clock.now()) < timedelta(seconds=2)


@in_virtual_time
async def test_a_person_may_set_a_clock_back_and_what_the_wrong_one_wrote_moves_along(bench):
    bench.clock.jump(300 * DAY)
    await bench.quiet()
    told = await bench.stored()
    await bench.restart()
    bench.clock.jump(-300 * DAY)
    await bench.quiet()
    moved = await bench.engine.accept_wall_clock("staff:chen")
    assert moved == pytest.approx(-300 * DAY, abs=5)
    assert abs(bench.engine.now() - bench.clock.now()) < timedelta(seconds=2)
    parcel = bench.engine.site.parcels[told.parcel]
    assert abs(parcel.deadline - bench.clock.now() - timedelta(hours=72)) < timedelta(minutes=1)
    assert bench.rows("select by from event where kind = 'ClockJumped' order by seq desc")[0] == ("staff:chen",)
    await asyncio.sleep(73 * 3600)
    assert bench.engine.site.parcels[told.parcel].overdue


@in_virtual_time
async def test_the_year_1970_is_never_synchronised_and_the_first_jump_out_of_it_is_believed(bench):
    await bench.kill()
    for name in ("locker.db", "locker.db-wal", "locker.db-shm"):
        (bench.folder / name).unlink(missing_ok=True)
    (bench.folder / "key").unlink()
    years = datetime(1970, 1, 2, tzinfo=UTC) - bench.clock.now()
    bench.clock.jump(years.total_seconds())
    await bench.start()
    assert not bench.time.synced(), "whatever a clock chip without a battery says"
    bench.clock.jump(-years.total_seconds())
    await asyncio.sleep(31)
    assert abs(bench.engine.now() - bench.clock.now()) < timedelta(seconds=2)
