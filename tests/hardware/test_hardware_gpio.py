"""Locks and switches on pins: gpiozero devices on recording mock pins, the far end of the wire."""

import asyncio
import errno

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from hardware_loops import virtually

from hardware import open_bank
from hardware.banks.gpio import CLAIM_EVERY
from hardware.options import GpioBankOptions
from locker.core.model import Seen, Size
from locker.errors import HardwareFault, SettingsError
from locker.options import CompartmentOptions


class Wire:
    """The cable of the bank, and what went over it."""

    def __init__(self):
        self.broken = False
        self.taken = {}
        self.levels = []
        self.loop = None

    def check(self, number=None):
        if number in self.taken:
            raise OSError(errno.EBUSY, self.taken[number])
        if self.broken:
            raise OSError(5, "Input/output error")


class RecordingPin(MockPin):
    wire = Wire()

    def output_with_state(self, state):
        self.wire.check(self._number)
        self._function = "output"
        self._state = bool(state)
        self._note()

    def _set_state(self, value):
        self.wire.check()
        super()._set_state(value)
        self._note()

    def _get_state(self):
        self.wire.check()
        return super()._get_state()

    def _set_function(self, value):
        if value == "output":
            super()._set_function(value)
            self._note()
        else:
            self.wire.check(self._number)
            self._function = value

    def close(self):
        # As of the real pin: letting go never fails.
        self.when_changed = None
        self._function = "input"

    def _set_pull(self, value):
        self._pull = value

    def _note(self):
        # Pins live in the thread of their wire; time does not pass meanwhile.
        self.wire.levels.append((self._number, bool(self._state), round(self.wire.loop.time() - 1000, 3)))


@pytest.fixture
def pins():
    before = Device.pin_factory
    RecordingPin.wire = Wire()
    Device.pin_factory = MockFactory(pin_class=RecordingPin)
    yield Device.pin_factory
    Device.pin_factory = before


DOORS = (
    CompartmentOptions(id="A1", size=Size.S, bank="left", lock=17, switch=27),
    CompartmentOptions(id="A2", size=Size.S, bank="left", lock=22, switch=23),
)


def bank_of(report=lambda seen: None, doors=DOORS, **options):
    RecordingPin.wire.loop = asyncio._get_running_loop()
    return open_bank(GpioBankOptions(name="left", kind="gpio", **options), doors, report)


def set_switch(pins, number, high):
    pin = pins.pin(number)
    pin.drive_high() if high else pin.drive_low()


def levels_of(number):
    return [level for pin, level, _ in RecordingPin.wire.levels if pin == number]


@pytest.mark.parametrize(("active", "idle"), [("high", False), ("low", True)])
def test_a_lock_pin_never_shows_its_active_level_before_it_is_told_to(pins, active, idle):
    async def walk():
        async with bank_of(lock_active=active):
            await asyncio.sleep(1)

    virtually(walk)
    assert levels_of(17)
    assert set(levels_of(17)) == {idle}
    assert levels_of(17)[0] is idle


@pytest.mark.parametrize(("active", "on"), [("high", True), ("low", False)])
def test_a_pulse_lasts_as_long_as_the_site_file_says_and_touches_no_other_lock(pins, active, on):
    async def walk():
        async with bank_of(lock_active=active, pulse_ms=400) as bank:
            await bank.unlock("A1")
            pulse = [(level, at) for pin, level, at in RecordingPin.wire.levels if pin == 17][1:]
            assert pulse == [(on, 0.0), (not on, 0.4)]

    virtually(walk)
    assert on not in levels_of(22)


def test_switches_are_reported_when_settled_and_a_cut_wire_reads_open(pins):
    told = []

    async def walk():
        async with bank_of(told.append, switch_shut="low") as bank:
            assert pins.pin(27).pull == "up"
            set_switch(pins, 27, high=False)
            set_switch(pins, 23, high=True)
            assert await bank.survey() == {"A1": Seen.SHUT, "A2": Seen.OPEN}
            set_switch(pins, 27, high=True)
            await asyncio.sleep(0.2)
            set_switch(pins, 27, high=False)
            await asyncio.sleep(0.5)

    virtually(walk)
    assert [seen["A1"] for seen in told if "A1" in seen] == [Seen.SHUT, Seen.OPEN, Seen.SHUT]


def test_the_pull_follows_the_other_polarity(pins):
    async def walk():
        async with bank_of(switch_shut="high") as bank:
            assert pins.pin(27).pull == "down"
            set_switch(pins, 27, high=True)
            assert (await bank.survey())["A1"] is Seen.SHUT

    virtually(walk)


