"""What keeps the screen of the cabinet: whose page it shows, when it is started anew, what can be typed at it."""

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
from tree import ROOT

UNITS = ROOT / "systemd"


def _loaded(name):
    spec = importlib.util.spec_from_file_location(name, UNITS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


KEEPER, SETTINGS = _loaded("screen_keeper"), _loaded("screen_settings")


def test_a_page_that_was_painted_just_now_is_no_fault():
    judge = KEEPER.ScreenJudge()
    assert [judge.fault(now, 4.0) for now in (0, 1000, 2000)] == [None, None, None]


def test_a_page_that_is_not_painted_any_more_starts_the_screen_anew():
    judge = KEEPER.ScreenJudge()
    assert judge.fault(0, 1.0) is None
    assert judge.fault(40, 41.0) is None
    assert "not painted" in judge.fault(75, 76.0)


def test_the_first_picture_may_take_as_long_as_a_slow_card_needs():
    judge = KEEPER.ScreenJudge()
    assert judge.fault(0, None) is None
    assert judge.fault(KEEPER.START_SECONDS, None) is None
    assert "not painted" in judge.fault(KEEPER.START_SECONDS + 5, None)


def test_a_locker_that_does_not_answer_is_not_held_against_the_screen():
    judge = KEEPER.ScreenJudge()
    judge.fault(0, 1.0)
    judge.fault(35, 36.0)
    judge.locker_silent()
    assert judge.fault(600, None) is None, "the page needs a moment to find the locker again"
    assert judge.fault(700, None) is not None


def test_nobody_at_the_address_is_a_silent_locker():
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(KEEPER.LockerSilent):
            KEEPER.painted_ago(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_compositor_that_ends_ends_its_keeper_and_systemd_is_told_that_it_began(tmp_path):
    notified = tmp_path / "notify"
    (tmp_path / "address").write_text("http://127.0.0.1:9/\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(notified))
        systemd.settimeout(10)
        command = [sys.executable, "-I", "-S", UNITS / "screen_keeper.py", tmp_path / "address", "sh", "-c", "exit 3"]
        ended = subprocess.run(
            command,
            env={**os.environ, "NOTIFY_SOCKET": str(notified)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert systemd.recv(100) == b"READY=1"
    assert ended.returncode == 1
    assert "ended with 3" in ended.stderr


def test_the_screen_shows_the_port_of_the_site_file_and_may_go_nowhere_else(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text('[kiosk]\nlisten = "127.0.0.1:8099"\n')
    SETTINGS.main(site, tmp_path / "out")
    assert (tmp_path / "out" / "address").read_text() == "http://127.0.0.1:8099/\n"
    policy = json.loads((tmp_path / "out" / "policy.json").read_text())
    assert policy["URLAllowlist"] == ["http://127.0.0.1:8099", (UNITS / "starting.html").as_uri()]
    assert policy["URLBlocklist"][0] == "*"
    assert {"chrome://*", "file://*", "javascript://*", "view-source:*"} <= set(policy["URLBlocklist"])
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "out").iterdir()} == {"0o644"}


@pytest.mark.parametrize("text", ["", "not toml", "[kiosk]\nlisten = 8080\n", '[[bank]]\nname = "x"\n'])
def test_a_site_file_without_an_address_has_the_one_that_the_daemon_takes(tmp_path, text):
    site = tmp_path / "site.toml"
    site.write_text(text)
    assert SETTINGS.kiosk_listen(site) == "127.0.0.1:8080"
    assert SETTINGS.kiosk_listen(tmp_path / "none.toml") == "127.0.0.1:8080"


@pytest.mark.skipif(shutil.which("xkbcli") is None, reason="xkbcli is not on this machine")
def test_no_key_that_begins_a_shortcut_can_be_pressed_at_the_screen():
    said = subprocess.run(
        ["xkbcli", "compile-keymap", "--rules", "locker"],
        env={**os.environ, "XKB_CONFIG_EXTRA_PATH": str(UNITS / "xkb")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    symbols = said[said.index("xkb_symbols") :]
    typed = dict(re.findall(r"key <([^>]+)>\s*\{[^\[]*\[\s*(\S+?)[,\s]", symbols))
    keys = {name for name, first in typed.items() if first != "Pause"}
    assert {"AE01", "AC01", "RTRN", "TAB", "LEFT", "BKSP", "SPCE"} <= keys
    assert [typed[f"KP{number}"] for number in range(10)] == [f"KP_{number}" for number in range(10)]
    shortcuts = {"LCTL", "RCTL", "LALT", "RALT", "LWIN", "RWIN", "MENU", "ESC", "PRSC", "DELE", "CAPS"}
    assert not keys & {*shortcuts, *(f"FK{number:02}" for number in range(1, 13))}
    assert "XF86Back" not in symbols
    assert "XF86HomePage" not in symbols
    # A key without a symbol is a key of an American keyboard to Chromium: F1 leads out of the page.
    assert set(re.findall(r"<([^>]+)>\s*= \d+;", said)) - set(typed) == set()
    maps = [line.split()[1] for line in symbols.splitlines() if "modifier_map" in line]
    assert set(maps) <= {"Shift", "Lock", "Mod2"}


def test_the_browser_says_of_its_own_page_only_that_it_is_the_screen_of_the_cabinet():
    assert "?cabinet" in (UNITS / "kiosk-browser").read_text()
    assert 'location.search === "?cabinet"' in (ROOT / "api/web/static/kiosk.js").read_text()
