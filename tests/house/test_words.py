"""What the pages for people name is there: files, folders, links, and every command."""

import re
from fnmatch import fnmatch

import pytest
from tree import LEFT_OUT, ROOT, kept_files, name

from locker.services.admin import build_parser

PAGES = ("README.md", "README.zh-CN.md", "docs/contributing.md", "tests/README.md")
READMES = PAGES[:2]
MADE = {*LEFT_OUT, ".hypothesis"}  # by make and by the tests: not under version control
MADE_NAMES = {"tests.xml"}
A_FILE = re.compile(r"(?:[\w.*-]+/)*[\w*-][\w.*-]*\.(?:py|md|toml|txt|po|c|html|js|css|sh|service|yaml)")
A_FOLDER = re.compile(r"(?:[\w.*-]+/)+")
PLACEHOLDER = re.compile(r"NAME|FILE|DIR|MODULE")


def _text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def _quoted(text):
    """What stands in backticks on one line, code blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def _paths(text):
    """What looks like a file or a folder of ours: not an address, not a placeholder, not what make makes."""
    words = {word for quoted in _quoted(text) for word in quoted.split()}
    return {
        word
        for word in words
        if (A_FILE.fullmatch(word) or A_FOLDER.fullmatch(word))
        and not PLACEHOLDER.search(word)
        and word.split("/")[0] not in MADE
        and word not in MADE_NAMES
    }


def _stands_in_the_tree(path):
    """A whole path, or the end of one: `evolve_door.py` beside `locker/core/evolve.py`."""
    kept = [name(file) for file in kept_files()]
    places = {f"/{file}" for file in kept} | {
        f"/{file[: end.end()]}" for file in kept for end in re.finditer("/", file)
    }
    return any(fnmatch(place, f"*/{path}") for place in places)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_that_a_page_names_is_there(page):
    paths = _paths(_text(page))
    assert len(paths) > 10
    assert sorted(path for path in paths if not _stands_in_the_tree(path)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", _text(page))
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_both_readmes_name_the_same_files_and_commands():
    english, chinese = (_text(page) for page in READMES)
    english = re.sub(r"^## How fast$.*?(?=^## )", "", english, flags=re.DOTALL | re.MULTILINE)  # short in Chinese
    assert _paths(english) == _paths(chinese)
    commands = [
        sorted(re.findall(r"^\| `((?:lockerd|locker-sim) .+?)` \|", text, re.MULTILINE)) for text in (english, chinese)
    ]
    assert commands[0] == commands[1] != []


@pytest.mark.parametrize("page", READMES)
def test_every_command_and_every_act_stands_in_the_readme(page):
    text = _text(page)
    commands = next(action for action in build_parser()._actions if action.dest == "command").choices
    acts = {
        f"{command} {act}"
        for command, parser in commands.items()
        for action in parser._actions
        if action.dest == "act"
        for act in action.choices
    }
    options = {
        option
        for parser in commands.values()
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    said = " ".join(_quoted(text))
    assert [f"lockerd {command}" for command in commands if f"lockerd {command}" not in said] == []
    assert sorted(act for act in acts if act not in said) == []
    assert sorted(option for option in options if option not in said) == []
