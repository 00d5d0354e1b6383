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
    screen.wait_word("English", 400)
    screen.keep("kiosk")
    restarts = pi.command("systemctl show -P NRestarts locker-kiosk")
    measured.append(f"page on the screen {pi.since():.0f} s after power, {pi.own():.0f} s of its own")
    measured.append(f"{restarts} restarts of the screen")


ESCAPES = """
ctrl-alt-f2 ctrl-alt-backspace ctrl-alt-delete alt-f4 alt-tab alt-left alt-f1 meta_l menu esc print sysrq
f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 home end pgup pgdn insert delete pause help find stop again undo
ac_back ac_forward ac_home ac_refresh ac_bookmarks mail calculator computer mediaselect audioplay volumeup
ctrl-w ctrl-t ctrl-n ctrl-shift-n ctrl-shift-t ctrl-l ctrl-o ctrl-s ctrl-p ctrl-u ctrl-f ctrl-h ctrl-j ctrl-d ctrl-minus
ctrl-f5 ctrl-tab ctrl-shift-i ctrl-shift-j ctrl-shift-b ctrl-shift-delete ctrl-shift-esc ctrl-shift-q
"""


def test_no_key_no_second_button_and_no_long_touch_leaves_the_page(pi, screen, measured):
    """A keyboard and a mouse that somebody has plugged in, and a finger that stays."""
    x, y = screen.wait_word("English")
    restarts, resets = pi.command("systemctl show -P NRestarts locker-kiosk"), len(pi.events)
    before = screen.picture()
    for keys in ESCAPES.split():
        screen.press(*keys.split("-"))
        assert screen.changed_since(before) < 0.02, (keys, screen.keep("escaped"))
    for button in ("right", "middle"):
        screen.hold(640, 20, 0.2, button)
    screen.hold(640, 20, 2.5)
    pi.command("sleep 3")
    assert screen.changed_since(before) < 0.02, screen.keep("escaped")
    assert screen.wait_word("English") == (x, y)
    assert (pi.command("systemctl show -P NRestarts locker-kiosk"), pi.events[resets:]) == (restarts, [])
    names = pi.command("ps -o comm= -u locker-kiosk | sort -u").split()
    assert set(names) <= {"cage", "chromium", "chrome_crashpad", "python3", "Xwayland", "cat", "sh"}, names
    measured.append(f"{len(ESCAPES.split())} keys and shortcuts, two more buttons and a long touch: the page as it was")


def test_UX_a_finger_on_the_screen_changes_the_page(pi, screen, measured):
    x, y = screen.wait_word("English")
    touched = pi.since()
    screen.touch(x, y)
    screen.wait_word("Collect")
    screen.keep("kiosk-touched")
    measured.append(f"page in English {pi.since() - touched:.0f} s after the touch, the reading of it included")


def test_a_screen_whose_browser_died_comes_back_by_itself(pi, screen, measured):
    restarts = int(pi.command("systemctl show -P NRestarts locker-kiosk"))
    pi.command("kill -KILL $(pgrep -u locker-kiosk -o chromium)")
    died = pi.since()
    screen.wait_gone("Collect")
    x, y = screen.wait_word("English", 400)
    measured.append(f"page again {pi.since() - died:.0f} s after the kill")
    screen.touch(x, y)
    screen.wait_word("Collect")
    assert int(pi.command("systemctl show -P NRestarts locker-kiosk")) > restarts
    used = pi.command("free -m | awk 'NR==2{print $3, $7}'").split()
    measured.append(f"with the screen {used[0]} MB used, {used[1]} MB available")
