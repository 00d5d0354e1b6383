"""The pin class on libgpiod, judged by the kernel's side of the header: what happens to a line, in order."""

import sys
import threading

import gpiod
import pytest
from gpiozero import Device, DigitalInputDevice, DigitalOutputDevice
from hardware_kernel import NAMELESS, Kernel

from hardware.banks import gpio_pins
from hardware.banks.gpio import pin_factory
from hardware.banks.gpio_pins import HeaderPinFactory, find_header_chip
from locker.errors import HardwareFault

PATIENCE_S = 30


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    made = Kernel()
    (tmp_path / "gpiochip0").touch()
    monkeypatch.setattr(gpiod, "Chip", made.chip)
    monkeypatch.setattr(gpio_pins, "find_header_chip", lambda: find_header_chip(tmp_path))
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xC03111)
    return made


@pytest.fixture
def factory(kernel):
    made = HeaderPinFactory()
    made.pins.clear()
    yield made
    made.close()


def history(kernel, number):
    return kernel.lines[number].history


@pytest.mark.parametrize(("active_high", "idle"), [(True, 0), (False, 1)])
def test_the_first_thing_that_happens_to_a_lock_pin_is_a_claim_with_its_idle_level(kernel, factory, active_high, idle):
    lock = DigitalOutputDevice(17, active_high=active_high, pin_factory=factory)
    assert history(kernel, 17) == [("output", idle)]
    assert kernel.lines[17].consumer == "lockerd", "whoever wants the pin is told who has it"
    lock.close()


def test_a_lock_that_is_let_go_stays_a_claimed_output_at_its_idle_level(kernel, factory):
    lock = DigitalOutputDevice(17, active_high=False, pin_factory=factory)
    lock.on()
    lock.close()
    assert history(kernel, 17) == [("output", 1), ("write", 0), ("write", 1)]
    again = DigitalOutputDevice(17, active_high=False, pin_factory=factory)
    assert ("free",) not in history(kernel, 17), "between two owners the level would be nobody's"
    assert {call[1] for call in history(kernel, 17)[2:]} == {1}
    again.close()


def test_a_switch_has_its_pull_before_it_is_believed_and_is_given_back(kernel, factory):
    for up, pull in ((True, "PULL_UP"), (False, "PULL_DOWN")):
        switch = DigitalInputDevice(27, pull_up=up, pin_factory=factory)
        assert history(kernel, 27)[-1] == ("input", pull)
        assert not [call for call in history(kernel, 27) if call[0] in {"output", "free"}]
        switch.close()
        assert history(kernel, 27)[-1] == ("free",)
        history(kernel, 27).clear()


def test_a_switch_is_read_and_each_edge_of_it_told(kernel, factory):
    switch = DigitalInputDevice(27, pull_up=True, pin_factory=factory)
    told, tell = [], threading.Event()

    def note(state):
        told.append(state)
        tell.set()

    switch.when_activated, switch.when_deactivated = (lambda: note("shut")), (lambda: note("open"))
    assert not switch.is_active
    for level, state in ((0, "shut"), (1, "open")):
        tell.clear()
        kernel.drive(27, level)
        assert tell.wait(PATIENCE_S)
        assert told[-1] == state
        assert switch.is_active is (state == "shut")
    switch.close()


def test_a_storm_of_edges_is_told_as_one(kernel, factory):
    switch = DigitalInputDevice(27, pull_up=True, pin_factory=factory)
    told = []
    held, go = threading.Event(), threading.Event()

    def hold():
        told.append("edge")
        held.set()
        go.wait(PATIENCE_S)

    switch.when_activated = switch.when_deactivated = hold
    kernel.drive(27, 0)
    assert held.wait(PATIENCE_S)
    for _ in range(25):
        kernel.drive(27, 1)
        kernel.drive(27, 0)
    go.set()
    done = threading.Event()
    other = DigitalInputDevice(22, pull_up=True, pin_factory=factory)
    other.when_activated = done.set
    kernel.drive(22, 0)
    assert done.wait(PATIENCE_S), "the edges of other pins go on"
    assert len(told) <= 3
    switch.close()
    other.close()


def test_a_line_without_edges_is_a_slower_switch_and_no_fault(kernel, factory):
    kernel.no_edges = True
    switch = DigitalInputDevice(27, pull_up=True, pin_factory=factory)
    switch.when_activated = lambda: None
    kernel.drive(27, 0)
    assert switch.is_active
    switch.close()


@pytest.mark.parametrize(("holder", "named"), [("w1", '"w1"'), (NAMELESS, "a program that gives no name")])
def test_a_line_that_is_taken_names_the_pin_and_its_holder(kernel, factory, holder, named):
    kernel.lines[17].consumer = holder
    with pytest.raises(OSError, match=f"GPIO17 is taken by {named}"):
        DigitalOutputDevice(17, pin_factory=factory)
    kernel.lines[17].consumer = ""
    DigitalOutputDevice(17, pin_factory=factory).close()


def test_a_line_that_breaks_is_an_os_error(kernel, factory):
    lock = DigitalOutputDevice(17, pin_factory=factory)
    kernel.lines[17].broken = True
    with pytest.raises(OSError, match="No such device"):
        lock.on()
    with pytest.raises(OSError, match="No such device"):
        _ = lock.value
    lock.close()
    kernel.lines[22].broken = True
    with pytest.raises(OSError, match="GPIO22 cannot be claimed"):
        DigitalOutputDevice(22, pin_factory=factory)


@pytest.mark.parametrize("label", ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"])
def test_the_chip_of_the_header_is_found_by_its_label_whatever_its_number(monkeypatch, tmp_path, label):
    chips = {"gpiochip0": Kernel("gpio-brcmstb@107d508500"), "gpiochip4": Kernel("raspberrypi-exp-gpio")}
    chips["gpiochip10"] = Kernel(label)
    for name in chips:
        (tmp_path / name).touch()
    monkeypatch.setattr(gpiod, "Chip", lambda path: chips[path.rsplit("/", 1)[1]].chip(path))
    assert find_header_chip(tmp_path).kernel is chips["gpiochip10"]
    assert chips["gpiochip0"].closed == len(chips["gpiochip0"].opened)
    chips["gpiochip10"].label = "something else"
    with pytest.raises(OSError, match="no chip of a Raspberry Pi"):
        find_header_chip(tmp_path)


def test_the_factory_is_made_once_and_leaves_the_working_folder_alone(kernel, monkeypatch, tmp_path):
    monkeypatch.setattr(Device, "pin_factory", None)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    made = pin_factory()
    assert isinstance(made, HeaderPinFactory)
    assert pin_factory() is made
    assert list((tmp_path / "here").iterdir()) == []
    made.close()


@pytest.mark.parametrize("missing", ["library", "chip"])
def test_no_pins_at_all_is_a_fault_that_says_what_to_do_and_never_another_library(monkeypatch, tmp_path, missing):
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    if missing == "library":
        monkeypatch.delitem(sys.modules, "hardware.banks.gpio_pins")
        monkeypatch.setitem(sys.modules, "gpiod", None)
    else:
        monkeypatch.setattr(gpio_pins, "find_header_chip", lambda: find_header_chip(tmp_path))
    with pytest.raises(HardwareFault, match=r"cannot be reached.*gpiod"):
        pin_factory()
    assert Device.pin_factory is None
