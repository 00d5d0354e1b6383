"""Durable first, then the answer, then the coil; one message after another; what is due comes before what is asked."""

import asyncio
import json

import pytest
from engine_bench import EngineBench, in_virtual_time, refused
from virtual import virtually

from locker.core.messages.commands import DepositAnswer
from locker.core.messages.observations import SwitchesSeen
from locker.core.model import Seen
from locker.journal.store import JournalBroken
from locker.subscription import BACKLOG


@in_virtual_time
async def test_nothing_is_answered_shown_or_moved_before_it_is_durable(bench):
    bench.journal.slow = 1.0
    asked = asyncio.create_task(bench.deposit())
    await asyncio.sleep(0.9)
    assert not asked.done()
    assert not bench.pulses
    assert not bench.engine.site.parcels
    assert bench.rows("select count(*) from parcel") == [(0,)]
    await asyncio.sleep(0.2)
    assert asked.result().state == "depositing"
    assert [door for door, _ in bench.pulses] == [asked.result().compartment]
    assert bench.rows("select count(*) from parcel") == [(1,)]


@in_virtual_time
async def test_every_pulse_has_its_order_on_the_disk_first(bench):
    seen = []

    def look(door):
        ((data,),) = bench.rows("select data from event where kind = 'UnlockOrdered' order by seq desc limit 1")
        seen.append((door, json.loads(data)["compartment"]))

    bench.on_pulse = look
    told = await bench.stored()
    await bench.collect(told.parcel)
    await asyncio.sleep(12)
    assert len(seen) == 4
    assert all(door == ordered for door, ordered in seen)
    assert bench.kinds().count("UnlockOrdered") == 4


@in_virtual_time
async def test_pulses_of_a_visit_come_five_seconds_apart_and_end_after_three(bench):
    told = await bench.deposit()
    await asyncio.sleep(34.9)
    times = [at for door, at in bench.pulses if door == told.compartment]
    assert [round(at - times[0], 2) for at in times] == [0, 5, 10]
    assert bench.use(told.compartment) == "filling"
    await asyncio.sleep(5.2)
    assert bench.use(told.compartment) == "retired"


@in_virtual_time
async def test_what_is_due_happens_before_what_is_asked(bench):
    told = await bench.stored()
    await bench.collect(told.parcel)
    await bench.open_and_shut(told.compartment)
    bench.clock.stall(61)
    assert await refused(bench.collect(told.parcel)) == "unknown-code"
    assert bench.use(told.compartment) == "free"


@in_virtual_time
async def test_a_door_seen_shut_in_time_is_not_left_open_because_nobody_had_a_turn(bench):
    told = await bench.deposit()
    await bench.see(**{told.compartment: "open"})
    bench.clock.stall(119)
    await bench.see(**{told.compartment: "shut"})
    assert bench.use(told.compartment) == "loaded"


@in_virtual_time
async def test_a_heartbeat_returns_when_all_that_was_said_before_is_done(bench):
    bench.journal.slow = 1.0
    bench.engine.observe(SwitchesSeen({"A1": Seen.OPEN}))
    await bench.engine.heartbeat()
    assert bench.use("A1") == "check"


@in_virtual_time
async def test_a_heartbeat_waits_for_what_a_thread_said_before(bench):
    bench.journal.slow = 1.0
    await asyncio.to_thread(bench.engine.observe, SwitchesSeen({"A1": Seen.OPEN}))
    await bench.engine.heartbeat()
    assert bench.use("A1") == "check"


@in_virtual_time
async def test_a_heartbeat_writes_nothing(bench):
    before = bench.rows("select max(seq) from event")
    await bench.engine.heartbeat()
    await asyncio.sleep(3600)
    await bench.engine.heartbeat()
    assert bench.rows("select max(seq) from event") == before


@in_virtual_time
async def test_eight_couriers_at_once_never_get_the_same_door(bench):
    told = await asyncio.gather(*(bench.deposit() for _ in range(8)), return_exceptions=True)
    doors = [one.compartment for one in told if isinstance(one, DepositAnswer)]
    assert sorted(doors) == ["A1", "A2", "A3", "A4"]
    assert [one.reason.value for one in told if not isinstance(one, DepositAnswer)] == ["no-space"] * 4


@in_virtual_time
async def test_who_gave_up_waiting_is_not_answered_and_stops_nobody(bench):
    bench.journal.slow = 1.0
    asked = asyncio.create_task(bench.deposit())
    await asyncio.sleep(0.5)
    asked.cancel()
    told = await bench.deposit()
    assert told.state == "depositing"


@in_virtual_time
async def test_followers_hear_every_event_in_order_once_it_is_durable(bench):
    async with bench.engine.follow() as events:
        told = await bench.stored()
        heard = [await anext(events) for _ in range(5)]
    assert [one.kind for one in heard] == ["DepositStarted", "UnlockOrdered", "DoorOpened", "DoorShut", "ParcelStored"]
    assert [one.seq for one in heard] == list(range(heard[0].seq, heard[0].seq + 5))
    assert heard[0].body()["parcel"] == told.parcel
    assert (heard[0].by, heard[2].by) == ("token:t", "cabinet")


@in_virtual_time
async def test_a_follower_that_falls_far_behind_is_cut_off_and_told_so(bench):
    async with bench.engine.follow() as events:
        for _ in range(BACKLOG + 5):
            await bench.engine.note("tried", "x", "staff:t")
        heard = [one async for one in events]
    assert len(heard) == BACKLOG
    assert events.cut


@in_virtual_time
async def test_a_note_is_recorded_with_who_made_it(bench):
    await bench.engine.note("token created", "shop", "staff:anna")
    ((kind, by, data),) = bench.rows("select kind, by, data from event order by seq desc limit 1")
    assert (kind, by, json.loads(data)) == (
        "Noted",
        "staff:anna",
        {"what": "token created", "about": "shop", "reason": ""},
    )


def test_a_disk_that_fails_ends_the_engine_and_moves_nothing(tmp_path):
    async def walk():
        bench = await EngineBench(tmp_path).start()
        pulses = list(bench.pulses)
        bench.journal.db.execute("drop table compartment")
        asked = asyncio.create_task(bench.deposit())
        with pytest.raises(JournalBroken):
            await bench.actor
        assert bench.pulses == pulses
        asked.cancel()
        bench.journal.close()

    virtually(walk)
