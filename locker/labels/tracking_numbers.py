"""Which of the codes on a label is the parcel's number, and how that number is printed for people.

Beside it stand codes for machines: where to sort, which goods are inside, whom to call. Carriers are recognised
by check digits and patterns (they overlap: whose parcel it is, the courier's sign-in says).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from locker.labels import gs1
from locker.labels.check_digits import (
    fits_deutsche_post,
    fits_dhl_express,
    fits_fedex_express,
    fits_gs1,
    fits_s10,
    fits_ups,
)
from locker.labels.pickup_tokens import is_pickup_token
from locker.labels.scans import codes_in
from locker.text_folding import folded_tracking, without_invisible

LONGEST = 40
CHECKED, PATTERN, PLAUSIBLE = 3, 2, 1
"""How sure we are: a check digit fits, a carrier numbers like this, nothing speaks against it."""

_SHAPE = re.compile(r"[A-Z0-9][A-Z0-9._/-]*")
_LINE_OF_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9._/-]+|[0-9 ]+")
_SHORTEST = 3
_CARD = re.compile(r"\s*(?:BEGIN|MECARD|BIZCARD|WIFI):", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/|$))", re.IGNORECASE)
"""Links and cards: https:, WIFI:, MECARD:, BEGIN:VCARD, www., example.com/…"""

_SF_QR = re.compile(r"MMM=\{.*'k5':'([A-Za-z0-9]+)'", re.DOTALL)
_GS1_CARRIERS = {"C1", "Q3", "d2", "e0", "J1", "z1"}
_PRODUCT_CARRIERS = ("E", "e")
"""AIM letters of EAN and UPC, and of GS1 DataBar."""

_ROUTING = re.compile(r"2L[A-Z]{2}.*|420[0-9]{5}(?:[0-9]{4})?|421[0-9]{3}[0-9A-Z]{3,9}|403[0-9A-Z+]+\+.*")
"""Codes that sort and name no parcel: DHL's 2L with a plus in it, the postcode alone, the routing code of GS1."""

_FEDEX = (re.compile(r"100[0-9]{17}([0-9]{14})"), re.compile(r"96[0-9]{18}([0-9]{14})"))
_FEDEX_GROUND = re.compile(r"96[0-9]{5}([0-9]{15})")

# As open trackers have them; no check digit of these carriers is public.
_PATTERNS = re.compile(
    r"""SF[0-9]{12,15}                                    # SF Express
    | YT[0-9]{13,16} | JT[0-9]{13}                        # YTO and YunExpress; J&T
    | JD[0-9A-Z]{2}[0-9]{11}(?:-[0-9]+-[0-9]+-?)?         # JD, the piece and the number of pieces behind it
    | JD0[0-9]{16,18}                                     # licence plates of DHL
    | 7[3-68][0-9]{12} | (?:77|43)[0-9]{12,15}            # ZTO; STO
    | [34][0-9]{14}                                       # Yunda
    | 1[0-9]{12} | 9[89][0-9]{11}                         # EMS and China Post
    | DPK[0-9]{12}                                        # Deppon
    | TB[ACM][0-9]{12}                                    # Amazon""",
    re.VERBOSE,
)
_WHOLE_SHIPMENT = re.compile(r"(JD[0-9A-Z]{2}[0-9]{11})-1-1-?")


class Candidate(NamedTuple):
    """A number as it is printed, and how sure it is."""

    certainty: int
    number: str


def tracking_number(scan: str) -> str | None:
    """Give the parcel's number out of what was scanned, upper case without spaces; None if no code is one."""
    return _best(scan).number or None


def printed_tracking(text: str) -> str:
    """A number that a person typed or a program sent, as it is printed; as written when there is nothing to mend.

    Empty for what cannot be one: a pickup token, a link, a card, nothing visible.
    """
    written = without_invisible(text).strip()
    codes = codes_in(written)
    if not codes or any(is_pickup_token(code.text) or _ADDRESS.match(code.text) for code in codes):
        return ""
    best = _best(written)
    bare = " ".join(codes[0].text.split())
    return best.number if best.certainty > PLAUSIBLE or best.number not in {"", folded_tracking(bare)} else bare


def _best(scan: str) -> Candidate:
    found = [candidate for code in codes_in(scan) for candidate in _candidates(code.aim, code.text)]
    # The surest; among equals the longer one, because codes that sort are short; then the first that was read.
    return max(found, key=lambda one: (one.certainty, len(one.number)), default=Candidate(0, ""))


