"""Whether the wall clock may be believed: the kernel's word, timesyncd's file, a clock with a battery, the release."""

import ctypes
import errno
import logging
import os
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hardware import clock, kernel_clock
from hardware.clock import RELEASED, ClockSources, SystemClock

NOW = RELEASED + timedelta(days=400)
BEFORE = RELEASED - timedelta(days=1)
STA_UNSYNC = 0x40


def refused():
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


class Machine:
    """The files of a machine and its kernel; at first nobody says that the clock is right."""

    def __init__(self, folder):
        self.wall = NOW
        self.kernel = lambda: False
        self.timesync, self.witness, self.rtcs = folder / "synchronized", folder / "kernel", folder / "rtc"

    def rtc(self, told, name="rtc0", hctosys=1):
        chip = self.rtcs / name
        chip.mkdir(parents=True)
        (chip / "hctosys").write_text(f"{hctosys}\n")
        (chip / "since_epoch").write_text(f"{told if isinstance(told, str) else int(told.timestamp())}\n")

    def witness_says(self, word, seconds_ago=0.0):
        self.witness.write_text(f"{word} {time.monotonic() - seconds_ago}\n")

    def clock(self):
        sources = ClockSources(self.timesync, self.witness, self.rtcs, self.kernel, lambda: self.wall)
        return SystemClock(sources)

    @property
    def synced(self):
        return self.clock().synced()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_A5_nobody_s_word_is_not_synced(machine):
    assert not machine.synced


def test_A5_the_kernel_s_word_is_enough_without_timesyncd_and_without_a_battery(machine):
    machine.kernel = lambda: True
    assert machine.synced


def test_A5_timesyncd_s_file_is_enough(machine):
    machine.kernel = refused
    machine.timesync.touch()
    assert machine.synced


def test_A5_a_clock_with_a_battery_that_tells_the_time_is_enough(machine):
    machine.rtc(NOW - timedelta(seconds=20))
    assert machine.synced


def test_A5_a_pi_5_without_a_battery_begins_in_1970_and_is_not_believed(machine):
    uptime = timedelta(hours=3)
    machine.rtc(datetime(1970, 1, 1, tzinfo=UTC) + uptime)
    assert not machine.synced
    machine.wall = datetime(1970, 1, 1, tzinfo=UTC) + uptime
    assert not machine.synced


def test_A5_an_empty_clock_of_the_board_does_not_hide_a_second_one_with_a_battery(machine):
    machine.rtc(datetime(1970, 1, 1, tzinfo=UTC))
    machine.rtc(NOW, name="rtc1", hctosys=0)
    assert machine.synced


@pytest.mark.parametrize("told", ["", "soon", NOW - timedelta(days=5), NOW + timedelta(days=5)])
def test_A5_a_battery_says_nothing_of_a_wall_clock_that_differs_or_when_it_cannot_be_read(machine, told):
    machine.rtc(told)
    assert not machine.synced


def test_A5_a_clock_on_a_stuck_bus_is_waited_for_once_and_briefly_and_believed_when_it_answers(machine, monkeypatch):
    monkeypatch.setattr(clock, "_CHECK_SECONDS", 0)
    monkeypatch.setattr(clock, "_RTC_EVERY_SECONDS", 0)
    monkeypatch.setattr(clock, "_RTC_WITHIN_SECONDS", 0.05)
    machine.rtc(NOW)
    file = machine.rtcs / "rtc0" / "since_epoch"
    file.unlink()
    os.mkfifo(file)  # whoever opens it for reading is held by the kernel until somebody writes
    asked = machine.clock()
    assert not asked.synced()
    (stuck,) = [thread for thread in threading.enumerate() if thread.name == "hardware clock"]
    begun = time.monotonic()
    assert not any(asked.synced() for _ in range(100))
    assert time.monotonic() - begun < 2
    assert [thread for thread in threading.enumerate() if thread.name == "hardware clock"] == [stuck]
    file.write_text(f"{int(NOW.timestamp())}\n")
    stuck.join()
    file.unlink()
    machine.rtcs.joinpath("rtc0", "since_epoch").write_text(f"{int(NOW.timestamp())}\n")
    deadline = time.monotonic() + 20
    while not asked.synced():
        assert time.monotonic() < deadline


def test_A5_a_bus_that_gets_stuck_later_takes_nothing_back_and_holds_nobody(machine, monkeypatch):
    monkeypatch.setattr(clock, "_CHECK_SECONDS", 0)
    monkeypatch.setattr(clock, "_RTC_EVERY_SECONDS", 0)
    machine.rtc(NOW)
    asked = machine.clock()
    assert asked.synced()
    file = machine.rtcs / "rtc0" / "since_epoch"
    file.unlink()
    os.mkfifo(file)
    monkeypatch.setattr(clock, "_RTC_WITHIN_SECONDS", 10)
    begun = time.monotonic()
    assert all(asked.synced() for _ in range(100))
    assert time.monotonic() - begun < 5
    for thread in threading.enumerate():
        if thread.name == "hardware clock":
            file.write_text("1\n")
            thread.join()


