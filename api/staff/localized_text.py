"""Sentences, times and masked names as the panel shows them: one object a page, pure but for the catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from api.i18n import translate

if TYPE_CHECKING:
    from datetime import date

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """The language of one page, the time zone of the site, and the moment that the page shows."""

    language: str
    timezone: str
    now: datetime

    def translate(self, key: str, /, **fills: object) -> str:
        """The sentence of `key` with its places filled in."""
        return translate(self.language, key, **fills)

    def translate_or(self, key: str, fallback: str, /, **fills: object) -> str:
        """The sentence of `key`, or that of `fallback` where the catalogue has none."""
        return self.translate(key if translate(self.language, key) != key else fallback, **fills)

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        """A time of day at the site: 14:32, or 14:32:08."""
        return self._at_site(at).strftime("%H:%M:%S" if seconds else "%H:%M")

    def short_time(self, at: datetime) -> str:
        """As short as it is clear: 14:32 today, "Mon 18:24" within a week, else the day."""
        local, today = self._at_site(at), self._at_site(self.now).date()
        if local.date() == today:
            return self.clock(at)
        if abs((local.date() - today).days) < 7:
            return f"{format_date(local, 'EEE', locale=self._locale)} {self.clock(at)}"
        return self.day(local.date())

    def date_and_time(self, at: datetime) -> str:
        """The day and the time: "22 Nov 14:32", or "14:32" today."""
        local = self._at_site(at)
        if local.date() == self._at_site(self.now).date():
            return self.clock(at)
        return f"{self.day(local.date())} {self.clock(at)}"

    def day(self, day: date) -> str:
        """A day: today, yesterday, or "22 Nov" with the year when it is another one."""
        return self._formatted(day, "MMMd" if day.year == self._at_site(self.now).year else "yMMMd")

    def heading(self, day: date) -> str:
        """A day as the heading of a logbook: "Today", "Yesterday", "Monday, 22 Nov"."""
        away = (self._at_site(self.now).date() - day).days
        if away in {0, 1}:
            return self.translate("panel.today" if away == 0 else "panel.yesterday")
        return self._formatted(day, "MMMEd" if day.year == self._at_site(self.now).year else "yMMMEd")

    def date_of(self, at: datetime) -> date:
        """The day at the site."""
        return self._at_site(at).date()

    def duration_since(self, since: datetime) -> str:
        """How long ago in one figure: 40 min, 5 h, 3 d."""
        seconds = max(0, int((self.now - since).total_seconds()))
        if seconds < HOUR:
            return self.translate("panel.minutes", m=seconds // MINUTE)
        if seconds < DAY:
            return self.translate("panel.hours", h=seconds // HOUR)
        return self.translate("panel.days", d=seconds // DAY)

    def day_span(self, day: date) -> tuple[datetime, datetime]:
        """From when to when a day lasts at the site, in UTC: 23 to 25 hours. Raises OverflowError at the last day."""
        return self._midnight(day), self._midnight(day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def _locale(self) -> str:
        return self.language.replace("-", "_")

    def _at_site(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.timezone))

    def _formatted(self, day: date, skeleton: str) -> str:
        patterns = {
            "en": {"MMMd": "d MMM", "yMMMd": "d MMM y", "MMMEd": "EEEE, d MMM", "yMMMEd": "EEEE, d MMM y"},
            "zh": {"MMMd": "M月d日", "yMMMd": "y年M月d日", "MMMEd": "M月d日 EEEE", "yMMMEd": "y年M月d日 EEEE"},
        }
        return format_date(day, patterns[self.language[:2]][skeleton], locale=self._locale)


def masked_phone(phone: str) -> str:
    """A phone of which only the last two digits can be read: the last four open doors as a second field."""
    digits = [c for c in phone if c.isdigit()]
    return "**** **" + "".join(digits[-2:]) if len(digits) > 4 else "****"


def masked_tracking(tracking: str) -> str:
    """The carrier's letters and the last five characters: SF…40192."""
    if len(tracking) <= 7:
        return tracking
    letters = ""
    for character in tracking[:4]:
        if not character.isalpha():
            break
        letters += character
    return f"{letters}…{tracking[-5:]}"


def staff_of(by: str) -> str:
    """The name in "staff:NAME", else an empty text."""
    return by.removeprefix("staff:") if by.startswith("staff:") else ""
