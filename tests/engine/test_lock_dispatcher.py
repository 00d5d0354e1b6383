"""Orders become pulses: one after another, only while somebody waits before a shut door, never too soon again."""

import asyncio
import contextlib
from itertools import pairwise

import pytest
from engine_bench import DOORS, EngineBench, refused
from virtual import virtually

from locker.core.messages.commands import Cancel, Restore, StaffOpen
from locker.core.model import Seen, Use
from locker.core.reasons import Refused
from locker.core.visit import Ordered
from locker.errors import CoilStuck, HardwareFault
from locker.lock_dispatcher import STUCK_SECONDS, LockDispatcher
from locker.measures import BankMeter
from locker.pulse_order import PulseOrder

PULSE_S = 0.7


class Bank:
    """The far end: four doors on one supply that takes its time, and springs a door ajar unless it is jammed."""

    name = "left"
    doors = tuple(d.id for d in DOORS)

    def __init__(self, report):
        self.report = report
        self.meter = BankMeter()
        self.pulses = []
        self.jammed = set(self.doors)
        self.silent = set()
        self.welded = set()
        self.dead = False
        self.late = 0.0
        self.open = set()

    async def __aenter__(self):
        if self.dead:
            raise HardwareFault("The wire of bank left cannot be claimed; look at its plug.")
        return self

    async def __aexit__(self, *_):
        return

    async def survey(self):
        return {door: Seen.OPEN if door in self.open else Seen.SHUT for door in self.doors}

    async def unlock(self, door):
        await asyncio.sleep(self.late)
        self.pulses.append((door, asyncio.get_running_loop().time()))
        await asyncio.sleep(PULSE_S)
        if door in self.silent:
            raise HardwareFault(f"Door {door} did not answer.")
        if door in self.welded:
            raise CoilStuck(f"Door {door}: its relay stayed on.")
        if door not in self.jammed:
            self.open.add(door)
            self.report({door: Seen.OPEN})

    def times(self, door):
        return [at for name, at in self.pulses if name == door]


class Cabinet(EngineBench):
    """The engine's bench with real metal behind it."""

    async def start(self, **more):
        self.dispatcher = self.wired()
        self.bank = Bank(self.dispatcher.report)
        self.dispatcher.add([self.bank])
        await super().start(look=False)
        self.keeper = asyncio.create_task(self.dispatcher.run())
        await self.dispatcher.looked(10)
        await self.quiet()
        await self.resident()
        return self

    def wired(self):
        """The engine is made after its metal, and anew at every start."""
        return LockDispatcher(lambda seen: self.engine.observe(seen), lambda order: order.awaited(self.engine.site))  # noqa: PLW0108

    def _pulse(self, order):
        self.dispatcher.order(order)

    def order_again(self, door):
        """As the rule does while the pulse before still waits for its wire."""
        self.dispatcher.order(PulseOrder.begun(self.engine.site, door, asyncio.get_running_loop().time()))

    async def kill(self):
        self.keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.keeper
        await super().kill()


@pytest.fixture
def play(tmp_path):
    def play(walk):
        async def whole():
            cabinet = await Cabinet(tmp_path).start()
            try:
                await walk(cabinet)
            finally:
                await cabinet.kill()

        virtually(whole)

    return play


def test_H6_a_jammed_door_is_pulsed_three_times_and_never_within_five_seconds(play):
    async def walk(cabinet):
        told = await cabinet.deposit()
        cabinet.journal.slow = 0.3  # the first order waited for a slow disk, those after it do not
        await asyncio.sleep(1)
        cabinet.journal.slow = 0
        await asyncio.sleep(38)
        times = cabinet.bank.times(told.compartment)
        assert len(times) == 3
        assert all(later - at >= 5 for at, later in pairwise(times))

    play(walk)


def test_a_pulse_that_had_to_wait_for_its_supply_rests_from_its_own_end(play):
    async def walk(cabinet):
        cabinet.bank.late = 2.0
        told = await cabinet.deposit()
        await asyncio.sleep(3)
        cabinet.bank.late = 0.0
        await asyncio.sleep(20)
        times = cabinet.bank.times(told.compartment)
        assert len(times) == 3
        assert all(later - at >= 5 for at, later in pairwise(times))

    play(walk)


