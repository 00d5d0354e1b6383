"""What a reader sends, cleaned: without the scanner's own signs, and cut into the codes that were in view.

A scan may hold several codes, each behind its AIM identifier ("]C0", "]Q1"), and a code may have several lines.
Scanners send the identifier only when told to; the camera always does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from locker.labels.pickup_tokens import is_pickup_token
from locker.text_folding import without_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_KEPT = frozenset("\n\x1d\x1e")
"""End of line, and the separators of GS1 and ISO 15434; every other control character is the wire's."""


UNNAMED = "X0"
"""The AIM identifier of whatever has none of its own."""


class Code(NamedTuple):
    """One code: the AIM identifier without its bracket ("C1"; empty when the scanner did not say), and its text."""

    aim: str
    text: str


def cleaned_scan(raw: str) -> str:
    """What was read, in lines without white space around, without characters that nobody sees. Empty for noise."""
    seen = without_invisible(raw.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(sign for sign in seen if sign.isprintable() or sign in _KEPT)
    return "\n".join(line for line in (line.strip(" ") for line in kept.split("\n")) if line.strip())


def codes_in(scan: str) -> tuple[Code, ...]:
    """The codes of a scan. A line without an identifier belongs to the code before it."""
    found: list[Code] = []
    for line in cleaned_scan(scan).split("\n"):
        begins = _AIM.match(line)
        if begins:
            found.append(Code(begins[0][1:], line[begins.end() :].strip(" ")))
        elif found:
            found[-1] = Code(found[-1].aim, f"{found[-1].text}\n{line}".strip("\n"))
        elif line:
            found.append(Code("", line))
    return tuple(code for code in found if code.text)


def as_scan(codes: Iterable[Code]) -> str:
    """Codes as a reader would send them that says what it read."""
    return "\n".join(f"]{code.aim or UNNAMED}{code.text}" for code in codes)


def pickup_token(scan: str) -> str | None:
    """Give the token of ours that is in view, None when there is none. A token has one line."""
    tokens = (code.text for code in codes_in(scan) if is_pickup_token(code.text) and "\n" not in code.text)
    return next(tokens, None)
