"""Rows: a new card on QEMU's own board of a Pi 3, on Debian's drivers of its pins, card reader and serial line."""

import pytest
from pi_board3 import Board3, card_of_board3
from pi_card import copy_of
from pi_places import MADE

COILS = [9, 10, 11]


@pytest.fixture(scope="module")
def pi():
    folder = MADE / "run" / "board3"
    folder.mkdir(parents=True, exist_ok=True)
    card = copy_of(MADE / "locker-pi.img", MADE / "run" / "board3.img")
    key = card_of_board3(card, folder)
    with Board3(card, "board3", key=key, append="systemd.mask=locker-kiosk.service") as one:
        one.watch(COILS)
        one.shut_every_door()
        yield one


def test_the_card_starts_on_the_board_of_a_pi_3(pi, measured):
    pi.wait_far_end()
    measured.append(f"a shell by the installer's key {pi.since():.0f} s after power")
    measured.append(f"ready {pi.wait_ready():.0f} s after power, {pi.own():.0f} s of its own")
    assert pi.command("tr -d '\\0' < /proc/device-tree/model") == "Raspberry Pi 3 Model B"
    assert pi.command("findmnt -no SOURCE /") == "/dev/mmcblk0p2"
    assert "pinctrl-bcm2835" in pi.command("gpiodetect")
    assert pi.command("systemctl --failed --no-legend --plain") == ""
    assert all(pi.is_output(pin) for pin in COILS)
    assert {level for _, _, level, _ in pi.pins} == {0}
    measured.append("no coil moved")


def test_API_to_the_registers_of_the_chip_and_back(pi, measured):
    pi.make_token()
    pi.wait_network()
    for door in ("A1", "B3"):
        pi.settle(door)
    before, asked = len(pi.pins), pi.since()
    pi.order_open("A1")
    pi.wait(lambda: [level for _, level in pi.coil_edges("A1", before)] == [1, 0], 60, "a pulse of A1")
    (began, _), (ended, _) = pi.coil_edges("A1", before)
    assert 0.35 < ended - began < 2, (began, ended)
    measured.append(f"order to coil {began - asked:.2f} s, pulse {(ended - began) * 1000:.0f} ms")
    pi.spring("A1")
    measured.append(f"switch to API {pi.wait_seen('A1', 'open'):.2f} s")
    pi.settle("A1")


def test_a_lock_board_on_the_serial_line_of_the_header(pi, measured):
    before, asked = len(pi.board.pulses), pi.since()
    pi.order_open("B3")
    pi.wait(lambda: len(pi.board.pulses) > before, 60, "the pulse of the board")
    assert pi.board.pulses[-1][1] == 1
    measured.append(f"order to board {pi.since() - asked:.2f} s")
    measured.append(f"door to API {pi.wait_seen('B3', 'open'):.2f} s")
    pi.settle("B3")
    assert len(pi.board.pulses) == before + 1
