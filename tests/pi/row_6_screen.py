"""Rows: the kiosk is seen on the screen and answers a finger. cage and Chromium as the unit starts them."""

import pytest
from pi_screen import DEVICES, Screen


@pytest.fixture(scope="module")
def pi(machine):
    one = machine("screen", append="", extra=DEVICES)
    one.wait_far_end()
    one.shut_every_door()
    return one


@pytest.fixture(scope="module")
def screen(pi):
    return Screen(pi)


def test_UX_the_kiosk_is_seen_on_the_screen_after_power(pi, screen, measured):
    measured.append(f"daemon ready {pi.wait_ready():.0f} s")
    screen.wait_word("English", 1500)
    screen.keep("kiosk")
    measured.append(f"page on the screen {pi.since():.0f} s after power")


def test_UX_a_finger_on_the_screen_changes_the_page(pi, screen, measured):
    x, y = screen.wait_word("English")
    touched = pi.since()
    screen.touch(x, y)
    screen.wait_word("Collect")
    screen.keep("kiosk-touched")
    measured.append(f"page in English {pi.since() - touched:.0f} s after the touch, the reading of it included")


def test_a_screen_whose_browser_died_comes_back_by_itself(pi, screen, measured):
    pi.command("pkill -KILL -o chromium || pkill -KILL -o chrome")
    died = pi.since()
    screen.wait_word("English", 1500)
    measured.append(f"page again {pi.since() - died:.0f} s after the kill")
    used = pi.command("free -m | awk 'NR==2{print $3, $7}'").split()
    measured.append(f"with the screen {used[0]} MB used, {used[1]} MB available")