def test_bounces_between_two_looks_are_noticed_by_their_edges(pins):
    told = []

    async def walk():
        async with bank_of(told.append) as bank:
            set_switch(pins, 27, high=True)
            await bank.survey()
            told.clear()
            set_switch(pins, 27, high=False)
            for _ in range(40):
                await asyncio.sleep(0.011)
                set_switch(pins, 27, high=True)
                set_switch(pins, 27, high=False)
            assert told == []
            await asyncio.sleep(0.4)

    virtually(walk)
    assert told == [{"A1": Seen.SHUT}]


def test_one_coil_at_a_time_in_the_whole_cabinet_with_a_rest_between(pins):
    others = (CompartmentOptions(id="B1", size=Size.S, bank="right", lock=5, switch=6),)

    async def walk():
        async with bank_of(pause_ms=300) as left, bank_of(doors=others, pause_ms=300) as right:
            RecordingPin.wire.levels.clear()
            await asyncio.gather(left.unlock("A1"), right.unlock("B1"), left.unlock("A2"))
            edges = list(RecordingPin.wire.levels)
            assert [(pin, level) for pin, level, _ in edges] == [
                (17, True),
                (17, False),
                (5, True),
                (5, False),
                (22, True),
                (22, False),
            ]
            assert edges[2][2] - edges[1][2] == pytest.approx(0.3)
            assert edges[4][2] - edges[3][2] == pytest.approx(0.3)

    virtually(walk)


def test_banks_on_their_own_supplies_do_not_wait_for_each_other(pins):
    others = (CompartmentOptions(id="B1", size=Size.S, bank="right", lock=5, switch=6),)

    async def walk():
        async with bank_of() as left, bank_of(doors=others, supply="second") as right:
            loop = asyncio.get_running_loop()
            before = loop.time()
            await asyncio.gather(left.unlock("A1"), right.unlock("B1"))
            assert loop.time() - before == pytest.approx(0.4)

    virtually(walk)


def test_a_pulse_ends_when_whoever_asked_goes_away(pins):
    async def walk():
        async with bank_of() as bank:
            pulse = asyncio.create_task(bank.unlock("A1"))
            await asyncio.sleep(0.1)
            assert levels_of(17)[-1] is True
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            assert levels_of(17)[-1] is False

    virtually(walk)


def test_a_pulse_ends_when_the_bank_is_left(pins):
    async def walk():
        async with bank_of() as bank:
            pulse = asyncio.create_task(bank.unlock("A1"))
            await asyncio.sleep(0.1)
        assert levels_of(17)[-1] is False
        pulse.cancel()
        await asyncio.gather(pulse, return_exceptions=True)

    virtually(walk)


def test_O9_an_unplugged_bank_is_unseen_faults_by_name_and_heals_by_itself(pins):
    told = []

    async def walk():
        async with bank_of(told.append) as bank:
            set_switch(pins, 27, high=False)
            set_switch(pins, 23, high=False)
            await bank.survey()
            RecordingPin.wire.broken = True
            with pytest.raises(HardwareFault, match="Door A1"):
                await bank.unlock("A1")
            await asyncio.sleep(0.5)
            assert told[-1] == {"A1": Seen.UNSEEN, "A2": Seen.UNSEEN}
            assert await bank.survey() == {"A1": Seen.UNSEEN, "A2": Seen.UNSEEN}
            RecordingPin.wire.broken = False
            await asyncio.sleep(1)
            assert told[-1] == {"A1": Seen.SHUT, "A2": Seen.SHUT}
            await bank.unlock("A1")
            assert levels_of(17)[-2:] == [True, False]

    virtually(walk)


def test_a_bank_that_is_unplugged_at_the_start_comes_when_it_is_plugged_in(pins):
    told = []

    async def walk():
        RecordingPin.wire.broken = True
        async with bank_of(told.append) as bank:
            with pytest.raises(HardwareFault, match="Door A1"):
                await bank.unlock("A1")
            assert set((await bank.survey()).values()) == {Seen.UNSEEN}
            RecordingPin.wire.broken = False
            await asyncio.sleep(1)
            await bank.unlock("A1")

    virtually(walk)
    assert told == [{"A1": Seen.SHUT, "A2": Seen.SHUT}]


def test_a_coil_that_cannot_be_switched_off_is_tried_again_until_it_is(pins):
    async def walk():
        async with bank_of() as bank:
            pulse = asyncio.create_task(bank.unlock("A1"))
            await asyncio.sleep(0.1)
            RecordingPin.wire.broken = True
            with pytest.raises(HardwareFault, match=r"A1.*supply off"):
                await pulse
            assert levels_of(17)[-1] is True
            RecordingPin.wire.broken = False
            await asyncio.sleep(0.1)
            assert levels_of(17)[-1] is False

    virtually(walk)


def test_a_bank_can_be_entered_again(pins):
    async def walk():
        bank = bank_of()
        for _ in range(2):
            async with bank:
                await bank.unlock("A1")

    virtually(walk)
    assert levels_of(17).count(True) == 2


