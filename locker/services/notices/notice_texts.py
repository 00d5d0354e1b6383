"""A notice put into words: the values in their places, times in local time; and why staff are called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.services.notices.alarm_texts import ALARM_TEXTS
from locker.services.notices.notice_templates import LANGUAGES, OPTIONAL_VALUES, REQUIRED_VALUES, NoticeTemplate
from locker.services.notices.staff_alarm import CASE_KINDS, CERTIFICATE_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.options import SiteOptions
    from locker.services.notices.notice_templates import NoticeWords


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def notice_language(wanted: str, of_site: Sequence[str]) -> str:
    """The recipient's language if notices speak it, else the site's first."""
    return wanted if wanted in LANGUAGES else of_site[0]


def missing_values(template: NoticeTemplate, values: Mapping[str, str]) -> list[str]:
    """Name what this notice must say and cannot."""
    return [name for name in REQUIRED_VALUES[template] if not values.get(name, "").strip()]


def alarm_data(site: SiteOptions, kind: str, door: str, at: str, language: str) -> dict[str, str]:
    """What a call to staff tells.

    `door` is the bank where a whole bank is meant, of certificates and cases what is to be known.

    `at` is RFC 3339, or empty where no event was recorded.
    """
    what = ALARM_TEXTS[language][kind].format(door=door)
    named = "" if kind in {*CERTIFICATE_KINDS, *CASE_KINDS} else door
    return {"locker": site.name, "address": site.address, "alarm": kind, "door": named, "at": at, "what": what}


def notice_text(
    template: NoticeTemplate, words: NoticeWords, language: str, values: Mapping[str, str], timezone: str
) -> str:
    """Put the notice into words. Values `deadline` and `at` are RFC 3339, and shown in local time."""
    filled = dict.fromkeys(OPTIONAL_VALUES[template], "") | dict(values)
    for name in ("deadline", "at"):
        if filled.get(name):
            filled[name] = local_time(filled[name], language, timezone)
    return " ".join(words.text.format_map(filled).split())


def masked_text(text: str, values: Mapping[str, str]) -> str:
    """The words with what opens a door, or leads to it, hidden: they are kept for years, and read by others."""
    for name in ("code", "token", "link"):
        if values.get(name):
            text = text.replace(values[name], "•" * 4)
    return text


def local_time(instant: str, language: str, timezone: str) -> str:
    """A time of RFC 3339 as people at the site read it."""
    at = datetime.fromisoformat(instant).astimezone(UTC).astimezone(ZoneInfo(timezone))
    if language == "en":
        return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}"
    return f"{at.month} 月 {at.day} 日 {at:%H:%M}"
