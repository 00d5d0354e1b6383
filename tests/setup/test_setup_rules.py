"""The rules behind the questions: sizes, pins, places, lines of a terminal, sentences in three languages."""

import ctypes
import os
import pwd
import re
import select
import signal
from functools import partial
from itertools import pairwise
from operator import call
from pathlib import Path

import pytest
import tomlkit
from tree import ROOT

import lockerd.setup
from api.i18n import LANGUAGES, translate
from locker.core.model import Size
from locker.errors import SettingsError
from lockerd.setup import site_file
from lockerd.setup.answers import Answers
from lockerd.setup.doors import HIGHEST_MM, LOWEST_MM, column_sizes, compartments, heights, numbers, wires
from lockerd.setup.folder_owner import acting_as_owner
from lockerd.setup.terminal import COLUMNS, Stopped, Terminal, Wrong, width, wrapped
from lockerd.setup.wires import PINS


def code_of_the_wizard():
    return "".join(path.read_text("utf-8") for path in Path(lockerd.setup.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_UX_04_every_sentence_is_there_in_every_language_and_none_is_unused(language):
    from babel.messages.pofile import read_po

    with (ROOT / "api/locales" / language / "setup.po").open("rb") as file:
        held = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    with (ROOT / "api/locales/en/setup.po").open("rb") as file:
        english = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    assert held.keys() == english.keys()
    for key, text in held.items():
        assert text, key
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), key
    code = code_of_the_wizard()
    named = {key.removeprefix("setup.") for key in held}
    tables = ("ask_site_", "ask_storage_", "ask_notices_", "ask_staff_", "ask_backup_")
    families = ("kind_", "backup_", "walk_by_", "seen_", *tables)
    assert [key for key in named if f'"{key}"' not in code and not key.startswith(families)] == []
    calls = r"(?:\.say|\.text|\.ask|\.agree|\.agree_meanwhile|\.choose|\btext|Wrong)"
    asked = set(re.findall(calls + r'\(\s*"(\w+)"', code))
    assert asked - named == set()
    assert len(asked) > 50


def test_a_column_is_typed_as_it_is_counted():
    assert column_sizes("2s, 1M xl", 9) == [Size.S, Size.S, Size.M, Size.XL]
    for wrong in ("", "4Q", "M4", "0M", "10M", "4 S"):
        with pytest.raises(Wrong):
            column_sizes(wrong, 9)


def test_pins_are_typed_as_ranges():
    assert numbers("9-11, 4", 27) == [9, 10, 11, 4]
    for wrong in ("", "x", "3-", "9-11,10", "28", "11-9"):
        with pytest.raises(Wrong):
            numbers(wrong, 27)


@pytest.mark.parametrize(("kind", "example"), [("gpio", "gpio-8"), ("mcp23017", "mcp23017-16")])
def test_the_pins_offered_are_those_of_the_wiring_and_of_the_example(kind, example):
    site = tomlkit.parse((ROOT / f"firmware_config/sites/{example}.toml").read_text("utf-8"))
    doors = [door for door in site["compartment"] if door["bank"] == site["bank"][0]["name"]]
    locks, switches, last = PINS[kind]
    assert numbers(locks, last) == [door["lock"] for door in doors]
    assert numbers(switches, last) == [door["switch"] for door in doors]


def test_doors_go_from_the_top_of_the_first_column_over_all_boards():
    places = wires([{"name": "b1", "doors": 2}, {"name": "b2", "locks": [9], "switches": [4]}])
    rows = list(compartments([[Size.S], [Size.M, Size.L]], places))
    assert [(row["id"], row["bank"], row.get("channel"), row.get("lock")) for row in rows] == [
        ("A1", "b1", 1, None),
        ("B1", "b1", 2, None),
        ("B2", "b2", None, 9),
    ]


@pytest.mark.parametrize("count", [1, 4, 12, 40])
def test_however_many_doors_a_column_has_they_stand_one_below_another_inside_the_cabinet(count):
    places = heights([Size.XL] * count)
    assert places[0][1] == HIGHEST_MM
    assert places[-1][0] >= LOWEST_MM - 1
    assert all(bottom < top for bottom, top in places)
    assert all(above[0] > below[1] for above, below in pairwise(places))


def test_lines_break_between_words_and_between_chinese_signs():
    english = wrapped("word " * 60)
    assert all(width(line) <= COLUMNS for line in english)
    assert " ".join(english).split() == ["word"] * 60
    chinese = wrapped("柜" * 100)
    assert [width(line) for line in chinese] == [78, 78, 44]
    assert wrapped(translate("zh-CN", "setup.welcome", file="/etc/locker/site.toml"))


def test_a_file_that_would_not_be_sound_is_not_written(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('[site]\nid = "x"\n', "utf-8")
    document = site_file.read(file)
    site_file.put(document, "site", {"id": "y"})
    with pytest.raises(SettingsError):
        site_file.write(file, document)
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]
    assert file.read_text("utf-8") == '[site]\nid = "x"\n'
    file.write_text("[site", "utf-8")
    with pytest.raises(SettingsError):
        site_file.read(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_what_root_makes_in_the_data_folder_belongs_to_the_folder_s_owner(tmp_path):
    nobody = pwd.getpwnam("nobody")
    for above in (tmp_path, *tmp_path.parents[:3]):
        above.chmod(0o755)
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    with acting_as_owner(folder):
        (folder / "locker.db").write_text("")
    made = (folder / "locker.db").stat()
    assert (made.st_uid, made.st_gid) == (nobody.pw_uid, nobody.pw_gid)
    assert os.geteuid() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_OB_06_answers_beside_root_s_site_file_are_kept_while_the_data_is_its_owner_s(tmp_path):
    tmp_path.chmod(0o755)
    (site := tmp_path / "etc").mkdir(mode=0o755)
    (data := tmp_path / "data").mkdir()
    os.chown(data, 65534, 65534)
    answers = Answers(site / "site.toml")
    with acting_as_owner(data):
        answers.keep("walked", ["A1"])
        (data / "of the owner").touch()
        with pytest.raises(PermissionError):
            (site / "of the owner").touch()
    assert Answers(site / "site.toml").get("walked") == ["A1"]
    assert [(path.stat().st_uid, path.stat().st_gid) for path in (answers.path, data / "of the owner")] == [
        (0, 0),
        (65534, 65534),
    ]


def test_a_ctrl_c_just_before_the_terminal_waits_is_not_slept_over(monkeypatch):
    """Signal and wait are one step for Python here, so it cannot act between the two."""
    keys, person = os.pipe()
    really, woken = select.select, []

    def interrupted(reading, writing, failing):
        signalled = partial(ctypes.CDLL(None).kill, os.getpid(), signal.SIGINT)
        _, (readable, _, _) = map(call, [signalled, partial(really, reading, writing, failing, 5)])
        woken.extend(readable)
        return readable, [], []

    monkeypatch.setattr(select, "select", interrupted)
    with pytest.raises(Stopped), Path(os.devnull).open("wb") as shown:
        Terminal(keys, shown.fileno()).ask("number", "1", str)
    os.close(keys)
    os.close(person)
    assert woken
