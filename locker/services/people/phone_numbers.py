"""Phone numbers: how they are kept, and when two of them are one."""

from __future__ import annotations

import re

from locker.text_folding import nfkc

_MIN_NATIONAL_DIGITS = 8
# One digit, two or three: ITU-T E.164 gives a country code that no other begins with.
_COUNTRY_CODE = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)",
)


def plain_phone(text: str) -> str:
    """Give a phone number as it is kept: its digits, after a + if it begins with one."""
    plain = nfkc(text).strip()
    digits = "".join(character for character in plain if character.isascii() and character.isdigit())
    return "+" + digits if digits and plain.startswith("+") else digits


def same_phone(one: str, other: str) -> bool:
    """Equal but for a country code, after + or 00, that only one of them has."""
    one, other = (re.sub(r"^00", "+", number) for number in (one, other))
    if one == other:
        return True
    if one.startswith("+") == other.startswith("+"):
        return False
    full, national = (one, other) if one.startswith("+") else (other, one)
    country = _COUNTRY_CODE.match(full)
    return (
        country is not None
        and full[country.end() :] == national.removeprefix("0")
        and len(national) >= _MIN_NATIONAL_DIGITS
    )
