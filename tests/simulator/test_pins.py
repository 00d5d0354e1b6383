"""The far end of the header: locks and switches as gpiozero devices see them."""

from __future__ import annotations

import asyncio

import pytest
from gpiozero.input_devices import DigitalInputDevice
from gpiozero.output_devices import DigitalOutputDevice

from simulator.wires.pins import PinWiring, WorldPins
from simulator.world.door import DoorFault
from simulator.world.world import WireFault


@pytest.fixture
async def pins(bench):
    bench.open(asyncio.get_running_loop())
    return WorldPins(
        bench.world,
        [
            PinWiring("A1", 17, 27, lock_high=True, shut_high=False),
            PinWiring("A2", 22, 23, lock_high=False, shut_high=True),
        ],
    )


def lock(pins, number, high=True):
    return DigitalOutputDevice(number, active_high=high, initial_value=False, pin_factory=pins)


def switch(pins, number, up=True):
    return DigitalInputDevice(number, pull_up=up, pin_factory=pins)


async def test_a_lock_pin_that_goes_active_energises_the_coil_and_idle_ends_it(pins, bench):
    relay = lock(pins, 17)
    assert bench.world.pulses.after(0) == []
    relay.on()
    assert bench.world.doors["A1"].coil
    relay.off()
    assert not bench.world.doors["A1"].coil
    assert len(bench.world.pulses.after(0)) == 1


async def test_an_active_low_lock_claimed_with_its_level_does_not_blip(pins, bench):
    relay = lock(pins, 22, high=False)
    assert bench.world.pulses.after(0) == []
    assert [state.state for state in relay.pin.states] == [True]


async def test_an_active_low_lock_claimed_carelessly_blips_as_on_a_pi(pins, bench):
    pins.pin(22).function = "output"
    assert [one["door"] for one in bench.world.pulses.after(0)] == ["A2"]


async def test_a_closed_lock_pin_rests(pins, bench):
    relay = lock(pins, 17)
    relay.on()
    relay.close()
    assert not bench.world.doors["A1"].coil


@pytest.mark.parametrize(("door", "number", "up"), [("A1", 27, True), ("A2", 23, False)])
async def test_switches_are_read_and_edges_delivered(pins, bench, door, number, up):
    contact = switch(pins, number, up)
    edges = []
    opened, shut = (lambda: edges.append("open")), (lambda: edges.append("shut"))
    contact.when_deactivated, contact.when_activated = opened, shut
    assert contact.is_active
    bench.world.door_fault(door, DoorFault.FORCED, True)
    assert not contact.is_active
    bench.world.push(door)
    assert contact.is_active
    assert edges[-2:] == ["open", "shut"]


@pytest.mark.parametrize(("door", "number", "up"), [("A1", 27, True), ("A2", 23, False)])
async def test_a_cut_wire_reads_open_because_of_the_pull(pins, bench, door, number, up):
    contact = switch(pins, number, up)
    bench.world.door_fault(door, DoorFault.SWITCH_DEAD, True)
    assert not contact.is_active


async def test_a_driver_that_forgets_the_pull_reads_a_cut_wire_as_shut(pins, bench):
    contact = DigitalInputDevice(27, pull_up=None, active_state=False, pin_factory=pins)
    bench.world.door_fault("A1", DoorFault.SWITCH_DEAD, True)
    assert contact.is_active


async def test_an_unplugged_bank_fails_every_read_and_write(pins, bench):
    relay, contact = lock(pins, 17), switch(pins, 27)
    bench.world.bank_fault("pins", WireFault.UNPLUGGED, True)
    with pytest.raises(OSError, match="GPIO17"):
        relay.on()
    with pytest.raises(OSError, match="GPIO27"):
        _ = contact.is_active
    with pytest.raises(OSError, match="GPIO22"):
        lock(pins, 22, high=False)
    bench.world.bank_fault("pins", WireFault.UNPLUGGED, False)
    assert contact.is_active
    relay.on()
    assert bench.world.doors["A1"].coil
