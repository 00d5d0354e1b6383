"""The units: how little the daemon may do, and that they agree with the rest of the house."""

import configparser
import re
import shutil
import subprocess

import pytest
from tree import ROOT

from locker.watchdog import FEED_SECONDS

UNITS = ROOT / "systemd"


class _Twice(dict):
    """Keys of a unit may stand twice."""

    def __setitem__(self, key, value):
        if isinstance(value, list) and isinstance(self.get(key), list):
            value = self[key] + value
        super().__setitem__(key, value)


def _unit(name):
    unit = configparser.RawConfigParser(strict=False, dict_type=_Twice, delimiters=("=",))
    unit.optionxform = str
    unit.read(UNITS / name)
    return unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_the_daemon_is_exposed_no_more_than_it_must():
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / "lockerd.service")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert exposure is not None, said
    assert float(exposure.group(1)) <= 1.6


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_systemd_understands_every_line(unit):
    command = ["systemd-analyze", "verify", str(UNITS / unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    missing_here = re.compile(r"not executable|[Mm]an page|Failed to (?:load|prepare)|Unit \S+ not found")
    assert [line for line in said.splitlines() if unit in line and not missing_here.search(line)] == []


def test_the_watchdog_waits_for_more_than_two_heartbeats():
    service = _unit("lockerd.service")["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 2 * FEED_SECONDS


def test_the_daemon_is_always_started_again_and_never_given_up():
    unit = _unit("lockerd.service")
    assert unit["Service"]["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_the_keys_stay_with_the_daemon():
    service = _unit("lockerd.service")["Service"]
    assert (service["UMask"], service["StateDirectoryMode"], service["LimitCORE"]) == ("0077", "0700", "0")
    assert _unit("locker-kiosk.service")["Service"]["User"] != service["User"]


def test_the_revision_of_the_pi_stays_readable():
    # gpiozero reads it from /proc/device-tree or /proc/cpuinfo, which ProcSubset=pid would hide.
    assert "ProcSubset" not in _unit("lockerd.service")["Service"]


def test_every_user_and_group_of_the_units_is_made():
    made = (UNITS / "sysusers.d" / "locker.conf").read_text().split()
    for unit in UNITS.glob("*.service"):
        service = _unit(unit.name)["Service"]
        for user in [service["User"], *service.get("SupplementaryGroups", "").split()]:
            assert user in made, f"{user} of {unit.name}"


@pytest.mark.parametrize("script", ["systemd/install.sh", "systemd/kiosk-browser", ".ci/run", ".ci/system-packages"])
def test_a_script_is_whole(script):
    first = (ROOT / script).read_text().split("\n", 1)[0].removeprefix("#!").split()
    assert subprocess.run([*first, "-n", str(ROOT / script)], check=False).returncode == 0
    assert (ROOT / script).stat().st_mode & 0o111
