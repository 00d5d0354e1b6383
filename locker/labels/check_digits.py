"""Check digits of carriers: a number that fits one was not misread, and says whose it is."""

from __future__ import annotations

import re

_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_UPS = re.compile(r"1Z[0-9A-Z]{15}[0-9]")


def fits_s10(text: str) -> bool:
    """Tell whether this is an item number of the Universal Postal Union (S10): RB123456785GB."""
    if not _S10.fullmatch(text):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(text[2:10], _S10_WEIGHTS, strict=True)) % 11
    return int(text[10]) == {0: 5, 1: 0}.get(rest, 11 - rest)


def fits_ups(text: str) -> bool:
    """Tell whether this is a number of UPS: 1Z, fifteen characters, and the digit that checks them."""
    if not _UPS.fullmatch(text):
        return False
    values = [int(sign) if sign.isdigit() else (ord(sign) - 3) % 10 for sign in text[2:17]]
    return int(text[17]) == -(sum(values[0::2]) + 2 * sum(values[1::2])) % 10


def fits_gs1(digits: str) -> bool:
    """Tell whether the last digit checks the others as in GTIN, SSCC and the numbers of USPS: 3, 1, 3 … from the right.

    Zeros alone check themselves and are no number.
    """
    return _weighted(digits, (3, 1)) and digits.strip("0") != ""


def fits_dhl_express(text: str) -> bool:
    """Tell whether this is a waybill of DHL Express: nine digits and their rest by seven."""
    return bool(re.fullmatch(r"[0-9]{10}", text)) and int(text[:9]) % 7 == int(text[9]) and text.strip("0") != ""


def fits_deutsche_post(digits: str) -> bool:
    """Tell whether the last digit checks an Identcode or Leitcode of Deutsche Post: 4, 9, 4 … from the left."""
    if not re.fullmatch(r"[0-9]{12}|[0-9]{14}", digits):
        return False
    total = sum(int(digit) * (4, 9)[place % 2] for place, digit in enumerate(digits[:-1]))
    return int(digits[-1]) == -total % 10 and digits.strip("0") != ""


def fits_fedex_express(digits: str) -> bool:
    """Tell whether this is a number of FedEx Express: 12 digits, or 14 with zeros before them; 1, 3, 7 by 11."""
    if not re.fullmatch(r"[0-9]{12}|00[0-9]{12}", digits) or not digits.strip("0"):
        return False
    total = sum(int(digit) * (1, 3, 7)[place % 3] for place, digit in enumerate(reversed(digits[:-1])))
    return int(digits[-1]) == total % 11 % 10


def check_digit_doubts(number: str) -> bool:
    """Tell whether a number has the shape of one with a check digit that does not fit: misread, or badly printed."""
    if _S10.fullmatch(number):
        return not fits_s10(number)
    if _UPS.fullmatch(number):
        return not fits_ups(number)
    return bool(re.fullmatch(r"00[0-9]{18}", number)) and not fits_gs1(number[2:])


def _weighted(digits: str, weights: tuple[int, int]) -> bool:
    if not re.fullmatch(r"[0-9]{2,}", digits):
        return False
    total = sum(int(digit) * weights[place % 2] for place, digit in enumerate(reversed(digits[:-1])))
    return int(digits[-1]) == -total % 10
