"""GS1 element strings: the identifiers of Scan4Transport, each with its value.

A string is a row of identifiers and values. Values of fixed length follow each other at once, all others end
with the separator (FNC1, which scanners send as GS) or with the string.
"""

from __future__ import annotations

import re
from typing import NamedTuple

GS = "\x1d"


class Element(NamedTuple):
    """One identifier and its value: ("00", "395011015300012345")."""

    identifier: str
    value: str


_ANY = r"[!-~]"
_TEXT_90, _TEXT_70, _TEXT_35, _TEXT_30, _TEXT_20 = (_ANY + f"{{1,{longest}}}" for longest in (90, 70, 35, 30, 20))

# Identifier (x stands for one digit) and the shape of its value. Those of goods stand here because they are
# printed beside those of transport, and a string with an unknown identifier cannot be cut into its parts.
_SHAPES: dict[str, str] = {
    "00": r"\d{18}",
    "01": r"\d{14}",
    "02": r"\d{14}",
    "10": _TEXT_20,
    **dict.fromkeys(("11", "12", "13", "15", "16", "17"), r"\d{6}"),
    "20": r"\d{2}",
    "21": _TEXT_20,
    "22": _TEXT_20,
    "30": r"\d{1,8}",
    "37": r"\d{1,8}",
    **dict.fromkeys(("240", "241", "250", "251", "400", "401", "403"), _TEXT_30),
    **dict.fromkeys(("310x", "330x", "331x", "332x", "333x", "335x", "336x", "340x"), r"\d{6}"),
    "402": r"\d{17}",
    "41x": r"\d{13}",
    "420": _TEXT_20,
    "421": rf"\d{{3}}{_ANY}{{1,9}}",
    "422": r"\d{3}",
    **dict.fromkeys(("4300", "4301", "4310", "4311", "4320"), _TEXT_35),
    **dict.fromkeys(("4302", "4303", "4304", "4305", "4306"), _TEXT_70),
    **dict.fromkeys(("4312", "4313", "4314", "4315", "4316"), _TEXT_70),
    **dict.fromkeys(("4307", "4317"), r"[A-Z]{2}"),
    **dict.fromkeys(("4308", "4319"), _TEXT_30),
    "4309": r"\d{20}",
    "4318": _TEXT_20,
    **dict.fromkeys(("4321", "4322", "4323"), r"[01]"),
    **dict.fromkeys(("4324", "4325"), r"\d{10}"),
    "4326": r"\d{6}",
    "433x": r"\d{6}-?",
    "8008": r"\d{8,12}",
    "90": _TEXT_30,
    **{f"9{last}": _TEXT_90 for last in range(1, 10)},
}
_FIXED = re.compile(r"0[0-4]|1[1-9]|20|3[1-6]|41")
"""Identifiers whose values GS1 fixed for ever in length: no separator need follow."""

_BRACKETED = re.compile(r"\(([0-9]{2,4})\)")


def elements(text: str) -> tuple[Element, ...]:
    """Cut an element string into its parts; none when it is not one. "(00)…" as people write it is understood."""
    rest = text.strip(GS)
    if rest.startswith("("):
        return _bracketed(rest)
    found: list[Element] = []
    while rest:
        identifier = next((rest[:size] for size in (2, 3, 4) if _shape(rest[:size])), "")
        fixed = re.fullmatch(r"\\d\{(\d+)\}", _shape(identifier) or "")
        if fixed and _FIXED.match(identifier):
            end = len(identifier) + int(fixed[1])
            value, rest = rest[len(identifier) : end], rest[end:].removeprefix(GS)
        else:
            value, _, rest = rest[len(identifier) :].partition(GS)
        if not identifier or not re.fullmatch(_shape(identifier) or "", value):
            return ()
        found.append(Element(identifier, value))
    return tuple(found)


def _bracketed(text: str) -> tuple[Element, ...]:
    before, *parts = _BRACKETED.split(text)
    found = [
        Element(identifier, value.strip().replace(" ", "").strip(GS))
        for identifier, value in zip(parts[::2], parts[1::2], strict=True)
    ]
    fit = all(re.fullmatch(_shape(one.identifier) or r"(?!)", one.value) for one in found)
    return tuple(found) if fit and not before.strip() else ()


def _shape(identifier: str) -> str | None:
    if not identifier.isascii() or not identifier.isdigit():
        return None
    return _SHAPES.get(identifier) or (_SHAPES.get(identifier[:-1] + "x") if len(identifier) > 2 else None)
