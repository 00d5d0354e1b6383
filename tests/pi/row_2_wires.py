"""Rows: each kind of wire, from the API outside to the coil and from the switch back, through the kernel's drivers."""

import re
import time

import pytest

PULSE_S = (0.35, 2.0)
"""A pulse of 400 ms: on a busy emulated machine longer, and never longer than a site file may ask for."""


@pytest.fixture(scope="module")
def pi(machine):
    one = machine("wires", watchdog="")
    one.wait_far_end()
    one.shut_every_door()
    one.wait_ready()
    one.wait_network()
    one.far_end("watch", pins=[9, 10, 11])
    one.far_end("trace_i2c")
    for door in ("A1", "B1", "B3"):
        one.settle(door)
    return one


def test_API_to_coil_on_a_pin_of_the_kernel_and_the_switch_back(pi, measured):
    """The production pin factory on a GPIO chip of the kernel; the coil is read on the kernel's other side."""
    before, asked = len(pi.pins), pi.since()
    pi.order_open("A1")
    pi.wait(lambda: [edge for edge in pi.coil_edges("A1", before) if edge[1] == 1], 60, "the coil of A1")
    high = pi.pins[-1][3]
    measured.append(f"order to coil {pi.coil_edges('A1', before)[-1][0] - asked:.2f} s")
    pi.spring("A1")
    measured.append(f"switch to API {pi.wait_seen('A1', 'open'):.2f} s")
    pi.wait(lambda: pi.coil_edges("A1", before)[-1][1] == 0, 60, "the end of the pulse")
    pulse = pi.pins[-1][3] - high
    assert PULSE_S[0] < pulse < PULSE_S[1], pulse
    assert [level for _, level in pi.coil_edges("A1", before)] == [1, 0]
    measured.append(f"pulse {pulse * 1000:.0f} ms")
    pi.settle("A1")


def test_an_expander_on_an_I2C_bus_of_the_kernel_opens_and_is_read(pi, measured):
    """i2c-stub keeps the registers; every byte on the bus is traced by the kernel."""
    before, asked = len(pi.chips), pi.since()
    pi.order_open("B1")

    def latched():
        said = [(re.search(r"c=14 I2C_BLOCK_DATA l=3 \[02-(\w\w)", one[1]), one) for one in pi.chips[before:]]
        return [(int(found[1], 16) & 1, one[0], one[2]) for found, one in said if found]

    pi.wait(lambda: [one for one in latched() if one[0]], 60, "the latch of B1")
    first = next(one for one in latched() if one[0])
    measured.append(f"order to latch {first[1] - asked:.2f} s")
    pi.spring("B1")
    measured.append(f"switch to API {pi.wait_seen('B1', 'open'):.2f} s")
    pi.wait(lambda: not latched()[-1][0], 60, "the end of the pulse")
    pulse = latched()[-1][2] - first[2]
    assert PULSE_S[0] < pulse < PULSE_S[1], pulse
    measured.append(f"pulse {pulse * 1000:.0f} ms")
    pi.settle("B1")
    assert pi.compartment("B1")["use"] == "free"


def test_a_lock_board_on_a_serial_line_opens_and_is_read(pi, measured):
    """An FTDI adapter on USB, named by our udev rule; the simulator's board at the far end."""
    before, asked = len(pi.board.pulses), time.monotonic()
    pi.order_open("B3")
    pi.wait(lambda: len(pi.board.pulses) > before, 60, "the pulse of the board")
    at, channel, _ = pi.board.pulses[-1]
    assert channel == 1
    measured.append(f"order to board {at - asked:.2f} s")
    measured.append(f"door to API {pi.wait_seen('B3', 'open'):.2f} s")
    pi.settle("B3")
    assert "locker-rs485" in pi.command("ls -l /dev/locker-rs485")


def test_the_process_watchdog_bites_a_daemon_that_stands_still(pi, measured):
    restarts = int(pi.command("systemctl show -P NRestarts lockerd"))
    before = pi.since()
    pi.command("kill -STOP $(systemctl show -P MainPID lockerd)")
    until = time.monotonic() + 600
    while int(pi.command("systemctl show -P NRestarts lockerd")) == restarts:
        assert time.monotonic() < until, "systemd did not notice"
        time.sleep(1)
    allowed = pi.command("systemctl show -P WatchdogUSec lockerd")
    measured.append(f"ended after {pi.since() - before:.0f} s of {allowed}")
    pi.wait_ready()
    measured.append(f"ready again after {pi.since() - before:.0f} s")
    pi.wait_seen("A1", "shut")


def test_the_hardware_watchdog_resets_a_kernel_that_hangs_and_no_coil_moves(pi, measured):
    pi.hello = None
    events, edges, before = len(pi.events), len(pi.pins), pi.since()
    pi.send_command("echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger")
    pi.wait(lambda: [event for event in pi.events[events:] if event[1] == "WATCHDOG"], 300, "the watchdog")
    measured.append(f"bit after {pi.since() - before:.1f} s of 10 s")
    pi.wait_far_end()
    pi.far_end("watch", pins=[9, 10, 11])
    pi.shut_every_door()
    pi.wait_ready()
    measured.append(f"ready again after {pi.since() - before:.0f} s")
    assert {level for _, _, level, _ in pi.pins[edges:]} == {0}