def test_A5_before_the_release_it_is_never_synced_whoever_says_so(machine):
    machine.wall = BEFORE
    machine.kernel = lambda: True
    machine.timesync.touch()
    machine.rtc(BEFORE)
    machine.witness_says("synced")
    assert not machine.synced
    machine.wall = RELEASED
    assert machine.synced


def test_A5_the_release_has_been():
    assert datetime.now(UTC) > RELEASED


def test_A5_where_the_kernel_may_not_be_asked_the_witness_is_and_only_while_its_word_is_fresh(machine):
    machine.kernel = refused
    machine.witness_says("synced")
    assert machine.synced
    machine.witness_says("unsynced")
    assert not machine.synced
    for old in (kernel_clock.FRESH_SECONDS + 1, -5):
        machine.witness_says("synced", seconds_ago=old)
        assert not machine.synced
    for torn in ("", "synced", "synced soon", "synced nan", "synced 1 2"):
        machine.witness.write_text(torn)
        assert not machine.synced


def test_A5_a_refusal_without_a_witness_is_said_once_with_its_remedy(machine, monkeypatch, caplog):
    monkeypatch.setattr(clock, "_CHECK_SECONDS", 0)
    machine.kernel = refused
    asked = machine.clock()
    for _ in range(5):
        assert not asked.synced()
    said = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert "EPERM" in said[0].getMessage()
    assert "locker-clock.service" in said[0].getMessage()


def test_A5_a_witness_is_no_reason_for_a_warning(machine, monkeypatch, caplog):
    monkeypatch.setattr(clock, "_CHECK_SECONDS", 0)
    machine.kernel = refused
    machine.witness_says("unsynced")
    asked = machine.clock()
    for _ in range(5):
        asked.synced()
    assert caplog.records == []


class Libc:
    """adjtimex(2) as the kernel fills it in; a struct timex begins so on every machine."""

    def __init__(self, maxerror, status):
        self.fields = struct.pack("@Illlli", 0, 0, 0, maxerror, 0, status)

    def adjtimex(self, answer):
        ctypes.memmove(answer, self.fields, len(self.fields))
        return 5 if struct.unpack("@Illlli", self.fields)[-1] & STA_UNSYNC else 0


@pytest.mark.parametrize(
    ("maxerror", "status", "synced"),
    [
        (16_000_000, STA_UNSYNC, False),  # as the kernel starts, and after `date -s`
        (120_000, 0x2001, True),
        (450_000, 0x2001 | STA_UNSYNC, True),  # chrony without rtcsync
    ],
)
def test_A5_the_kernel_is_believed_by_the_error_that_it_admits(monkeypatch, maxerror, status, synced):
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Libc(maxerror, status))
    assert kernel_clock.kernel_synced() is synced


UNDER_THE_FILTER = """
import ctypes, logging, sys
from pathlib import Path
from hardware import clock
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(0x7FFF0000)))
for name in (b"adjtimex", b"clock_adjtime", b"clock_settime", b"settimeofday"):
    seccomp.seccomp_rule_add(rules, ctypes.c_uint32(0x00050001), seccomp.seccomp_syscall_resolve_name(name), 0)
assert seccomp.seccomp_load(rules) == 0
logging.basicConfig(format="%(message)s")
clock._CHECK_SECONDS = 0
nowhere = Path(sys.argv[1])
none = nowhere / "none"
asked = clock.SystemClock(clock.ClockSources(timesync=none, rtcs=none, witness=nowhere / "kernel"))
print([asked.synced() for _ in range(3)])
"""


def test_A5_under_the_filter_of_the_unit_the_real_call_is_refused_and_the_witness_believed(tmp_path):
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not on this machine")

    def run():
        command = [sys.executable, "-c", UNDER_THE_FILTER, str(tmp_path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        return ran.stdout.strip(), ran.stderr

    answers, said = run()
    assert answers == "[False, False, False]"
    assert said.count("EPERM") == 1
    kernel_clock.write_answer(tmp_path / "kernel", synced=True)
    assert run() == ("[True, True, True]", "")


def test_A5_the_witness_writes_what_the_real_kernel_says(tmp_path):
    file = tmp_path / "kernel"
    program = [sys.executable, "-I", "-S", kernel_clock.__file__, str(file)]
    with subprocess.Popen(program) as witness:
        try:
            deadline = time.monotonic() + 20
            while not file.exists():
                assert witness.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert kernel_clock.read_answer(file) is kernel_clock.kernel_synced()
        finally:
            witness.kill()
    assert [path.name for path in Path(tmp_path).iterdir()] == ["kernel"]
