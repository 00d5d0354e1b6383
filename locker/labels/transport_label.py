"""What a carrier's 2D code says beside the number: recipient, phone, weight, flags and times of GS1 Scan4Transport.

Texts in it are percent-encoded with + for a space; a flag is 1 for yes.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from locker.frozen import dataclass
from locker.labels import gs1
from locker.labels.scans import codes_in

if TYPE_CHECKING:
    from collections.abc import Mapping

FRIDGE_C = 10.0
_ADDRESS = ("4300", "4302", "4303", "4304", "4305")
_UNIT = re.compile(r"[0-9A-Za-z-]*[0-9][0-9A-Za-z-]*")


@dataclass(frozen=True, slots=True)
class TransportLabel:
    """What was on the label. `units`: words of the address that may be a unit. `leave`: nobody need be there.

    `not_before`: as a clock on the spot shows it. `warmest_c`: how warm it may become, in degrees Celsius.
    """

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    units: tuple[str, ...] = ()
    dangerous: bool = False
    leave: bool = False
    signature: bool = False
    weight_g: int | None = None
    not_before: datetime | None = None
    warmest_c: float | None = None

    @property
    def cold(self) -> bool:
        """True for what must not become warmer than a fridge."""
        return self.warmest_c is not None and self.warmest_c <= FRIDGE_C


def transport_label(scan: str) -> TransportLabel | None:
    """The fields of transport among the codes of a scan; None when there are none."""
    for code in codes_in(scan):
        found = dict(gs1.elements(code.text))
        if any(identifier.startswith(("43", "330")) for identifier in found):
            return _label(found)
    return None


def _label(found: Mapping[str, str]) -> TransportLabel:
    address = " ".join(unquote_plus(found.get(identifier, "")) for identifier in _ADDRESS)
    return TransportLabel(
        name=unquote_plus(found.get("4301", "")),
        phone=found.get("4308", ""),
        units=tuple(dict.fromkeys(_UNIT.findall(address))),
        dangerous=found.get("4321") == "1",
        leave=found.get("4322") == "1",
        signature=found.get("4323") == "1",
        weight_g=_grams(found),
        not_before=_moment(found.get("4324", "")),
        warmest_c=_degrees(found.get("4331", "")),
    )


def _moment(value: str) -> datetime | None:
    """YYMMDDhhmm; 9999 in place of the hour and minute is the whole day. None for no day of any calendar."""
    try:
        return datetime.strptime(value.removesuffix("9999") + ("0000" if value.endswith("9999") else ""), "%y%m%d%H%M")  # noqa: DTZ007  a label has the time on the spot
    except ValueError:
        return None


def _degrees(value: str) -> float | None:
    """Hundredths of a degree, with a minus behind what is below zero (4331: the highest in Celsius)."""
    return int(value.rstrip("-")) / (-100 if value.endswith("-") else 100) if value else None


def _grams(found: Mapping[str, str]) -> int | None:
    """The gross weight (330n: kilograms with n decimals), else nothing."""
    for identifier, value in found.items():
        if re.fullmatch(r"330[0-5]", identifier):
            return int(value) * 1000 // int("1" + "0" * int(identifier[3]))
    return None
