"""A report put into words of one language: its sentences, its cells, the names of those whom it tells of."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from api.staff.localized_text import LocalizedText
from locker.core.deposit_right import RIGHT_ACTOR
from locker.services.reports import Duration, Percent, Sentence, Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from locker.options import SiteOptions
    from locker.services.reports import Cell, Report, Span

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_BUCKET = 300
_FIGURES = 1000
LONGEST_MAIL = 1900


class ReportWords:
    """Words for one reader. `names`: what those are called whom a report knows by account."""

    def __init__(self, text: LocalizedText, names: Mapping[str, str] | None = None) -> None:
        self._text = text
        self._names = names or {}

    def say(self, key: str, /, **fills: object) -> str:
        """The sentence of this key among those of reports."""
        return self._text.translate(f"reports.{key}", **fills)

    def sentence(self, told: Sentence | str) -> str:
        """A sentence with its places filled in; plain words, days and names as they are read."""
        if isinstance(told, str):
            return self.label(told)
        fills = {name: self._fill(value) for name, value in told.fills.items()}
        return self._text.translate(told.key, **fills)

    def label(self, label: str) -> str:
        """A day as it is read, an account by its name, else the word itself."""
        if _DAY.fullmatch(label):
            return self._text.day(date.fromisoformat(label))
        if label.startswith(RIGHT_ACTOR):  # whoever puts in by a carrier's right has no name here
            return self._text.translate("panel.rights_place")
        return self._names.get(label, label.removeprefix("token:"))

    def cell(self, cell: Cell) -> str:
        """What stands in a table."""
        match cell:
            case None:
                return "–"  # noqa: RUF001  nothing was counted
            case Share(n=n, of=of):
                return self.say("of", n=figure(n), of=figure(of))
            case Percent(share=share):
                return f"{100 * share:.0f} %"
            case Duration(seconds=seconds, upto=upto):
                if seconds > _LONGEST_BUCKET:
                    return self.say("over", s=_LONGEST_BUCKET)
                return self.say("upto" if upto else "seconds", s=round(seconds))
            case Sentence() | str():
                return self.sentence(cell)
            case int() | float():
                return figure(cell)

    def interval(self, share: Share) -> str:
        """The percentage's interval, of enough to tell one."""
        if not share.tells:
            return ""
        digits = 0 if share.rate.high > 0.02 else 2 if share.rate.high > 0.001 else 4
        low, high = (f"{100 * end:.{digits}f}" for end in (share.rate.low, share.rate.high))
        return self.say("interval", low=low, high=high)

    def _fill(self, value: object) -> object:
        if isinstance(value, Sentence | str):
            return self.sentence(value)
        if isinstance(value, int):
            return Count(value)
        return figure(value) if isinstance(value, float) else value


class Count(int):
    """A count in a sentence: it chooses between one and many, and is read as a figure."""

    def __format__(self, spec: str) -> str:
        return figure(int(self))


def figure(value: float) -> str:
    """A figure as it is read: 12,480, or 3.5."""
    return f"{round(value):,}" if isinstance(value, int) or value >= _FIGURES else f"{value:g}"


def mail_texts(reports: Sequence[Report], span: Span, site: SiteOptions, now: datetime) -> dict[str, str]:
    """What reports found, in one line of each language that the site speaks."""
    told: dict[str, str] = {}
    for language in site.languages:
        text = LocalizedText(language, site.timezone, now)
        words = ReportWords(text)
        days = words.say("days_of", first=text.day(span.first), last=text.day(span.last))
        findings = words.say("mail_join").join(summary(each, words) for each in reports)
        told[language] = f"{text.day(span.last) if span.first == span.last else days}: {findings}"[:LONGEST_MAIL]
    return told


def summary(report: Report, words: ReportWords) -> str:
    """A report in one line: its own finding and that of each chart."""
    told = [report.finding, *(chart.finding for chart in report.charts)]
    return words.say("mail_join").join(dict.fromkeys(words.sentence(each) for each in told))
