"""Why a notice did not leave, in the page's language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.staff.localized_text import LocalizedText


def undelivered_text(fault: str, text: LocalizedText) -> str:
    """Why a notice is not delivered: the word before the colon of what the outbox keeps, in the page's language."""
    word = fault.partition(":")[0].replace("-", "_")
    return text.translate_or(f"panel.undelivered_{word}", "panel.undelivered_other")
