"""Phone numbers: as people write them, as they are kept and dialled (E.164), and when two of them are one."""

from __future__ import annotations

import re

from locker.services.people.dialled_phone import CHINESE_MOBILE, MIN_NATIONAL_DIGITS, DialledPhone
from locker.text_folding import without_invisible

# One digit, two or three: ITU-T E.164 gives a country code that no other begins with.
_COUNTRY_CODE = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)",
)


def dialled_phone(text: str, country: str | None) -> DialledPhone:
    """Give the number that a text stands for, in E.164: +447700900123 for "+44 (0)7700 900123".

    `country` (ISO 3166, "CN") is where a number without a country code is dialled; without one such a number
    stays its digits, and is doubted only if it is too short anywhere. What no table knows here stays its digits too.
    """
    plain = plain_phone(text)
    chinese = CHINESE_MOBILE.fullmatch(plain)
    if chinese and (country in {None, "CN"} or plain.startswith("+")):
        return DialledPhone(plain if country is None else "+86" + chinese[1], can_be_dialled=True)
    from locker.services.people.numbering_plans import looked_up  # noqa: PLC0415  5 MB that a start can do without

    return looked_up(plain, country)


def plain_phone(text: str) -> str:
    """Give the digits of a phone number in any width, after a + if it begins with one."""
    plain = without_invisible(text).strip().lstrip("( ")
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
        and len(national) >= MIN_NATIONAL_DIGITS
    )