def test_the_next_visit_to_the_same_door_does_not_wait(play):
    async def walk(cabinet):
        cabinet.bank.jammed = set()
        told = await cabinet.deposit()
        await asyncio.sleep(1)
        cabinet.bank.open.clear()
        await cabinet.see(**{told.compartment: "shut"})
        await cabinet.collect(told.parcel)
        await asyncio.sleep(1)
        assert len(cabinet.bank.times(told.compartment)) == 2

    play(walk)


def test_an_order_that_waited_long_is_void_when_its_door_was_opened_meanwhile(play):
    async def walk(cabinet):
        cabinet.bank.jammed = set()
        told = await cabinet.deposit()
        for _ in range(2):  # as when a dozen doors were before it: the rule has ordered again
            cabinet.order_again(told.compartment)
        await asyncio.sleep(20)
        assert len(cabinet.bank.times(told.compartment)) == 1
        assert cabinet.engine.site.compartments[told.compartment].seen is Seen.OPEN

    play(walk)


def test_orders_that_piled_up_for_a_jammed_door_are_given_one_by_one(play):
    async def walk(cabinet):
        told = await cabinet.deposit()
        cabinet.order_again(told.compartment)
        cabinet.order_again(told.compartment)
        await asyncio.sleep(4)
        assert len(cabinet.bank.times(told.compartment)) == 1
        await asyncio.sleep(16)
        times = cabinet.bank.times(told.compartment)
        assert all(later - at >= 5 for at, later in pairwise(times))

    play(walk)


def test_an_order_is_void_when_its_time_is_over_though_nobody_could_record_that_the_visit_is(play):
    """A wire hangs while the disk is full: when it goes on, a coil must not move for who left long ago."""

    async def walk(cabinet):
        cabinet.bank.late = 31.0
        first = await cabinet.deposit()
        await asyncio.sleep(0.1)
        second = await cabinet.deposit()
        cabinet.bank.late = 0.0
        cabinet.engine.seal("the disk is full", until=lambda: "still full")
        await asyncio.sleep(60)
        assert cabinet.engine.site.visits[second.compartment].last == Ordered(), "nothing was recorded meanwhile"
        assert len(cabinet.bank.times(first.compartment)) == 1
        assert not cabinet.bank.times(second.compartment)

    play(walk)


def test_an_order_of_a_visit_that_is_over_moves_no_coil_for_the_next_one(play):
    async def walk(cabinet):
        told = await cabinet.deposit()
        stale = PulseOrder.begun(cabinet.engine.site, told.compartment, asyncio.get_running_loop().time() + 2)
        await asyncio.sleep(1)
        await cabinet.open_and_shut(told.compartment)
        await cabinet.collect(told.parcel)
        await asyncio.sleep(3)
        given = len(cabinet.bank.times(told.compartment))
        cabinet.dispatcher.order(stale)
        await asyncio.sleep(1.5)
        assert len(cabinet.bank.times(told.compartment)) == given

    play(walk)


def test_a_cancelled_deposit_is_pulsed_no_more(play):
    async def walk(cabinet):
        first, second = await cabinet.deposit(), await cabinet.deposit()
        await cabinet.engine.ask(Cancel(by="t", parcel=second.parcel))
        await asyncio.sleep(20)
        assert cabinet.bank.times(first.compartment)
        assert not cabinet.bank.times(second.compartment)

    play(walk)


def test_H8_staff_orders_are_given_whatever_the_switch_says_five_seconds_apart(play):
    async def walk(cabinet):
        await cabinet.see(A1="open")
        await cabinet.engine.ask(StaffOpen(by="staff:t", order="s1", compartment="A1", reason="x"))
        with pytest.raises(Refused) as no:
            await cabinet.engine.ask(StaffOpen(by="staff:t", order="s2", compartment="A1", reason="x"))
        assert (no.value.reason.value, no.value.retry_after) == ("not-now", 5)
        await asyncio.sleep(5)
        assert len(cabinet.bank.times("A1")) == 1, "a second press of the button heats no coil"
        await cabinet.engine.ask(StaffOpen(by="staff:t", order="s3", compartment="A1", reason="x"))
        await asyncio.sleep(2)
        assert len(cabinet.bank.times("A1")) == 2

    play(walk)


