"""What the tables of the world say about a phone number: whether there can be such a one, and how it is kept."""

from __future__ import annotations

import phonenumbers

from locker.services.people.dialled_phone import CHINESE_MOBILE, MIN_NATIONAL_DIGITS, DialledPhone


def looked_up(plain: str, country: str | None) -> DialledPhone:
    """The number that `plain` digits stand for when dialled in `country`, as `dialled_phone` gives it."""
    if plain.startswith("00"):  # people write 00 also where another prefix leads abroad
        abroad = _parsed("+" + plain[2:], None)
        if abroad is not None and phonenumbers.is_valid_number(abroad):
            return _kept(abroad)
    if country is None and not plain.startswith("+"):
        return DialledPhone(plain, can_be_dialled=len(plain) >= MIN_NATIONAL_DIGITS)
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
    known = phonenumbers.is_valid_number(number) or bool(CHINESE_MOBILE.fullmatch(whole))
    return DialledPhone(whole, can_be_dialled=known)
