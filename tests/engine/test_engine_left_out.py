"""A compartment that the site file names no more: nothing of it is lost, and the audit finds nothing wrong."""

import asyncio
import contextlib

import pytest
from engine_bench import DOORS, EngineBench
from virtual import VirtualClock, virtually

from locker.core.messages.commands import StaffOpen
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Policy, Seen
from locker.journal.audit import audit
from locker.journal.store import Journal
from locker.startup import open_engine


async def life(folder, doors, steps=None):
    """One life of the daemon with these doors, all seen shut; its engine is gone when it returns."""
    journal = Journal(folder, threads=False)
    engine, _ = open_engine(journal, VirtualClock(), Policy(), doors, lambda _: None)
    actor = asyncio.create_task(engine.run())
    engine.observe(Begun("test"))
    engine.observe(SwitchesSeen({door.id: Seen.SHUT for door in doors}))
    await engine.heartbeat()
    if steps is not None:
        await steps(engine)
    actor.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await actor
    audit(journal.db)
    journal.close()
    return engine.site


async def left_with(folder, what):
    """A cabinet whose A1 is as told when it is taken out of the file."""
    bench = await EngineBench(folder).start()
    if what == "a parcel":
        await bench.stored()
    elif what in {"a visit", "a grace"}:
        told = await bench.stored()
        await bench.collect(told.parcel)
        if what == "a grace":
            await bench.open_and_shut("A1")
    elif what == "a staff order":
        await bench.engine.ask(StaffOpen(by="s", order="s1", compartment="A1", reason="x"))
    assert bench.use("A1") in {"free", "loaded", "emptying"}
    await bench.kill()


@pytest.mark.parametrize("what", ["nothing", "a parcel", "a visit", "a grace", "a staff order"])
def test_the_audit_stays_true_while_a_compartment_is_out_of_the_file_and_when_it_is_back(tmp_path, what):
    async def whole():
        await left_with(tmp_path, what)
        less = DOORS[1:]
        for doors in (less, less, DOORS, less[:1], DOORS):
            site = await life(tmp_path, doors)
        assert set(site.compartments) == {door.id for door in DOORS}

    virtually(whole)


@pytest.mark.parametrize("what", ["a parcel", "a visit", "a grace"])
def test_with_a_parcel_or_a_visit_it_is_kept_for_people_to_decide(tmp_path, what):
    async def whole():
        await left_with(tmp_path, what)
        site = await life(tmp_path, DOORS[1:])
        assert site.compartments["A1"].seen is Seen.UNSEEN
        assert site.compartments["A1"].use.value != "free"

    virtually(whole)


def test_empty_and_idle_it_is_gone(tmp_path):
    async def whole():
        await left_with(tmp_path, "nothing")
        assert "A1" not in (await life(tmp_path, DOORS[1:])).compartments

    virtually(whole)
