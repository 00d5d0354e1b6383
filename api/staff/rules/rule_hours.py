"""The hours of a day as a line of a form and as people read them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.staff.localized_text import LocalizedText

SHUT = "off"
"""How a day without hours is written, as maps write it."""
_AS_TYPED = str.maketrans({"\uff1a": ":", "\uff0c": " ", "\u3001": " ", ",": " ", ";": " "})
_DASH = re.compile(r"\s*[-\u2013\u2014\uff0d~\uff5e]\s*")


def hours_line(hours: Sequence[str] | None) -> str:
    """The line for these hours; empty where the day has none of its own."""
    return "" if hours is None else " ".join(hours) or SHUT


def read_hours(text: str) -> list[str] | None:
    """What the line says, with the colons and dashes of any keyboard; its hours are checked by the body."""
    words = _DASH.sub("-", text.translate(_AS_TYPED)).split()
    return [] if [each.lower() for each in words] == [SHUT] else words or None


def told_hours(name: str, hours: Sequence[str] | None, text: LocalizedText) -> str:
    """The hours of a day, or of every day, as people read them."""
    if hours is None:
        return text.translate("panel.rule_hours_not_daily" if name == "daily" else "panel.rule_hours_as_daily")
    return text.translate("panel.list_comma").join(hours) or text.translate("panel.rule_hours_shut")
