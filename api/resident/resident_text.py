"""Sentences and times as a resident reads them, in one language, where the cabinet stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from api.i18n import translate

if TYPE_CHECKING:
    from datetime import datetime

    from locker.options import SiteOptions

HOUR, DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class ResidentText:
    """The language of one page, the site that it speaks of, and the moment that it shows."""

    language: str
    site: SiteOptions
    now: datetime

    def translate(self, key: str, /, **fills: object) -> str:
        """The sentence of `key` with its places filled in."""
        return translate(self.language, key, **fills)

    def called(self, name: str) -> str:
        """What a company, the site or its operator is called in this language."""
        return self.site.called(name, self.language)

    def clock(self, at: datetime) -> str:
        """A time of day at the site."""
        return self._at_site(at).strftime("%H:%M")

    def moment(self, at: datetime) -> str:
        """A day and a time: "Sunday 14:20" within a week, else "22 Nov 14:20"."""
        local, today = self._at_site(at), self._at_site(self.now)
        if abs((local.date() - today.date()).days) < 7:
            return f"{format_date(local, 'EEEE', locale=self._locale)} {self.clock(at)}"
        return f"{self.day(at)} {self.clock(at)}"

    def day(self, at: datetime) -> str:
        """A day, with its year when it is another one."""
        local = self._at_site(at)
        pattern = {"en": "d MMM", "zh": "M月d日"}[self.language[:2]]
        if local.year != self._at_site(self.now).year:
            pattern = {"en": "d MMM y", "zh": "y年M月d日"}[self.language[:2]]
        return format_date(local, pattern, locale=self._locale)

    def left(self, until: datetime) -> str:
        """How long until then: "2 days 1 hour", "5 hours", "20 minutes"."""
        seconds = max(0, int((until - self.now).total_seconds()))
        days, hours = seconds // DAY, seconds % DAY // HOUR
        if days:
            parts = [self.translate("my.days", n=days), *([self.translate("my.hours", n=hours)] if hours else [])]
        elif hours:
            parts = [self.translate("my.hours", n=hours)]
        else:
            parts = [self.translate("my.minutes", n=seconds // 60)]
        return " ".join(parts)

    @property
    def _locale(self) -> str:
        return self.language.replace("-", "_")

    def _at_site(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.site.timezone))
