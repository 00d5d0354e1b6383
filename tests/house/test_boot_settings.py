"""What the firmware of a Pi is told: the pins of the site file, once, and nothing of the owner's is lost."""

import importlib.util
import tomllib

import pytest
from tree import ROOT

SITES = sorted((ROOT / "firmware_config" / "sites").glob("*.toml"))


def _loaded():
    spec = importlib.util.spec_from_file_location("boot_settings", ROOT / "firmware_config/boot/boot_settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BOOT = _loaded()
CONFIG = "dtparam=audio=on\n[cm4]\notg_mode=1\n"
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=1 rootwait\n"


def _site(kind="gpio", **keys):
    bank = {"name": "b", "kind": kind, **keys}
    doors = [{"id": "A1", "bank": "b", "lock": 17, "switch": 27}, {"id": "A2", "bank": "b", "lock": 18, "switch": 22}]
    return {"site": {"id": "test-1"}, "bank": [bank], "compartment": doors}


def _pins(text):
    """Pins of the lines "gpio=4-8,21=ip,pu", with what is said of them."""
    for line in text.splitlines():
        if line.startswith("gpio="):
            listed, _, says = line.removeprefix("gpio=").partition("=")
            for part in listed.split(","):
                first, _, last = part.partition("-")
                yield from ((pin, says) for pin in range(int(first), int(last or first) + 1))


@pytest.fixture
def boot(tmp_path):
    (tmp_path / "config.txt").write_text(CONFIG)
    (tmp_path / "cmdline.txt").write_text(CMDLINE)
    return tmp_path


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
def test_every_pin_of_an_example_is_at_rest_before_the_daemon_starts(path):
    site = tomllib.loads(path.read_text())
    said = dict(_pins(BOOT.fragment(site)))
    on_pins = {bank["name"]: bank for bank in site["bank"] if bank["kind"] == "gpio"}
    wanted = {}
    for door in site["compartment"]:
        if bank := on_pins.get(door["bank"]):
            wanted[door["lock"]] = "op,dl" if bank["lock_active"] == "high" else "op,dh"
            wanted[door["switch"]] = "ip,pu" if bank["switch_shut"] == "low" else "ip,pd"
    assert said == wanted


@pytest.mark.parametrize(("active", "rest"), [("high", "op,dl"), ("low", "op,dh")])
def test_a_lock_rests_at_the_level_that_does_not_fire_it(active, rest):
    said = dict(_pins(BOOT.fragment(_site(lock_active=active, switch_shut="high"))))
    assert said == {17: rest, 18: rest, 22: "ip,pd", 27: "ip,pd"}
    assert "dtparam=strict_gpiod" in BOOT.fragment(_site())


def test_the_serial_line_of_the_header_is_switched_on_for_each_model_and_leaves_the_console(boot):
    BOOT.apply(_site("cb8a", port="/dev/ttyAMA0"), boot, None)
    lines = (boot / "locker.txt").read_text().splitlines()
    for model in ("[pi3]", "[pi02]", "[pi4]"):
        assert lines[lines.index(model) + 1] == "dtoverlay=disable-bt"
    assert lines[lines.index("[pi5]") + 1] == "dtparam=uart0=on"
    assert lines[lines.index("[pi5]") + 2] == "[all]", "what follows is for every model again"
    assert "serial0" not in (boot / "cmdline.txt").read_text()
    assert "console=tty1 root=PARTUUID=1 rootwait" in (boot / "cmdline.txt").read_text()


def test_an_adapter_on_usb_needs_no_serial_line_and_no_pins(boot):
    BOOT.apply(_site("cb8a", port="/dev/locker-rs485"), boot, None)
    text = (boot / "locker.txt").read_text()
    assert "uart" not in text
    assert "gpio=" not in text
    assert "strict_gpiod" not in text
    assert "console=serial0,115200" in (boot / "cmdline.txt").read_text()


def test_limits_of_memory_hold_on_a_pi(boot):
    BOOT.apply(_site(), boot, None)
    assert (boot / "cmdline.txt").read_text() == CMDLINE.rstrip() + " cgroup_enable=memory\n"


def test_expanders_and_a_clock_switch_their_bus_on_and_a_pi_5_has_a_clock_of_its_own():
    assert "dtparam=i2c_arm=on" in BOOT.fragment(_site("mcp23017"))
    lines = BOOT.fragment(_site(), "ds3231").splitlines()
    assert "dtparam=i2c_arm=on" in lines
    assert [lines[at - 1] for at, line in enumerate(lines) if line == "dtoverlay=i2c-rtc,ds3231"] == [
        "[pi02]",
        "[pi3]",
        "[pi4]",
    ]


def test_a_second_time_changes_nothing_and_the_first_files_are_kept(boot):
    assert BOOT.apply(_site(), boot, None)
    after = {path.name: path.read_text() for path in boot.iterdir()}
    assert not BOOT.apply(_site(), boot, None)
    assert {path.name: path.read_text() for path in boot.iterdir()} == after
    assert after["config.txt"].startswith(CONFIG)
    assert after["config.txt"].endswith("[all]\ninclude locker.txt\n"), (
        "no filter of before holds for the cabinet's lines"
    )
    assert BOOT.apply(_site(lock_active="low"), boot, None)
    assert (boot / "config.txt.before-locker").read_text() == CONFIG
    assert (boot / "cmdline.txt.before-locker").read_text() == CMDLINE


def test_taken_away_config_is_what_it_was(boot):
    BOOT.apply(_site(), boot, None)
    BOOT.remove(boot)
    assert (boot / "config.txt").read_text() == CONFIG
    assert not (boot / "locker.txt").exists()
