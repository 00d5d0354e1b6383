"""Whose parcel a number is: carriers by how they number, and companies by how people write them.

Patterns overlap, so a guess that begins with letters or has a public check digit warns, and one of bare digits only
ever confirms.
"""

from __future__ import annotations

import re
from enum import StrEnum

from locker.labels.check_digits import (
    check_digit_doubts,
    fits_deutsche_post,
    fits_dhl_express,
    fits_fedex_express,
    fits_gs1,
    fits_s10,
    fits_ups,
)
from locker.text_folding import folded_name


class Carrier(StrEnum):
    """A carrier whose numbers are known. The value is its name as people read it on a screen."""

    SF = "SF Express"
    JD = "JD Logistics"
    YTO = "YTO Express"
    ZTO = "ZTO Express"
    STO = "STO Express"
    YUNDA = "Yunda Express"
    JT = "J&T Express"
    POST = "China Post EMS"
    DEPPON = "Deppon"
    AMAZON = "Amazon"
    UPS = "UPS"
    DHL = "DHL"
    FEDEX = "FedEx"
    USPS = "USPS"


_LETTERED: tuple[tuple[Carrier, str], ...] = (
    (Carrier.SF, r"SF[0-9]{12,15}"),
    (Carrier.JD, r"JD(?!0)[0-9A-Z]{2}[0-9]{11}(?:-[0-9]+-[0-9]+-?)?"),
    (Carrier.DHL, r"JD0[0-9]{16,18}"),
    (Carrier.YTO, r"YT[0-9]{13,16}"),
    (Carrier.JT, r"JT[0-9]{13}"),
    (Carrier.DEPPON, r"DPK[0-9]{12}"),
    (Carrier.AMAZON, r"TB[ACM][0-9]{12}"),
)
_BARE: tuple[tuple[Carrier, str], ...] = (
    (Carrier.ZTO, r"7[3-68][0-9]{12}"),
    (Carrier.STO, r"(?:77|43)[0-9]{12,15}"),
    (Carrier.YUNDA, r"[34][0-9]{14}"),
    (Carrier.POST, r"1[0-9]{12}|9[89][0-9]{11}"),
)
_NAMES: dict[Carrier, str] = {
    Carrier.SF: r"\bsf\b|顺丰|順豐",
    Carrier.JD: r"\bjd\b|京东|京東",
    Carrier.YTO: r"\byto\b|圆通|圓通",
    Carrier.ZTO: r"\bzto\b|中通",
    Carrier.STO: r"\bsto\b|申通",
    Carrier.YUNDA: r"yunda|韵达|韻達",
    Carrier.JT: r"j&t|\bjt\b|极兔|極兔",
    Carrier.POST: r"\bems\b|china post|邮政|郵政",
    Carrier.DEPPON: r"deppon|德邦",
    Carrier.AMAZON: r"amazon|亚马逊|亞馬遜",
    Carrier.UPS: r"\bups\b",
    Carrier.DHL: r"\bdhl\b",
    Carrier.FEDEX: r"fedex|联邦快递|聯邦快遞",
    Carrier.USPS: r"\busps\b",
}


def carriers_of(number: str) -> tuple[Carrier, ...]:
    """Every carrier that numbers like this, the surest first; none for a number that says nothing."""
    return (*_sure(number), *(carrier for carrier in _possible(number) if carrier not in _sure(number)))


def carrier_named(company: str) -> Carrier | None:
    """The carrier that a company is, by its name in any language; None for one that we do not know."""
    name = folded_name(company)
    return next((carrier for carrier, pattern in _NAMES.items() if re.search(pattern, name)), None)


def other_carrier(number: str, company: str) -> Carrier | None:
    """The carrier that a number surely belongs to, when it is not this company; None when nothing speaks against it."""
    own, sure = carrier_named(company), _sure(number)
    if own is None or not sure or own in carriers_of(number):
        return None
    return sure[0]


def number_doubts(number: str, company: str) -> bool:
    """Tell whether the check digit of a number does not fit, as far as this company's numbers have one."""
    if carrier_named(company) is Carrier.DHL and re.fullmatch(r"[0-9]{10}", number):
        return not fits_dhl_express(number)
    return check_digit_doubts(number)


def _sure(number: str) -> tuple[Carrier, ...]:
    found = [carrier for carrier, pattern in _LETTERED if re.fullmatch(pattern, number)]
    if fits_ups(number):
        found.append(Carrier.UPS)
    if fits_s10(number) and number.endswith("CN"):
        found.append(Carrier.POST)
    return tuple(found)


def _possible(number: str) -> tuple[Carrier, ...]:
    found = [carrier for carrier, pattern in _BARE if re.fullmatch(pattern, number)]
    if fits_s10(number):
        found.append(Carrier.POST)
    if fits_dhl_express(number) or fits_deutsche_post(number) or re.fullmatch(r"00[0-9]{18}", number):
        found.append(Carrier.DHL)
    if fits_fedex_express(number):
        found.append(Carrier.FEDEX)
    if re.fullmatch(r"9[1-5][0-9]{18,24}", number) and fits_gs1(number):
        found.append(Carrier.USPS)
    return tuple(found)
