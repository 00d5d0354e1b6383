"""The units: how little the daemon may do, and that they agree with the rest of the house."""

import configparser
import re
import shutil
import subprocess

import pytest
from tree import ROOT

from hardware.clock import ClockSources
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
@pytest.mark.parametrize(
    ("unit", "at_most"), [("lockerd.service", 1.6), ("locker-clock.service", 0.5), ("locker-kiosk.service", 2.2)]
)
def test_a_service_is_exposed_no_more_than_it_must(unit, at_most):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert exposure is not None, said
    assert float(exposure.group(1)) <= at_most


def _allowed_calls(unit):
    """What the filters of a unit leave, as systemd adds them up."""
    allowed = set()
    for line in _unit(unit)["Service"]["SystemCallFilter"].splitlines():
        calls = {call for word in line.removeprefix("~").split() for call in _calls_of(word)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def _calls_of(word):
    if not word.startswith("@"):
        return {word}
    command = ["systemd-analyze", "syscall-filter", "--no-pager", word]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in said.splitlines()[1:]]
    return {call for each in words if each and not each.startswith("#") for call in _calls_of(each)}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_A5_the_witness_may_ask_the_kernel_for_the_clock_and_the_daemon_asks_the_witness():
    asking = {"adjtimex", "clock_adjtime", "clock_adjtime64"}
    witness, daemon = _unit("locker-clock.service"), _unit("lockerd.service")
    assert asking <= _allowed_calls("locker-clock.service")
    assert not {"settimeofday", "clock_settime", "clock_settime64"} & _allowed_calls("locker-clock.service")
    assert "ProtectClock" not in witness["Service"], "it forbids asking as well"
    assert witness["Service"]["CapabilityBoundingSet"] == "", "nothing can be set without CAP_SYS_TIME"
    assert not asking & _allowed_calls("lockerd.service")
    assert "locker-clock.service" in daemon["Unit"]["Wants"]
    assert "locker-clock.service" in daemon["Unit"]["After"]


def test_A5_witness_and_daemon_speak_of_the_same_file():
    service = _unit("locker-clock.service")["Service"]
    assert service["ExecStart"].split()[-1] == str(ClockSources().witness)
    assert ClockSources().witness.parent.name == service["RuntimeDirectory"]
    assert service["RuntimeDirectoryMode"] == "0755"
    assert service["ExecStart"].split()[-2] == "/opt/locker/hardware/kernel_clock.py"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_systemd_understands_every_line(unit):
    command = ["systemd-analyze", "verify", str(UNITS / unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    missing_here = re.compile(r"not executable|[Mm]an page|Failed to (?:load|prepare)|Unit \S+ not found")
    assert [line for line in said.splitlines() if unit in line and not missing_here.search(line)] == []


def test_the_watchdog_bites_no_disk_that_the_kernel_still_waits_for():
    service = _unit("lockerd.service")["Service"]
    kernel_wait = 30  # of a USB disk, after which it is asked once more; five times 10 s of an SD card
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= FEED_SECONDS + 2 * kernel_wait


def test_the_hardware_watchdog_is_one_that_every_pi_can_hold():
    watchdog = (UNITS / "system.conf.d" / "locker-watchdog.conf").read_text()
    assert re.search(r"^RuntimeWatchdogSec=(\d+)$", watchdog, re.MULTILINE).group(1) == "15"


@pytest.mark.parametrize("part", sorted(path.relative_to(ROOT).as_posix() for path in UNITS.glob("*.d/*.conf")))
def test_what_configures_the_system_comes_with_the_package_and_with_the_installer_and_goes_with_it(part):
    assert f'"{part}": "usr/lib/' in (ROOT / "deb/build_deb.py").read_text()
    installer = (ROOT / "systemd/install.sh").read_text()
    place = part if part.split("/")[1].endswith("conf.d") else part.removeprefix("systemd/")
    assert f'put 644 "$HERE/{part}" $ETC/{place}\n' in installer
    assert re.search(rf"^\trm -f .*\$ETC/{re.escape(place)}( |$)", installer, re.MULTILINE)


def test_the_data_is_waited_for_where_it_has_a_disk_of_its_own():
    service = _unit("lockerd.service")
    assert service["Unit"]["RequiresMountsFor"] == f"/var/lib/{service['Service']['StateDirectory']}"


def test_kinds_of_device_are_known_to_the_kernel_before_they_are_allowed():
    for name, modules in (
        ("lockerd.service", "i2c_dev usbserial cdc_acm videodev mc"),
        ("locker-kiosk.service", "drm snd"),
    ):
        unit = _unit(name)
        for module in modules.split():
            for key in ("Wants", "After"):
                assert f"modprobe@{module}.service" in unit["Unit"][key].split(), (name, module)
        assert unit["Service"]["DevicePolicy"] == "closed"


def test_the_screen_needs_no_session_so_that_its_limits_hold_and_it_ends_when_its_compositor_does():
    unit = _unit("locker-kiosk.service")
    service = unit["Service"]
    assert not {"PAMName", "Slice", "KillMode"} & set(service)
    assert "seatd.service" in unit["Unit"]["Wants"].split()
    assert "LIBSEAT_BACKEND=seatd" in service["Environment"]
    assert f"XDG_RUNTIME_DIR=/run/{service['RuntimeDirectory']}" in service["Environment"]
    assert {"MemoryHigh", "MemoryMax", "TasksMax", "IPAddressDeny", "WatchdogSec"} <= set(service)
    assert service["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


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
            assert user in {*made, "root"}, f"{user} of {unit.name}"


@pytest.mark.parametrize("script", ["systemd/install.sh", "systemd/kiosk-browser", ".ci/run", ".ci/system-packages"])
def test_a_script_is_whole(script):
    first = (ROOT / script).read_text().split("\n", 1)[0].removeprefix("#!").split()
    assert subprocess.run([*first, "-n", str(ROOT / script)], check=False).returncode == 0
    assert (ROOT / script).stat().st_mode & 0o111
