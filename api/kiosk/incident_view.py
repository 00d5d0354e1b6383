"""What a screen shows of an incident. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locker.services.incidents import Incident


def incident_values(
    incident: Incident | None, language: str, day_and_clock: Callable[[datetime, str], str]
) -> dict[str, str]:
    """What is told of it, with a full stop behind each sentence; nothing when there is none."""
    if incident is None:
        return {}
    told = incident.told(language)
    return {
        "cause": _ended(told.cause, language),
        "alternative": _ended(told.alternative, language),
        "time": day_and_clock(incident.recovers_at, language),
    }


def _ended(text: str, language: str) -> str:
    return text if text.endswith((".", "。")) else text + ("." if language == "en" else "。")
