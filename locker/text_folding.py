"""When two texts that people typed or scanned are the same: one function for each thing that is compared.

Keyed hashes in the database are made of these forms (codes, tokens, PINs, tracking numbers): a change here
makes what is stored there unfindable. Every form begins with NFKC, so that full-width keyboards count as plain ones.
"""

from __future__ import annotations

import unicodedata


def nfkc(text: str) -> str:
    """The text with the compatible forms of its characters: full-width digits are digits."""
    return unicodedata.normalize("NFKC", text)


def without_invisible(text: str) -> str:
    """The same text, in plain width, without what nobody sees: soft hyphens, zero-width signs, marks of direction."""
    return "".join(character for character in nfkc(text) if not _is_invisible(character))


def visible_name(text: str) -> str:
    """A name as it is kept: single spaces, nothing invisible. Joiners and variants stay where letters need them."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if not _is_invisible(character) or (character in _JOINING and kept and not kept[-1].isascii()):
            kept.append(character)
    return " ".join("".join(kept).split())


def typed_text(text: str) -> str:
    """What a field of a form holds: spaces of any width are plain ones, and nothing is invisible.

    Joiners and variants stay where letters need them, as in `visible_name`; spaces are not counted.
    """
    kept: list[str] = []
    for character in text:
        if unicodedata.category(character) == "Zs":
            kept.append(" ")
        elif not _is_invisible(character) or (character in _JOINING and kept and not kept[-1].isascii()):
            kept.append(character)
    return "".join(kept)


def names_nobody(text: str) -> bool:
    """True for a name without a letter or digit."""
    return not any(character.isalnum() for character in without_invisible(text))


def folded_name(text: str) -> str:
    """A name of a person or company, to compare: case folded, single spaces, nothing around, nothing invisible."""
    return " ".join(without_invisible(text).casefold().split())


def folded_unit(text: str) -> str:
    """A unit, to compare: case folded, no white space, nothing invisible."""
    return "".join(without_invisible(text).casefold().split())


def folded_company(text: str) -> str:
    """A company as PINs are hashed with it: as `folded_name`, but spaces inside stand as they are."""
    return nfkc(text).strip().casefold()


def folded_tracking(text: str) -> str:
    """A tracking number as it is hashed: upper case, no white space."""
    return "".join(nfkc(text).split()).upper()


def folded_token(text: str) -> str:
    """A QR's token as it is hashed: upper case, no white space around."""
    return nfkc(text).strip().upper()


def folded_code(text: str) -> str:
    """A code or PIN as it is hashed: no spaces, and no dashes of any kind."""
    return "".join(character for character in nfkc(text) if not _is_gap(character))


def _is_gap(character: str) -> bool:
    return character.isspace() or character == "\N{MINUS SIGN}" or unicodedata.category(character) == "Pd"


_JOINING = frozenset(
    "\u200c\u200d" + "".join(map(chr, range(0xFE00, 0xFE10))) + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Joiners and fillers that Unicode counts as letters or marks, and a letter of Braille without a dot."""


def _is_invisible(character: str) -> bool:
    return (
        unicodedata.category(character) == "Cf"
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )
