"""Notices that did not leave, as staff read them on the map: one line a failed one, one line a cause of delay. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.staff.localized_text import LocalizedText

_UNTOLD_SHOWN = 8


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line about notices: a sentence, the parcel that it leads to or nothing, a time."""

    sentence: str
    parcel: str = ""
    time: str = ""


def untold_rows(undelivered: Sequence[Mapping[str, Any]], text: LocalizedText) -> list[NoticeRow]:
    """What failed, each with its parcel; what is late stands together, for one cause mostly holds up all of it."""
    failed = [each for each in undelivered if each["state"] == "failed"]
    rows = [_failed_notice(each, text) for each in failed[:_UNTOLD_SHOWN]]
    if len(failed) > _UNTOLD_SHOWN:
        rows.append(NoticeRow(text.translate("panel.untold_more", n=len(failed) - _UNTOLD_SHOWN)))
    late = Counter(undelivered_text(each["last_fault"], text) for each in undelivered if each["state"] != "failed")
    return [*rows, *(NoticeRow(text.translate("panel.untold_late", n=n, why=why)) for why, n in sorted(late.items()))]


def _failed_notice(row: Mapping[str, Any], text: LocalizedText) -> NoticeRow:
    why = undelivered_text(row["last_fault"], text)
    time = text.short_time(moment(row["created_at"]))
    if not row["parcel"]:
        return NoticeRow(text.translate("panel.untold_staff", why=why), time=time)
    key = "panel.untold" if row["unit"] else "panel.untold_nobody"
    return NoticeRow(text.translate(key, unit=row["unit"], why=why), row["parcel"], time)


def undelivered_text(fault: str, text: LocalizedText) -> str:
    """Why a notice is not delivered: the word before the colon of what the outbox keeps, in the page's language."""
    word = fault.partition(":")[0].replace("-", "_")
    return text.translate_or(f"panel.undelivered_{word}", "panel.undelivered_other")
