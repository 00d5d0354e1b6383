"""Names on a number keypad: a courier types three keys, not a name. Wang Ming, W M, is 96.

Chinese names go by their pinyin initials.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from anyascii import anyascii

from locker.services.people.masking import is_syllable
from locker.text_folding import nfkc

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS_ON_KEYS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
_KEY_OF_LETTER = {letter: key for key, letters in _LETTERS_ON_KEYS.items() for letter in letters}

# Characters that names read in more than one way, with the letters that the common reading lacks.
_OTHER_READINGS = {
    "单": "s", "單": "s", "曾": "z", "解": "x", "仇": "q", "查": "z", "乐": "y", "樂": "y", "区": "o", "區": "o",
    "覃": "q", "翟": "z", "盖": "g", "蓋": "g", "尉": "y", "朴": "p", "樸": "p", "长": "z", "長": "z", "繁": "p",
    "缪": "m", "繆": "m", "谌": "s", "諶": "s", "臧": "z", "折": "s", "种": "c", "重": "c", "召": "s",
    "员": "y", "員": "y", "秘": "b", "粘": "n", "藏": "z", "乜": "n", "隗": "k", "祭": "z", "句": "g", "郇": "x",
    "会": "g", "會": "g", "适": "k", "行": "h", "传": "z", "傳": "z", "调": "d", "調": "d", "降": "x",
    "参": "s", "參": "s",
}  # fmt: skip


def initials(name: str) -> tuple[str, ...]:
    """Give the Latin initials of a name in order; a place that is read in several ways holds several letters."""
    found = ((character, anyascii(character).casefold()) for character in _initial_characters(name))
    letters = (_first_letter(latin) + _OTHER_READINGS.get(character, "") for character, latin in found)
    return tuple(place for place in letters if place)


def romanized(name: str) -> str:
    """Give a name in Latin letters alone, lower case and without spaces, to sort and to search by."""
    return "".join(letter for letter in anyascii(nfkc(name)).casefold() if letter.isalnum())


def keypad_digits(text: str) -> str:
    """Give the keys under the letters and digits of a text: "A-1203" is 21203."""
    return "".join(
        character if character.isdigit() else _KEY_OF_LETTER[character]
        for character in romanized(text)
        if character.isdigit() or character in _KEY_OF_LETTER
    )


def _initial_characters(name: str) -> Iterator[str]:
    """Every Chinese or Hangul character is a syllable with its own initial; elsewhere every word has one."""
    before = " "
    for character in nfkc(name):
        begins = character.isalnum() and (not before.isalnum() or is_syllable(before))
        if begins or is_syllable(character):
            yield character
        if not unicodedata.combining(character):
            before = character


def _first_letter(latin: str) -> str:
    return next((letter for letter in latin if letter in _KEY_OF_LETTER), "")
