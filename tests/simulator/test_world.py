"""What doors, coils, latches and switches do, and that it is on the disk."""

from __future__ import annotations

import asyncio
import json

import pytest

from simulator.world.door import DoorFault, NotPossible
from simulator.world.world import WireFault
from simulator.world.world_store import WorldInUse, WorldStore, WorldStoreBroken
from simulator.world.world_time import WorldLoop, WorldPace


@pytest.fixture
def run_piece(bench):
    """Run a piece in world time."""

    def run(piece):
        pace = WorldPace(50)
        with asyncio.Runner(loop_factory=lambda: WorldLoop(pace)) as runner:

            async def begin():
                bench.open(asyncio.get_running_loop(), pace)
                await piece(bench.world)

            runner.run(begin())

    return run


async def pulse(world, door, seconds=0.4):
    world.energise(door)
    await asyncio.sleep(seconds)
    world.de_energise(door)


def test_a_door_whose_coil_fires_springs_ajar(run_piece):
    async def piece(world):
        assert world.state()["A1"] == {"open": False, "latched": True, "coil": False, "load": None}
        world.energise("A1")
        assert world.state()["A1"]["coil"] is True
        await asyncio.sleep(0.4)
        world.de_energise("A1")
        assert world.state()["A1"] == {"open": True, "latched": False, "coil": False, "load": None}
        assert world.state()["A2"]["open"] is False

    run_piece(piece)


def test_a_pulse_too_short_moves_nothing(run_piece):
    async def piece(world):
        world.energise("A1")
        world.de_energise("A1")
        await asyncio.sleep(1)
        assert world.doors["A1"].latched

    run_piece(piece)


def test_hands(run_piece):
    async def piece(world):
        with pytest.raises(NotPossible):
            world.pull("A1")
        with pytest.raises(NotPossible):
            world.push("A1")
        with pytest.raises(NotPossible):
            world.put("A1", "box")
        await pulse(world, "A1")
        world.pull("A1")
        world.put("A1", "box")
        with pytest.raises(NotPossible):
            world.put("A1", "another")
        world.push("A1")
        assert world.state()["A1"] == {"open": False, "latched": True, "coil": False, "load": "box"}
        with pytest.raises(NotPossible):
            world.take("A1")
        await pulse(world, "A1")
        assert world.take("A1") == "box"
        with pytest.raises(NotPossible):
            world.take("A1")

    run_piece(piece)


def test_a_door_pushed_during_its_pulse_latches_when_the_pulse_ends(run_piece):
    async def piece(world):
        world.energise("A1")
        await asyncio.sleep(0.2)
        world.push("A1")
        assert not world.doors["A1"].open
        world.de_energise("A1")
        assert world.doors["A1"].latched

    run_piece(piece)


@pytest.mark.parametrize("fault", [DoorFault.JAMMED, DoorFault.COIL_DEAD])
def test_a_jammed_door_and_a_dead_coil_stay_shut_and_the_pulse_is_counted(run_piece, fault):
    async def piece(world):
        world.door_fault("A1", fault, True)
        await pulse(world, "A1")
        assert world.doors["A1"].latched
        assert len(world.pulses.after(0)) == 1
        world.door_fault("A1", fault, False)
        await pulse(world, "A1")
        assert world.doors["A1"].open

    run_piece(piece)


@pytest.mark.parametrize(
    ("fault", "shut", "open_"),
    [
        (DoorFault.SWITCH_DEAD, False, False),
        (DoorFault.SWITCH_STUCK_OPEN, False, False),
        (DoorFault.SWITCH_STUCK_SHUT, True, True),
    ],
)
def test_switch_faults(run_piece, fault, shut, open_):
    async def piece(world):
        world.door_fault("A1", fault, True)
        assert world.doors["A1"].contact is shut
        world.door_fault("A1", DoorFault.FORCED, True)
        assert world.doors["A1"].contact is open_
        world.door_fault("A1", fault, False)
        assert world.doors["A1"].contact is False

    run_piece(piece)


def test_forced_opens_once_without_a_pulse(run_piece):
    async def piece(world):
        world.door_fault("A1", DoorFault.FORCED, True)
        assert world.state()["A1"]["open"]
        assert world.pulses.after(0) == []
        world.push("A1")
        assert world.doors["A1"].latched
        await asyncio.sleep(1)
        assert not world.doors["A1"].open

    run_piece(piece)


