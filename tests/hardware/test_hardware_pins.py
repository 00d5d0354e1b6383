"""The pin class on lgpio, judged by a recording fake of the library: what reaches the kernel, in order."""

import importlib
import sys
from types import ModuleType

import pytest
from gpiozero import DigitalInputDevice, DigitalOutputDevice

CHIP = 7


class FakeLgpio(ModuleType):
    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64

    class error(Exception):  # noqa: N801  the library's own name
        pass

    def __init__(self):
        super().__init__("lgpio")
        self.calls = []
        self.outputs = {}
        self.broken = False

    def _note(self, *call):
        if self.broken:
            raise self.error("'GPIO busy'")
        self.calls.append(call)
        return 0

    def gpiochip_open(self, chip):
        self._note("open", chip)
        return CHIP

    def gpiochip_close(self, handle):
        return self._note("close")

    def gpio_claim_output(self, handle, gpio, level=0, flags=0):
        self.outputs[gpio] = level
        return self._note("output", gpio, level)

    def gpio_claim_input(self, handle, gpio, flags=0):
        self.outputs.pop(gpio, None)
        return self._note("input", gpio, flags)

    def gpio_claim_alert(self, handle, gpio, edges, flags=0, notify=None):
        return self._note("alert", gpio)

    def gpio_free(self, handle, gpio):
        return self._note("free", gpio)

    def gpio_write(self, handle, gpio, level):
        self.outputs[gpio] = int(level)
        return self._note("write", gpio, int(level))

    def gpio_read(self, handle, gpio):
        if self.broken:
            raise self.error("'bad handle'")
        return self.outputs.get(gpio, 0)

    def gpio_get_mode(self, handle, gpio):
        return 2 if gpio in self.outputs else 0

    def gpio_set_debounce_micros(self, handle, gpio, micros):
        return 0

    def callback(self, handle, gpio, edges, function):
        class Callback:
            def cancel(self):
                pass

        return Callback()


@pytest.fixture
def lgpio(monkeypatch):
    fake = FakeLgpio()
    for module in ("gpiozero.pins.lgpio", "hardware.banks.gpio_pins"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xC03111)
    yield fake
    fake.broken = False
    for module in ("gpiozero.pins.lgpio", "hardware.banks.gpio_pins"):
        sys.modules.pop(module, None)


@pytest.fixture
def factory(lgpio):
    made = importlib.import_module("hardware.banks.gpio_pins").CoilSafePinFactory()
    made.pins.clear()
    yield made
    made.close()


def about(lgpio, pin):
    return [call for call in lgpio.calls if len(call) > 1 and call[0] != "open" and call[1] == pin]


@pytest.mark.parametrize(("active_high", "idle"), [(True, 0), (False, 1)])
def test_the_first_thing_that_happens_to_a_lock_pin_is_a_claim_with_its_idle_level(lgpio, factory, active_high, idle):
    lock = DigitalOutputDevice(17, active_high=active_high, pin_factory=factory)
    assert about(lgpio, 17) == [("output", 17, idle)]
    lock.close()


def test_a_lock_that_is_let_go_stays_an_output_at_its_idle_level(lgpio, factory):
    lock = DigitalOutputDevice(17, active_high=False, pin_factory=factory)
    lock.on()
    lock.close()
    assert about(lgpio, 17) == [("output", 17, 1), ("write", 17, 0), ("write", 17, 1)]


def test_a_switch_has_its_pull_before_it_is_believed(lgpio, factory):
    switch = DigitalInputDevice(27, pull_up=True, pin_factory=factory)
    assert ("input", 27, FakeLgpio.SET_PULL_UP) in about(lgpio, 27)
    assert not [call for call in about(lgpio, 27) if call[0] == "output"]
    switch.close()


def test_an_error_of_the_library_is_an_os_error(lgpio, factory):
    lock = DigitalOutputDevice(17, pin_factory=factory)
    lgpio.broken = True
    with pytest.raises(OSError, match="GPIO busy"):
        lock.on()
    with pytest.raises(OSError, match="bad handle"):
        _ = lock.value
    lgpio.broken = False
    lock.close()


def test_the_factory_is_made_when_none_is_set_and_the_working_folder_stays(lgpio, monkeypatch, tmp_path):
    from gpiozero import Device

    from hardware.banks.gpio import pin_factory

    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("LG_WD", "")  # so that what the code sets is taken back after the test
    monkeypatch.delenv("LG_WD")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    import os
    from pathlib import Path

    made = pin_factory()
    assert type(made).__name__ == "CoilSafePinFactory"
    assert os.environ["LG_WD"] == str(tmp_path / "run")
    assert Path.cwd() == tmp_path
    assert pin_factory() is made


def test_no_pins_at_all_is_a_fault_and_never_another_library(monkeypatch):
    from gpiozero import Device

    from hardware.banks.gpio import pin_factory
    from locker.errors import HardwareFault

    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.delitem(sys.modules, "hardware.banks.gpio_pins", raising=False)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(HardwareFault, match="lgpio"):
        pin_factory()
    assert Device.pin_factory is None
