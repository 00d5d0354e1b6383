"""Phone numbers: as people write them, as they are kept and dialled (E.164), and when two of them are one."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers

from locker.text_folding import without_invisible

_MIN_NATIONAL_DIGITS = 8
# One digit, two or three: ITU-T E.164 gives a country code that no other begins with.
_COUNTRY_CODE = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)",
)
_CHINESE_MOBILE = re.compile(r"(?:\+86)?(1[3-9]\d{9})")
"""New ranges of these are in use years before any table knows them, so they are never doubted."""


class DialledPhone(NamedTuple):
    """A number as it is kept, and whether it can be dialled from here as far as the tables of the world know."""

    number: str
    can_be_dialled: bool


def dialled_phone(text: str, country: str | None) -> DialledPhone:
    """Give the number that a text stands for, in E.164: +447700900123 for "+44 (0)7700 900123".

    `country` (ISO 3166, "CN") is where a number without a country code is dialled; without one such a number
    stays its digits, and is doubted only if it is too short anywhere. What no table knows here stays its digits too.
    """
    plain = plain_phone(text)
    chinese = _CHINESE_MOBILE.fullmatch(plain)
    if chinese and (country in {None, "CN"} or plain.startswith("+")):
        return DialledPhone(plain if country is None else "+86" + chinese[1], can_be_dialled=True)
    if plain.startswith("00"):  # people write 00 also where another prefix leads abroad
        abroad = _parsed("+" + plain[2:], None)
        if abroad is not None and phonenumbers.is_valid_number(abroad):
            return _kept(abroad)
    if country is None and not plain.startswith("+"):
        return DialledPhone(plain, can_be_dialled=len(plain) >= _MIN_NATIONAL_DIGITS)
    parsed = _parsed(plain, country)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return DialledPhone(plain, can_be_dialled=False)
    kept = _kept(parsed)
    return kept if kept.can_be_dialled or plain.startswith("+") else DialledPhone(plain, can_be_dialled=False)


def _parsed(number: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None


def _kept(number: phonenumbers.PhoneNumber) -> DialledPhone:
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    known = phonenumbers.is_valid_number(number) or bool(_CHINESE_MOBILE.fullmatch(whole))
    return DialledPhone(whole, can_be_dialled=known)


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
        and len(national) >= _MIN_NATIONAL_DIGITS
    )
