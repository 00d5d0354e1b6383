"""What is printed on paper: a slip is lines from top to bottom. Values only; how they look is the printer's affair.

Paper lies about: a slip bears doors and ends of numbers, never a name, a unit or a whole number.
"""

from __future__ import annotations

from enum import StrEnum

from locker.frozen import dataclass

LONGEST_SLIP = 120
"""Lines; a round of half a day has fewer."""


class SlipKind(StrEnum):
    """How a line of a slip is drawn."""

    TITLE = "title"
    TEXT = "text"
    SMALL = "small"
    PAIR = "pair"
    CODE = "code"
    QR = "qr"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line. `right`: what stands at the end of a pair."""

    kind: SlipKind
    text: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """A whole slip, in one language: that decides which glyphs Chinese characters have."""

    language: str
    lines: tuple[SlipLine, ...]
