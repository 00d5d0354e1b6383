"""The install guide is one guide in two languages: the same steps, the same commands, the same pictures."""

import re

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