def _candidates(aim: str, text: str) -> list[Candidate]:
    if is_pickup_token(text) or aim.startswith("U"):  # a MaxiCode sorts for UPS; the number stands in the Code 128
        return []
    lines = text.split("\n")
    if len(lines) == 1:
        return _of_line(aim, text)
    found = [candidate for line in lines for candidate in _of_line(aim, line)]
    if all(_LINE_OF_CODE.fullmatch(line) for line in lines):
        return found  # codes that a scanner read in one go
    if any(_CARD.match(line) for line in lines):
        return []
    # In a form a short row of digits may be a phone, whatever check digit it happens to fit.
    return [one for one in found if one.certainty > PLAUSIBLE and not re.fullmatch(r"[0-9]{1,12}", one.number)]


def _of_line(aim: str, line: str) -> list[Candidate]:
    if waybill := _SF_QR.match(line):
        return _of_line(aim, waybill[1])
    if aim in _GS1_CARRIERS or gs1.GS in line or line.startswith("("):
        parts = gs1.elements(line)
        if parts:
            return _of_elements(parts)
    number = line.replace(" ", "").replace(gs1.GS, "").upper()
    if not _SHAPE.fullmatch(number) or _ADDRESS.match(line) or not _SHORTEST <= len(number) <= LONGEST:
        return []
    if _names_no_parcel(aim, number):
        return []
    number = _as_printed(number)
    if _is_checked(number):
        return [Candidate(CHECKED, number)]
    if _PATTERNS.fullmatch(number):
        return [Candidate(PATTERN, number)]
    if not any(sign.isdigit() for sign in number) or (" " in line and not number.isdigit()):
        return []
    return [Candidate(PLAUSIBLE, number)]


def _of_elements(parts: tuple[gs1.Element, ...]) -> list[Candidate]:
    """The unit of transport (00); else what a carrier put into an identifier of its own (90 to 99)."""
    for identifier, value in parts:
        if identifier == "00":
            return [Candidate(CHECKED if fits_gs1(value) else PLAUSIBLE, "00" + value)]
    for identifier, value in parts:
        if identifier.startswith("9"):
            whole = _as_printed(identifier + value)
            if _is_checked(whole):
                return [Candidate(CHECKED, whole)]
            if _SHAPE.fullmatch(value) and _SHORTEST <= len(value) <= LONGEST:
                return [Candidate(PATTERN, value)]
    return []


def _as_printed(number: str) -> str:
    """The number without what stands before and behind it for the sorting machine."""
    if usps := _after_postcode(number):
        return usps
    for pattern in _FEDEX:
        if (found := pattern.fullmatch(number)) and fits_fedex_express(found[1]):
            return found[1].removeprefix("00")
    if (found := _FEDEX_GROUND.fullmatch(number)) and fits_gs1(found[1]):
        return found[1]
    if whole := _WHOLE_SHIPMENT.fullmatch(number):
        return whole[1]
    # The J before a licence plate of DHL is the identifier of its kind, printed in brackets.
    return number[1:] if re.fullmatch(r"JJD0[0-9]{16,18}", number) else number


def _after_postcode(number: str) -> str | None:
    """What follows 420 and a postcode of five or nine digits; a cut that fits the check digit wins."""
    if not number.startswith("420"):
        return None
    cuts = [number[size:] for size in (8, 12) if _is_usps_shaped(number[size:])]
    return next((cut for cut in cuts if fits_gs1(cut)), cuts[0] if cuts else None)


def _is_usps_shaped(number: str) -> bool:
    return bool(re.fullmatch(r"9[1-5][0-9]{18,24}", number))


def _is_checked(number: str) -> bool:
    return (
        fits_s10(number)
        or fits_ups(number)
        or (bool(re.fullmatch(r"00[0-9]{18}", number)) and fits_gs1(number[2:]))
        or (_is_usps_shaped(number) and fits_gs1(number))
        or fits_dhl_express(number)
        or fits_fedex_express(number)
    )


def _names_no_parcel(aim: str, number: str) -> bool:
    """Tell whether this code sorts, or names the goods that are inside."""
    if aim.startswith(_PRODUCT_CARRIERS) or _ROUTING.fullmatch(number):
        return True
    if not number.isdigit() or not fits_gs1(number):
        return aim.startswith("I") and len(number) == 14 and fits_deutsche_post(number)
    match len(number):
        case 8:
            return True
        case 12:  # UPC-A; numbers of carriers with twelve digits begin otherwise or have a check digit of their own
            return number[0] in "0678" and not fits_fedex_express(number)
        case 13:
            return not re.match(r"1|9[89]", number)
        case 14:
            return aim.startswith("I") or not re.match(r"0|7[3-68]|43", number)
        case _:
            return False
