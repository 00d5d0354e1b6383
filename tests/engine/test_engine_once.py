"""A repeated key gets the first answer and moves nothing: during the first, after it, after a restart, for a day."""

import asyncio

from engine_bench import in_virtual_time, refused

from locker.core.messages.command import Once
from locker.core.messages.commands import Retire

KEY = Once("token t key 1", "body 1")


@in_virtual_time
async def test_a_repeat_gets_the_first_answer_and_moves_nothing(bench):
    first = await bench.deposit(KEY)
    pulses, events = list(bench.pulses), len(bench.kinds())
    assert await bench.deposit(KEY) == first
    assert (bench.pulses, len(bench.kinds())) == (pulses, events)


@in_virtual_time
async def test_a_repeat_during_the_first_waits_for_it(bench):
    bench.journal.slow = 1.0
    first = asyncio.create_task(bench.deposit(KEY))
    await asyncio.sleep(0.5)
    again = asyncio.create_task(bench.deposit(KEY))
    await asyncio.sleep(0.4)
    assert not again.done()
    assert await again == await first
    assert len(bench.engine.site.parcels) == 1


@in_virtual_time
async def test_the_first_answer_is_given_even_when_things_have_moved_on(bench):
    first = await bench.deposit(KEY)
    await bench.open_and_shut(first.compartment)
    assert (await bench.deposit(KEY)).state == "depositing"


@in_virtual_time
async def test_the_same_key_with_another_body_is_key_reused(bench):
    await bench.deposit(KEY)
    assert await refused(bench.deposit(Once(KEY.key, "body 2"))) == "key-reused"
    assert len(bench.engine.site.parcels) == 1


@in_virtual_time
async def test_a_refusal_is_not_kept(bench):
    assert await refused(bench.deposit(KEY, damaged=True)) == "damaged"
    assert (await bench.deposit(KEY)).state == "depositing"


@in_virtual_time
async def test_a_repeated_pickup_is_the_same_even_with_no_event_of_its_own(bench):
    told = await bench.stored()
    first = await bench.collect(told.parcel)
    assert await bench.collect(told.parcel, KEY) == first
    await bench.open_and_shut(told.compartment)
    await asyncio.sleep(61)
    assert await bench.collect(told.parcel, KEY) == first, "kept, though nothing was recorded"
    assert await refused(bench.collect(told.parcel)) == "unknown-code"


@in_virtual_time
async def test_an_answer_outlives_a_restart(bench):
    told = await bench.stored()
    opened = await bench.collect(told.parcel, KEY)
    staff = Once("token t key 2", "body")
    shown = await bench.engine.ask(Retire(by="staff:t", compartment="A4", reason="x", once=staff))
    await bench.restart()
    pulses = len(bench.pulses)
    assert await bench.collect(told.parcel, KEY) == opened
    assert await bench.engine.ask(Retire(by="staff:t", compartment="A4", reason="x", once=staff)) == shown
    assert len(bench.pulses) == pulses


@in_virtual_time
async def test_an_answer_is_kept_for_a_day_and_then_forgotten_on_the_disk_too(bench):
    first = await bench.deposit(KEY)
    await bench.open_and_shut(first.compartment)
    await asyncio.sleep(24 * 3600 - 60)
    assert await bench.deposit(KEY) == first
    await asyncio.sleep(2 * 3600)
    assert bench.rows("select count(*) from answer") == [(0,)]
    assert (await bench.deposit(KEY)).parcel != first.parcel


@in_virtual_time
async def test_old_answers_are_gone_after_a_restart_a_day_later(bench):
    await bench.deposit(KEY)
    await bench.kill()
    await asyncio.sleep(25 * 3600)
    await bench.start()
    await asyncio.sleep(3600)
    assert bench.rows("select count(*) from answer") == [(0,)]


@in_virtual_time
async def test_a_sealed_engine_still_gives_kept_answers(bench):
    first = await bench.deposit(KEY)
    bench.engine.seal("the disk is full")
    assert await bench.deposit(KEY) == first


@in_virtual_time
async def test_while_sealed_a_repeat_with_another_body_is_sealed_not_reused(bench):
    """Without the key every body looks like another one."""
    first = await bench.deposit(KEY)
    bench.engine.seal("no key", until=lambda: "no key")
    assert await bench.deposit(KEY) == first
    assert await refused(bench.deposit(Once(KEY.key, "body 2"))) == "sealed"
