"""A notice as a recipient would read it, about a parcel that there never was: by the writer of every real one.

Locker, address, help phone, tariff and promises are the site's own; company, code, link and numbers are made up.
"""

# ruff: noqa: RUF001  Chinese sentences have Chinese punctuation

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.model import ParcelState
from locker.frozen import dataclass
from locker.services.notices.carrier_notices import FORWARDED
from locker.services.notices.notice_templates import LANGUAGES, REQUIRED_VALUES, NoticeTemplate
from locker.services.notices.notice_texts import mail_subject, missing_values, notice_text
from locker.services.notices.outbox import Notice, NoticeDetails

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from locker.engine import Engine
    from locker.options import SiteOptions
    from locker.services.notices.notice_writer import NoticeWriter
    from locker.services.policies import NoticeTexts

_COMPANY = {"en": "Example Express", "zh-CN": "示例快递", "zh-TW": "範例快遞"}
_NEWS = {
    "en": "The lobby is painted, no door opens until noon.",
    "zh-CN": "大堂粉刷，中午前暂停使用。",
    "zh-TW": "大廳粉刷，中午前暫停使用。",
}
_CODE = "12345678"
_LINK = "https://locker.example/p/EXAMPLE"
_CONFIRMATION = "123456"
_TRACKING = "EX0000000012345"
_PARCEL = "pexample0000"
_CASE = "X1-0123"
_CONTACT = frozenset({NoticeTemplate.CONTACT_OLD, NoticeTemplate.CONTACT_NEW})


@dataclass(frozen=True, slots=True)
class ExampleNotice:
    """One notice in one language. `own`: the words are those of the rule, else those that were delivered.

    `subject`: of a mail; empty for what goes to a carrier's system. `missing`: what the site file leaves empty though
    this notice must say it; while it does, the notice is not sent.
    """

    template: NoticeTemplate
    language: str
    text: str
    subject: str
    own: bool
    missing: tuple[str, ...] = ()


class NoticeExamples:
    """Writes examples. The writer, with the words that it reads from files, is made for the first who asks."""

    def __init__(
        self, writer: Callable[[], NoticeWriter], engine: Engine, site: SiteOptions, free_hours: int, *, links: bool
    ) -> None:
        """`links`: residents have pages of their own here."""
        self._make = writer
        self._made: NoticeWriter | None = None
        self._engine = engine
        self._site = site
        self._free_hours = free_hours
        self._link = _LINK if links else ""

    def of(self, template: NoticeTemplate, texts: NoticeTexts) -> list[ExampleNotice]:
        """This notice in each language, with the texts of this rule where it has some."""
        self._made = self._made or self._make()
        return [self._example(self._made, template, language, texts) for language in LANGUAGES]

    def _example(
        self, writer: NoticeWriter, template: NoticeTemplate, language: str, texts: NoticeTexts
    ) -> ExampleNotice:
        now = self._engine.now().replace(minute=0, second=0, microsecond=0)
        details = replace(
            _details(template, language, now),
            free_hours=self._free_hours,
            deadline=rfc3339(now + timedelta(hours=self._free_hours)),
            link=self._link if template.has_link else "",
        )
        data = dict(writer.data(_notice(template, now), details, language, (_CODE, "")))
        if template in _CONTACT:
            data["confirmation"] = _CONFIRMATION
        values = dict.fromkeys(REQUIRED_VALUES[template], "") | {name: str(value) for name, value in data.items()}
        own = texts.text(language, template.value) is not None
        text = notice_text(template, writer.words(language, template, texts), language, values, self._site.timezone)
        subject = "" if template.to_carrier else mail_subject(data)
        return ExampleNotice(template, language, text, subject, own, tuple(missing_values(template, values)))


def changed_templates(before: NoticeTexts, after: NoticeTexts) -> list[NoticeTemplate]:
    """The notices that read otherwise in some language after it than before, in the order of all."""
    return [
        each
        for each in NoticeTemplate
        if any(before.text(language, each.value) != after.text(language, each.value) for language in LANGUAGES)
    ]


def _notice(template: NoticeTemplate, now: datetime) -> Notice:
    """A row of the outbox for nobody, of a parcel that is nowhere."""
    return Notice("example", 0, "", template, _PARCEL, now, 0, now, ParcelState.STORED, False, False)


def _details(template: NoticeTemplate, language: str, now: datetime) -> NoticeDetails:
    """What is made up for it, whatever the site."""
    return NoticeDetails(
        company=_COMPANY[language],
        alarm="DoorLeftOpen",
        door="A1",
        at=rfc3339(now),
        tracking=_TRACKING,
        event=_event(template, language, now),
        texts=_NEWS,
        effective=rfc3339(now + timedelta(days=1)),
    )


def _event(template: NoticeTemplate, language: str, now: datetime) -> Mapping[str, Any]:
    """What the event would have said that causes this notice."""
    begin, end = rfc3339(now + timedelta(hours=2)), rfc3339(now + timedelta(hours=4))
    window = {"window_from": begin, "window_to": end}
    match template:
        case NoticeTemplate.PRE_ARRIVAL:
            return window
        case NoticeTemplate.CASE_OPENED | NoticeTemplate.CASE_NEWS:
            return {"case": _CASE}
        case NoticeTemplate.CARRIER_CASE:
            return {"number": _CASE, "state": FORWARDED, "due": end, "outcome": "", "tracking": _TRACKING}
        case NoticeTemplate.CARRIER_REPORT:
            return {"company": _COMPANY[language], "month": f"{now:%Y-%m}", "cases": 3, "csv": "", "sha256": ""}
        case NoticeTemplate.BOOKED:
            return {"type": "parcel", "size": "M", "declared_weight_g": 1200, "reserved_until": end}
        case NoticeTemplate.COURIER_JOB:
            return {"courier": "C-12", "answer_by": begin, **window}
        case NoticeTemplate.COURIER_ETA:
            return {"at": begin, "again": True}
        case _:
            return {}
