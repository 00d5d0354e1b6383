"""Names on a number keypad and names shown to strangers.

A courier types three keys, not a name: Wang Ming, W M, is 96. Chinese names go by their pinyin
initials. What is shown back hides at least one character of the name (GB/T 41833).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from anyascii import anyascii

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS_ON_KEYS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
_KEY = {letter: key for key, letters in _LETTERS_ON_KEYS.items() for letter in letters}

# Characters that names read in more than one way, with the letters that the common reading lacks.
_ALSO = {
    "单": "s", "單": "s", "曾": "z", "解": "x", "仇": "q", "查": "z", "乐": "y", "樂": "y", "区": "o", "區": "o",
    "覃": "q", "翟": "z", "盖": "g", "蓋": "g", "尉": "y", "朴": "p", "樸": "p", "长": "z", "長": "z", "重": "z",
    "缪": "m", "繆": "m", "谌": "s", "諶": "s", "臧": "z", "折": "s", "种": "c", "召": "s", "员": "y", "員": "y",
    "秘": "b", "适": "k", "行": "h", "传": "z", "傳": "z", "调": "d", "調": "d", "降": "x", "参": "s", "參": "s",
}  # fmt: skip


def folded(text: str) -> str:
    """Make two spellings of one name equal: NFKC, case folded, single spaces, nothing around."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def initials(name: str) -> tuple[str, ...]:
    """Give the Latin initials of a name in order; a place that is read in several ways holds several letters."""
    found = ((mark, anyascii(mark).casefold()) for mark in _first_marks(name))
    letters = (_of_latin(latin) + _ALSO.get(mark, "") for mark, latin in found)
    return tuple(place for place in letters if place)


def spelled(name: str) -> str:
    """Give a name in Latin letters alone, lower case and without spaces, to sort and to search by."""
    return "".join(letter for letter in anyascii(unicodedata.normalize("NFKC", name)).casefold() if letter.isalnum())


def keys_of(text: str) -> str:
    """Give the keys under the letters and digits of a text: "A-1203" is 21203."""
    return "".join(mark if mark.isdigit() else _KEY[mark] for mark in spelled(text) if mark.isdigit() or mark in _KEY)


def initials_match(digits: str, places: tuple[str, ...]) -> bool:
    """Tell whether these keys are the beginning of these initials."""
    if len(digits) > len(places):
        return False
    return all(any(_KEY.get(letter) == key for letter in place) for key, place in zip(digits, places, strict=False))


def masked_name(name: str) -> str:
    """Give a name as a stranger may see it: 王*明, 李*, "Wang **". At least one character is hidden."""
    words = unicodedata.normalize("NFKC", name).split()
    if not words:
        return ""
    if len(words) > 1:
        return f"{words[0]} **"
    word = words[0]
    if not _is_syllable(word[0]):
        return f"{word[0]}**"
    if len(word) == 1:
        return "*"
    return word[0] + "*" if len(word) == 2 else word[0] + "*" * (len(word) - 2) + word[-1]


def masked_tail(phone: str) -> str:
    """Give the end of a phone number that a stranger may see: four digits, fewer when six would not stay hidden."""
    digits = re.sub(r"\D", "", phone)
    shown = max(0, min(4, len(digits) - 6))
    return digits[len(digits) - shown :]


def _first_marks(name: str) -> Iterator[str]:
    """Every Chinese or Hangul character is a syllable with its own initial; elsewhere every word has one."""
    before = " "
    for mark in unicodedata.normalize("NFKC", name):
        begins = mark.isalnum() and (not before.isalnum() or _is_syllable(before))
        if begins or _is_syllable(mark):
            yield mark
        if not unicodedata.combining(mark):
            before = mark


def _is_syllable(mark: str) -> bool:
    return unicodedata.name(mark, "").startswith(("CJK ", "HANGUL SYLLABLE"))


def _of_latin(latin: str) -> str:
    return next((letter for letter in latin if letter in _KEY), "")
