"""Whether a name on a label may be somebody's: carriers print capitals without accents, turn names round, add titles.

Nobody is chosen here. A rank says how surely the two are one name; who asks shows all of the best rank.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

from anyascii import anyascii

from locker.services.people.masking import is_syllable
from locker.services.people.name_readings import (
    CHINESE_DOUBLE_SURNAMES,
    CHINESE_SURNAMES,
    GERMAN_SPELLING,
    JAPANESE_SURNAMES,
    KOREAN_SURNAMES,
    TITLES,
    TITLES_BEHIND,
)
from locker.text_folding import folded_name, without_invisible

SAME_LETTERS, SAME_SOUND, SAME_SURNAME, LIKE_SURNAME = 1, 2, 3, 4
"""Ranks: the same Latin letters, the names in any order; another way to spell them; the family name alone, written
alike or only read alike."""

_MOST_PARTS = 8


class _Reading(NamedTuple):
    forms: frozenset[str]
    surnames: frozenset[str]


def rank_of_name(label: str, name: str) -> int | None:
    """How surely what stands on a label is this person's name, best first; None when it is not."""
    bare = without_titles(label)
    known = _reading(name)
    printed = _reading(label).forms | _reading(bare).forms
    if printed & known.forms:
        return SAME_LETTERS
    if any(map(_is_spelled_freely, label + name)) and {*map(_sound, printed)} & {*map(_sound, known.forms)}:
        return SAME_SOUND
    if folded_name(bare) != folded_name(label) and _reading(bare).forms & known.surnames:
        alike = not is_syllable(bare[0]) or not is_syllable(name[0]) or bare[0] == name[0]
        return SAME_SURNAME if alike else LIKE_SURNAME
    # How a given name in these characters is read, only its bearer knows.
    _, surname = _japanese_surname(name)
    return LIKE_SURNAME if surname and _sound(surname) in {*map(_sound, map(_latin, bare.split()))} else None


def without_titles(label: str) -> str:
    """A label's name without "Mr", 先生 and their like; unchanged when nothing else would be left."""
    words = without_invisible(label).split()
    while len(words) > 1 and _latin(words[0]) in TITLES:
        words = words[1:]
    while len(words) > 1 and (_latin(words[-1]) in TITLES or words[-1] in TITLES_BEHIND):
        words = words[:-1]
    behind = next((title for title in TITLES_BEHIND if words and words[-1].endswith(title) and words[-1] != title), "")
    return " ".join([*words[:-1], words[-1].removesuffix(behind)]) if words else ""


def _reading(name: str) -> _Reading:
    ways = [_latin_ways(part, first=place == 0) for place, part in enumerate(_parts(name))]
    turned = (ways[at:] + ways[:at] for at in range(len(ways)))
    forms = frozenset("".join(spelled) for order in turned for spelled in product(*order))
    return _Reading(forms - {""}, _surnames(name, ways))


def _parts(name: str) -> list[str]:
    """Words; a Chinese or Hangul character is one of its own."""
    spaced = "".join(f" {sign} " if is_syllable(sign) else sign for sign in without_invisible(name))
    return [part for part in spaced.split() if any(sign.isalnum() for sign in part)][:_MOST_PARTS]


def _latin(text: str) -> str:
    return "".join(sign for sign in anyascii(text).casefold() if sign.isalnum())


def _latin_ways(part: str, *, first: bool) -> list[str]:
    """The Latin spellings of one part; those of surnames only where a surname may stand."""
    ways = [_latin(part), _latin(part.translate(GERMAN_SPELLING))]
    if first:
        ways += [CHINESE_SURNAMES.get(part, ""), *KOREAN_SURNAMES.get(part, ())]
    return list(dict.fromkeys(way for way in ways if way)) or [""]


def _surnames(name: str, ways: list[list[str]]) -> frozenset[str]:
    """What may be the family name: the first part or the last; in scripts without spaces the first one or two."""
    whole = "".join(without_invisible(name).split())
    if not whole or not is_syllable(whole[0]):
        return frozenset(way for part in (ways[:1] + ways[-1:]) for way in part) - {""}
    size, japanese = _japanese_surname(name)
    double = whole[:2] in CHINESE_DOUBLE_SURNAMES or len(whole) > 3
    read = {*ways[0], japanese, _latin(whole[:size]), _latin(whole[:2]) if double else ""}
    return frozenset(read) - {""}


def _japanese_surname(name: str) -> tuple[int, str]:
    """How many characters at the beginning are a Japanese family name, and its reading; 0 and nothing if none."""
    whole = "".join(without_invisible(name).split())
    sizes = (size for size in (3, 2, 1) if whole[:size] in JAPANESE_SURNAMES)
    size = next(sizes, 0)
    return size, JAPANESE_SURNAMES.get(whole[:size], "")


def _is_spelled_freely(sign: str) -> bool:
    """True for Hangul and kana: people spell them in Latin letters as they like."""
    return "\u3040" <= sign <= "\u30ff" or "\uac00" <= sign <= "\ud7a3"


_SOUNDS = (
    (r"eo|oo|ou(?=ng|n|m)|eu", "u"),  # jeong, jung; joon, jun; young, yeong; eun, un
    (r"ou|oh(?![aeiou])", "o"),  # satou, sato, satoh
    (r"ee|ui", "i"),  # hee, hui
    (r"oe", "oi"),  # choe, choi
    (r"(?<=[aeiou])h(?![aeiou])", ""),  # ahn, an
    (r"wu", "u"),  # woo, u
    (r"sh", "s"),
    (r"ch", "j"),
    (r"g", "k"),
    (r"d", "t"),
    (r"b", "p"),
    (r"r", "l"),
    (r"uu", "u"),
)
_SOUND_PATTERNS = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)


def _sound(latin: str) -> str:
    """What is left of a Korean or Japanese name in Latin letters when every way to spell it is one."""
    for pattern, sound in _SOUND_PATTERNS:
        latin = pattern.sub(sound, latin)
    return latin