def test_a_pin_used_twice_makes_the_second_door_unseen_and_says_so(pins):
    twice = (DOORS[0], CompartmentOptions(id="A2", size=Size.S, bank="left", lock=17, switch=23))

    async def walk():
        async with bank_of(doors=twice) as bank:
            set_switch(pins, 27, high=False)
            await asyncio.sleep(0.5)
            assert await bank.survey() == {"A1": Seen.SHUT, "A2": Seen.UNSEEN}
            with pytest.raises(HardwareFault, match=r"Door A2: GPIO17.*already.*Check the pin numbers"):
                await bank.unlock("A2")
            await bank.unlock("A1")

    virtually(walk)


@pytest.mark.parametrize("pin", [17, 27], ids=["lock", "switch"])
def test_a_pin_that_is_taken_makes_its_own_door_unseen_and_says_which_who_and_what_to_do(pins, pin, caplog):
    told = []

    async def walk():
        RecordingPin.wire.taken[pin] = f'GPIO{pin} is taken by "w1"'
        async with bank_of(told.append) as bank:
            set_switch(pins, 23, high=False)
            await asyncio.sleep(0.5)
            assert await bank.survey() == {"A1": Seen.UNSEEN, "A2": Seen.SHUT}
            with pytest.raises(HardwareFault, match=rf'^Door A1: GPIO{pin} is taken by "w1"\. .*another pin'):
                await bank.unlock("A1")
            await bank.unlock("A2")
            assert levels_of(22)[-2:] == [True, False], "the other doors go on"
            assert True not in levels_of(17)
            warned = [record for record in caplog.records if record.levelname == "WARNING"]
            assert len(warned) == 1, "it is said once"
            assert f'door A1 cannot be read (GPIO{pin} is taken by "w1"' in warned[0].getMessage()
            RecordingPin.wire.taken.clear()
            set_switch(pins, 27, high=False)
            await asyncio.sleep(CLAIM_EVERY + 0.5)
            assert (await bank.survey())["A1"] is Seen.SHUT, "the claim is tried again"
            await bank.unlock("A1")

    virtually(walk)
    assert [seen["A1"] for seen in told if "A1" in seen] == [Seen.SHUT]


@pytest.mark.parametrize("spread_ms", [0, 3, 12])
def test_a_common_wire_that_is_lost_is_one_report_whenever_the_polls_fall(pins, spread_ms):
    doors = [CompartmentOptions(id=f"A{n}", size=Size.S, bank="left", lock=17 + n, switch=4 + n) for n in range(8)]
    told = []

    async def walk():
        async with bank_of(told.append, doors=doors) as bank:
            for n in range(8):
                set_switch(pins, 4 + n, high=False)
            await bank.survey()
            await asyncio.sleep(0.5)
            for phase_ms in range(0, 100, 7):
                # The wire is lost at another moment between two polls, and its edges come pin by pin.
                await asyncio.sleep(phase_ms / 1000)
                for high in (True, False):
                    told.clear()
                    for n in range(8):
                        set_switch(pins, 4 + n, high=high)
                        await asyncio.sleep(spread_ms / 1000 / 8)
                    await asyncio.sleep(1)
                    state = Seen.OPEN if high else Seen.SHUT
                    assert told == [{door.id: state for door in doors}], (phase_ms, high)

    virtually(walk)


def test_an_order_tries_the_claim_at_once(pins):
    async def walk():
        RecordingPin.wire.taken[17] = "GPIO17 is taken"
        async with bank_of() as bank:
            await asyncio.sleep(0)
            RecordingPin.wire.taken.clear()
            await bank.unlock("A1")
            assert levels_of(17) == [False, True, False]

    virtually(walk)


def test_a_storm_of_edges_wakes_the_loop_no_more_than_it_can_look(pins):
    async def walk():
        async with bank_of() as bank:
            noted = []
            bank._on_edge, forward = lambda door: (noted.append(door), forward(door)), bank._on_edge
            for _ in range(500):
                set_switch(pins, 27, high=True)
                set_switch(pins, 27, high=False)
            await asyncio.sleep(0.01)
            assert noted == ["A1"]

    virtually(walk)


def test_a_door_without_pins_is_a_settings_error_naming_it():
    with pytest.raises(SettingsError, match="A9"):
        bank_of(doors=(CompartmentOptions(id="A9", size=Size.S, bank="left", lock=17),))


def test_a_pulse_is_timed_from_the_coil_to_the_first_motion_of_the_switch(pins):
    async def walk():
        async with bank_of(pulse_ms=400) as bank:
            set_switch(pins, 27, high=False)
            await bank.survey()
            pulse = asyncio.create_task(bank.unlock("A1"))
            await asyncio.sleep(0.15)
            set_switch(pins, 27, high=True)
            await pulse
            await asyncio.sleep(0.5)
            [(door, seconds)] = bank.meter.openings
            assert door == "A1"
            assert 0.14 <= seconds <= 0.21

    virtually(walk)
