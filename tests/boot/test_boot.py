"""The package under a real systemd: installed, booted, the screen up, and back after every part of it was killed."""

import json
import warnings

import pytest
from boot_bench import SCREEN_IN_MEMORY, Machine, obstacle
from tree import ROOT

UNITS = ("locker-clock.service", "lockerd.service", "locker-kiosk.service")
LISTEN = "127.0.0.1:8099"
NOT_OURS = (  # lines of a machine that is none: no devices, no bus to log in by, and a screen in memory
    "drmGetDevices2",
    "Basic output test failed",
    "Failed to set fd limit",
    "Failed to kill control group",
    "dbus-org.freedesktop.login1",
    "org.freedesktop.login1",
)


@pytest.fixture(scope="module")
def machine(deb, tmp_path_factory):
    if reason := obstacle():
        warnings.warn(f"NOTHING WAS BOOTED: {reason}", stacklevel=1)
        pytest.skip(f"nothing was booted: {reason}")
    folder = tmp_path_factory.mktemp("boot")
    site = (ROOT / "firmware_config/sites/cb8a-24.toml").read_text(encoding="utf-8")
    site += f'\n[kiosk]\nlisten = "{LISTEN}"\n' if "[kiosk]" not in site else ""
    site = site.replace("127.0.0.1:8080", LISTEN)
    with Machine(folder, deb, site, {"locker-kiosk": SCREEN_IN_MEMORY}) as booted:
        yield booted


def _shown(machine):
    return machine.show("locker-kiosk.service", "StatusText") == "The page is shown"


def _painted(machine):
    answer = machine.ask(
        "python3", "-c", f"import urllib.request as u; print(u.urlopen('http://{LISTEN}/painted').read().decode())"
    )
    return answer and json.loads(answer)["seconds"] is not None and json.loads(answer)["seconds"] < 30


def test_the_package_boots_to_a_daemon_that_is_ready_and_a_screen_that_is_painted(machine):
    machine.until("the screen shows the locker", lambda: _shown(machine) and _painted(machine))
    for unit in UNITS:
        assert machine.show(unit, "ActiveState") == "active", unit
        assert machine.show(unit, "NRestarts") == "0", unit
    assert machine.ask("systemctl", "--failed", "--plain", "--no-legend").strip() == ""


def test_the_journal_of_a_boot_is_clean(machine):
    loud = [line for line in machine.journal("-b", "-p", "warning") if not any(known in line for known in NOT_OURS)]
    assert loud == []
    said = [line for unit in UNITS for line in machine.journal("-b", "-u", unit)]
    assert "ready" in said
    assert [line for line in said if "Traceback" in line] == []


FLOOD = "import os; [print(os.urandom(20_000).hex()) for _ in range(900)]"


def test_N12_whatever_a_program_says_over_and_over_the_log_keeps_to_its_room(machine):
    machine.ask("systemd-cat", "--identifier=flood", "python3", "-I", "-S", "-c", FLOOD)
    machine.ask("journalctl", "--sync")
    used = int(machine.ask("du", "-sk", "/run/log/journal").split()[0])
    assert 8_000 < used < 20_000, "16 MB in memory; without a bound it would be 36 MB"
    assert "SystemMaxUse=64M" in machine.ask("systemd-analyze", "cat-config", "systemd/journald.conf")


def test_limits_and_walls_stand_around_the_browser_itself(machine):
    names = list(machine.processes("locker-kiosk.service").values())
    assert "cage" in names
    assert names.count("chromium") > 3, "the browser and its sandboxed children are in the group that is limited"
    assert (
        machine.ask("systemctl", "list-units", "--plain", "--no-legend", "user-*.slice", "session-*.scope").strip()
        == ""
    )


@pytest.mark.parametrize("victim", ["cage", "chromium"])
def test_a_compositor_or_browser_that_is_killed_comes_back(machine, victim):
    machine.until("the screen shows the locker", lambda: _shown(machine))
    before = int(machine.show("locker-kiosk.service", "NRestarts"))
    oldest = min(number for number, name in machine.processes("locker-kiosk.service").items() if name == victim)
    machine.ask("kill", "-9", str(oldest))
    machine.until("a new start", lambda: int(machine.show("locker-kiosk.service", "NRestarts")) > before)
    machine.until("the screen shows the locker", lambda: _shown(machine) and _painted(machine))
    assert machine.show("lockerd.service", "NRestarts") == "0", "the visit lives in the daemon"


def test_a_compositor_that_hangs_is_noticed_by_its_page_and_started_anew(machine):
    machine.until("the screen shows the locker", lambda: _shown(machine))
    before = int(machine.show("locker-kiosk.service", "NRestarts"))
    cage = min(number for number, name in machine.processes("locker-kiosk.service").items() if name == "cage")
    machine.ask("kill", "-STOP", str(cage))
    machine.until("a new start", lambda: int(machine.show("locker-kiosk.service", "NRestarts")) > before)
    assert any("was not painted" in line for line in machine.journal("-u", "locker-kiosk.service"))
    machine.until("the screen shows the locker", lambda: _shown(machine) and _painted(machine))


def test_the_daemon_is_killed_and_the_screen_finds_it_again(machine):
    machine.until("the screen shows the locker", lambda: _shown(machine))
    before = machine.show("locker-kiosk.service", "NRestarts")
    machine.ask("systemctl", "kill", "--kill-whom=main", "--signal=SIGKILL", "lockerd.service")
    machine.until("a new start", lambda: machine.show("lockerd.service", "NRestarts") != "0")
    machine.until("the daemon is ready", lambda: machine.show("lockerd.service", "ActiveState") == "active")
    machine.until("the page is painted", lambda: _painted(machine))
    assert machine.show("locker-kiosk.service", "NRestarts") == before