def test_doors_of_one_bank_open_one_after_another(play):
    async def walk(cabinet):
        cabinet.bank.jammed = set()
        await asyncio.gather(*(cabinet.deposit() for _ in range(4)))
        await asyncio.sleep(4)
        times = [at for _, at in cabinet.bank.pulses]
        assert len(times) == 4
        assert all(later - at >= PULSE_S - 1e-6 for at, later in pairwise(times))

    play(walk)


def test_a_pulse_that_failed_is_recorded_and_the_wire_goes_on(play):
    async def walk(cabinet):
        told = await cabinet.deposit()
        cabinet.bank.silent = {told.compartment}
        await asyncio.sleep(3)
        other = await cabinet.deposit()
        await asyncio.sleep(2)
        assert "PulseLost" in cabinet.kinds()
        assert cabinet.bank.times(other.compartment)

    play(walk)


def test_a_bank_that_cannot_be_claimed_is_unseen_moves_nothing_and_heals_alone(tmp_path):
    async def walk():
        cabinet = Cabinet(tmp_path)
        await cabinet.start()
        await cabinet.kill()
        cabinet.dispatcher = cabinet.wired()
        bank = Bank(cabinet.dispatcher.report)
        bank.dead = True
        cabinet.dispatcher.add([bank])
        await EngineBench.start(cabinet, look=False)
        cabinet.keeper = asyncio.create_task(cabinet.dispatcher.run())
        await cabinet.dispatcher.looked(10)
        await cabinet.quiet()
        assert {c.seen for c in cabinet.engine.site.compartments.values()} == {Seen.UNSEEN}
        assert await refused(cabinet.deposit()) == "no-space"
        bank.dead = False
        await asyncio.sleep(6)
        assert {c.seen for c in cabinet.engine.site.compartments.values()} == {Seen.SHUT}
        assert not bank.pulses
        await cabinet.kill()

    virtually(walk)


def test_a_staff_order_for_a_dead_bank_does_not_move_the_door_minutes_later(tmp_path):
    async def walk():
        cabinet = Cabinet(tmp_path)
        await cabinet.start()
        cabinet.keeper.cancel()
        await asyncio.sleep(0)
        await cabinet.engine.ask(StaffOpen(by="staff:t", order="s1", compartment="A1", reason="x"))
        await asyncio.sleep(120)
        cabinet.keeper = asyncio.create_task(cabinet.dispatcher.run())
        await asyncio.sleep(10)
        assert not cabinet.bank.pulses
        await cabinet.kill()

    virtually(walk)


def test_a_door_whose_relay_stayed_on_is_taken_out_of_use_when_it_is_free_and_stays_so_until_a_pulse_goes_well(play):
    async def walk(cabinet):
        use = lambda: cabinet.engine.site.compartments["A1"].use  # noqa: E731  read again and again
        cabinet.bank.welded = {"A1"}
        await cabinet.engine.ask(StaffOpen(by="staff:t", order="o1", compartment="A1", reason="look"))
        await asyncio.sleep(PULSE_S + 1)
        assert use() is Use.RETIRED
        assert cabinet.engine.site.compartments["A1"].reason == "relay stays on"
        await cabinet.engine.ask(Restore(by="staff:t", compartment="A1"))
        await asyncio.sleep(STUCK_SECONDS + 1)
        assert use() is Use.RETIRED, "nobody has shown that it was mended"
        cabinet.bank.welded.clear()
        cabinet.bank.jammed = set()
        await cabinet.engine.ask(StaffOpen(by="staff:t", order="o3", compartment="A1", reason="try it"))
        await asyncio.sleep(PULSE_S + 1)
        await cabinet.see(A1="shut")
        await cabinet.engine.ask(Restore(by="staff:t", compartment="A1"))
        await asyncio.sleep(STUCK_SECONDS + 1)
        assert use() is Use.FREE

    play(walk)


def test_a_parcel_behind_a_relay_that_stays_on_is_collected_first(play):
    async def walk(cabinet):
        told = await cabinet.deposit()
        cabinet.bank.welded = {told.compartment}
        await asyncio.sleep(1)
        cabinet.bank.report({told.compartment: Seen.OPEN})
        await cabinet.see(**{told.compartment: "shut"})
        await asyncio.sleep(STUCK_SECONDS + 1)
        assert cabinet.engine.site.compartments[told.compartment].use is Use.LOADED

    play(walk)