def test_a_bouncy_switch_chatters_and_rests_at_the_truth(run_piece):
    async def piece(world):
        readings = []
        world.on_switch(lambda door: readings.append(door.contact))
        world.door_fault("A1", DoorFault.BOUNCY, True)
        readings.clear()
        world.door_fault("A1", DoorFault.FORCED, True)
        await asyncio.sleep(0.5)
        assert True in readings
        assert readings.count(False) >= 3
        assert world.doors["A1"].contact is False

    run_piece(piece)


def test_pulses_have_numbers_times_and_lengths(run_piece):
    async def piece(world):
        await pulse(world, "A1")
        await pulse(world, "A2")
        first, second = world.pulses.after(0)
        assert (first["n"], first["door"]) == (1, "A1")
        assert first["ms"] >= 400
        assert first["at"].endswith("Z")
        assert world.pulses.after(1) == [second]

    run_piece(piece)


def test_a_pulse_that_a_kill_cut_short_is_not_lost(run_piece, bench):
    async def piece(world):
        await pulse(world, "A1")
        world.energise("A2")

    run_piece(piece)
    bench.kill()
    bench.open()
    assert [one["door"] for one in bench.world.pulses.after(0)] == ["A1", "A2"]
    assert bench.world.state()["A2"]["coil"] is False


def test_an_unplugged_bank_ends_its_pulses(run_piece):
    async def piece(world):
        world.energise("A1")
        world.bank_fault("pins", WireFault.UNPLUGGED, True)
        assert not world.doors["A1"].coil

    run_piece(piece)


def test_the_world_is_read_again_with_its_faults(run_piece, bench):
    async def piece(world):
        await pulse(world, "A1")
        world.put("A1", "盒子\u2028")
        world.door_fault("A2", DoorFault.JAMMED, True)
        world.bank_fault("board", WireFault.NOISE, True)

    run_piece(piece)
    before = bench.world.state()
    bench.kill()
    bench.open()
    assert bench.world.state() == before
    assert bench.world.doors["A2"].faults == {DoorFault.JAMMED}
    assert bench.world.banks["board"].faults == {WireFault.NOISE}


def test_doors_json_has_the_shape_of_the_api_and_may_be_edited(bench):
    bench.open()
    bench.kill()
    file = bench.folder / "doors.json"
    stored = json.loads(file.read_text())
    assert stored == bench.world.state()
    stored["A1"]["open"] = True
    stored["A2"]["load"] = "left by a stranger"
    file.write_text(json.dumps(stored))
    bench.open()
    assert bench.world.state()["A1"] == {"open": True, "latched": False, "coil": False, "load": None}
    assert bench.world.state()["A2"]["load"] == "left by a stranger"


@pytest.mark.parametrize("text", ["{", "[]", '{"A1": 3}', '{"A1": {"open": "yes"}}', '{"A1": {"load": 7}}'])
def test_an_edited_file_that_cannot_be_read_is_named(bench, text):
    bench.open()
    bench.kill()
    (bench.folder / "doors.json").write_text(text)
    with pytest.raises(WorldStoreBroken, match=r"doors\.json"):
        bench.open()


def test_a_world_is_played_by_one_process(bench):
    bench.open()
    with pytest.raises(WorldInUse):
        WorldStore(bench.folder)


def test_on_a_full_disk_the_world_goes_on_and_writes_all_that_it_owes_when_there_is_room(bench):
    bench.open()
    full = [bench.folder / "doors.json.new", bench.folder / "phones.jsonl"]
    for name in full:
        name.symlink_to("/dev/full")
    bench.world.door_fault("A1", DoorFault.FORCED, True)
    bench.phones.receive("m1", "+1555", {"text": "first"})
    assert bench.world.state()["A1"]["open"]
    assert [message["id"] for message in bench.phones.of("+1555")] == ["m1"]
    for name in full:
        name.unlink()
    bench.phones.receive("m2", "+1555", {"text": "second"})
    bench.kill()
    bench.open()
    assert bench.world.state()["A1"]["open"]
    assert [message["id"] for message in bench.phones.of("+1555")] == ["m1", "m2"]


@pytest.mark.parametrize("asked", ["+8613800000001", "13800000001", "8613800000001"])
def test_a_phone_with_and_without_its_country_code_is_one_phone(bench, asked):
    bench.open()
    bench.phones.receive("m1", "+8613800000001", {"text": "one"})
    bench.phones.receive("m2", "13800000001", {"text": "two"})
    bench.phones.receive("m3", "+8613900000001", {"text": "another phone"})
    assert [message["id"] for message in bench.phones.of(asked)] == ["m1", "m2"]
