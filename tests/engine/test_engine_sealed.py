"""Cannot write means cannot open: full and read-only disks seal the engine, and it heals by itself."""

import asyncio

import pytest
from engine_bench import EngineBench, in_virtual_time, refused
from virtual import virtually

from locker.core.messages.observations import PulseFailed, SwitchesSeen
from locker.core.model import Seen

KINDS = ["full", "read-only"]


async def hinder(bench, kind):
    if kind == "full":
        await bench.fill_disk()
    else:
        bench.journal.db.execute("pragma query_only = on")


def heal(bench):
    bench.free_disk()
    bench.journal.db.execute("pragma query_only = off")


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_cannot_be_written_opens_nothing_and_loses_nothing(tmp_path, kind):
    async def walk():
        bench = await EngineBench(tmp_path).start()
        told = await bench.stored()
        await hinder(bench, kind)
        site, pulses = bench.engine.site, list(bench.pulses)
        assert await refused(bench.collect(told.parcel)) == "sealed"
        assert await refused(bench.deposit()) == "sealed"
        assert await refused(bench.engine.note("x", "y", "z")) == "sealed"
        assert bench.engine.sealed
        assert (bench.engine.site, bench.pulses) == (site, pulses)
        await bench.engine.heartbeat()
        heal(bench)
        await asyncio.sleep(6)
        assert bench.engine.sealed is None
        await bench.collect(told.parcel)
        await bench.kill()

    virtually(walk)


@in_virtual_time
async def test_what_was_seen_while_sealed_is_recorded_in_order_afterwards(bench):
    told = await bench.deposit()
    await hinder(bench, "read-only")
    assert bench.use(told.compartment) == "filling"
    await bench.see(**{told.compartment: "open"})
    assert bench.engine.sealed
    await bench.see(**{told.compartment: "shut"})
    await bench.see(A4="open")
    assert bench.use(told.compartment) == "filling"
    heal(bench)
    await asyncio.sleep(6)
    assert bench.use(told.compartment) == "loaded"
    assert bench.use("A4") == "check"
    kinds = bench.kinds()
    assert kinds.index("DoorOpened") < kinds.index("DoorShut") < kinds.index("DoorForced")


@in_virtual_time
async def test_no_deadline_overtakes_what_was_seen_before_it(bench):
    told = await bench.deposit()
    await hinder(bench, "read-only")
    assert bench.use(told.compartment) == "filling"
    await bench.see(**{told.compartment: "open"})
    await bench.see(**{told.compartment: "shut"})
    await asyncio.sleep(60)
    heal(bench)
    await refused(bench.collect("nobody"))
    await asyncio.sleep(6)
    assert "LockFault" not in bench.kinds()
    assert bench.use(told.compartment) == "loaded"


@in_virtual_time
async def test_it_heals_also_when_people_never_stop_asking(bench):
    await bench.fill_disk()
    await bench.see(A4="open")
    assert bench.engine.sealed
    bench.free_disk()
    for _ in range(30):
        await asyncio.sleep(1)
        if bench.engine.sealed is None:
            break
        await refused(bench.deposit())
    assert bench.engine.sealed is None
    assert bench.use("A4") == "check"


@in_virtual_time
async def test_a_disk_still_full_keeps_it_sealed_and_keeps_what_was_seen(bench):
    await bench.fill_disk()
    await bench.see(A4="open")
    await asyncio.sleep(60)
    assert bench.engine.sealed
    await bench.see(A3="open")
    bench.free_disk()
    await asyncio.sleep(6)
    assert (bench.use("A3"), bench.use("A4")) == ("check", "check")


@in_virtual_time
async def test_a_wrong_code_is_not_refused_before_it_is_counted(bench):
    await bench.fill_disk()
    assert await refused(bench.collect("nobody")) == "sealed"


@in_virtual_time
async def test_a_pulse_that_failed_while_sealed_is_not_forgotten(bench):
    told = await bench.deposit()
    await hinder(bench, "read-only")
    bench.engine.observe(PulseFailed(told.compartment, "no answer"))
    bench.engine.observe(SwitchesSeen({told.compartment: Seen.UNSEEN}))
    await bench.quiet()
    heal(bench)
    await asyncio.sleep(6)
    assert bench.kinds()[-2:] == ["PulseLost", "DoorsUnseen"]
