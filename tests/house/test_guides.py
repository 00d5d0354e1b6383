"""The install guide and the handbook are each one in two languages: the same steps, commands, pictures and buttons."""

import re
from functools import cache

import pytest
from babel.messages.pofile import read_po
from tree import ROOT

GUIDES = ("docs/install.md", "docs/install.zh-CN.md")


def _text(guide):
    return (ROOT / guide).read_text(encoding="utf-8")


def _blocks(text):
    """What is to be typed, without what is said beside it."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [[line.partition("  #")[0].strip() for line in block.splitlines()] for block in blocks]


def _commands(text):
    """Commands and keys that stand inside sentences."""
    flat = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    quoted = (" ".join(each.split()) for each in re.findall(r"`([^`]+)`", flat))
    return sorted({each for each in quoted if re.match(r"(sudo|lockerd|apt|age|journalctl|systemctl|kill|/|\[)", each)})


def test_both_guides_have_the_same_steps_commands_and_pictures():
    english, chinese = (_text(guide) for guide in GUIDES)
    assert english.count("\n## ") == chinese.count("\n## ") > 12
    numbers = [re.findall(r"^(?:## )?(\d+)\. ", text, re.MULTILINE) for text in (english, chinese)]
    assert numbers[0] == numbers[1]
    assert _blocks(english) == _blocks(chinese)
    assert _commands(english) == _commands(chinese)
    pictures = [re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text) for text in (english, chinese)]
    assert pictures[0] == pictures[1] != []
    assert [each for each in pictures[0] if not (ROOT / "docs" / each).is_file()] == []


HANDBOOK = ROOT / "docs" / "handbook"
ROLES = ("resident", "courier", "caretaker", "supervisor", "installer")
ONE_PAGE = 360
"""Words that fit one printed page beside its pictures, A4 in 10.5 pt; of Chinese characters a third more."""
HOLE = re.compile(r"\{\w+\}")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def _page(role, language):
    return (HANDBOOK / (f"{role}.md" if language == "en" else f"{role}.{language}.md")).read_text(encoding="utf-8")


def _quoted_from_screens(text):
    """What is said to stand on a screen: set bold, without line breaks."""
    return [" ".join(each.split()) for each in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)]


@cache
def _sentences(language):
    """Every sentence of two letters or more in this language, with key and file; a hole lets a few characters pass."""
    found = []
    for path in sorted((ROOT / "api/locales" / language).glob("*.po")):
        for message in read_po(path.open("rb")):
            words = [message.string] if isinstance(message.string, str) else message.string
            for each in words if message.id else ():
                if len(re.findall(r"\w", HOLE.sub("", each))) > 1:
                    parts = HOLE.split(each.strip())
                    found.append((re.compile(r"\S{1,12}".join(map(re.escape, parts))), str(message.id), path.name))
    return found


def _keys(words, language):
    return {(key, file) for sentence, key, file in _sentences(language) if sentence.fullmatch(words)}


def _step_numbers(text):
    return re.findall(r"^(?:## )?(\d+)\. ", text, re.MULTILINE)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_of_the_handbook_has_the_same_steps_tables_and_pictures_in_both_languages(role):
    english, chinese = (_page(role, language) for language in ("en", "zh-CN"))
    assert _step_numbers(english) == _step_numbers(chinese) != []
    for mark in ("# ", "## ", "|", "   |"):
        counted = [sum(line.startswith(mark) for line in text.splitlines()) for text in (english, chinese)]
        assert counted[0] == counted[1], mark
    assert _commands(english) == _commands(chinese)
    pictures = [PICTURE.findall(text) for text in (english, chinese)]
    assert [path.replace(".en.png", ".zh-CN.png") for _, path in pictures[0]] == [path for _, path in pictures[1]]
    assert pictures[0]
    assert all(len(said) > 10 for each in pictures for said, _ in each)


@pytest.mark.parametrize("role", ROLES)
def test_what_the_handbook_quotes_stands_on_the_screens_and_is_the_same_sentence_in_both_languages(role):
    english, chinese = (_quoted_from_screens(_page(role, language)) for language in ("en", "zh-CN"))
    assert [words for words in english if not _keys(words, "en")] == []
    assert [words for words in chinese if not _keys(words, "zh-CN")] == []
    both = zip(english, chinese, strict=True)
    assert [pair for pair in both if not _keys(pair[0], "en") & _keys(pair[1], "zh-CN")] == []


def test_the_handbook_shows_each_of_its_pictures_small_enough_to_be_read_anywhere():
    pages = [*HANDBOOK.glob("*.md")]
    assert len(pages) == 1 + 2 * len(ROLES)
    shown = {path for page in pages for _, path in PICTURE.findall(page.read_text(encoding="utf-8"))}
    kept = {f"pictures/{each.name}": each.read_bytes() for each in (HANDBOOK / "pictures").iterdir()}
    assert shown == kept.keys()
    assert all(each.startswith(b"\x89PNG") and int.from_bytes(each[16:20]) <= 800 for each in kept.values())
    assert sum(map(len, kept.values())) < 1_500_000


def test_every_link_of_the_handbook_leads_to_a_page():
    for page in HANDBOOK.glob("*.md"):
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


@pytest.mark.parametrize("role", ["resident", "courier"])
def test_leaflet_and_card_fit_one_printed_page(role):
    assert len(PICTURE.sub("", _page(role, "en")).split()) <= ONE_PAGE
    assert len(re.findall(r"[\u4e00-\u9fff]", PICTURE.sub("", _page(role, "zh-CN")))) <= ONE_PAGE * 4 // 3
