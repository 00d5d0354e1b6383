"""A case as its resident follows it: how far it is, by when they hear more, what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.cases import KINDS, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.app_context import AppContext
    from api.resident.resident_page import AskedByResident
    from api.resident.resident_text import ResidentText
    from locker.services.cases import Entry, OwnCase

_OWN_WORDS = frozenset({"description", "answer"})


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line: when, what, in which words. `mark`: "is-done", "is-now", or empty for what is still to come."""

    time: str
    said: str
    words: str
    mark: str


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One case of mine. `title` says by when something happens."""

    number: str
    kind: str
    title: str
    is_open: bool
    lines: tuple[CaseLine, ...]


async def own_cases(context: AppContext, asked: AskedByResident, *, only_open: bool = False) -> list[CaseCard]:
    """What this resident opened, the last first."""
    mine = await context.cases.service.cases_of(asked.person.id)
    return [case_card(each, asked.text) for each in mine if each.closed_at is None or not only_open]


def case_card(own: OwnCase, text: ResidentText) -> CaseCard:
    """How one case is shown."""
    return CaseCard(
        number=own.number,
        kind=text.translate(f"my.case_kind_{own.kind}"),
        title=_title(own, text),
        is_open=own.closed_at is None,
        lines=(*_said(own.words, text), *_stages(own, text)),
    )


def _title(own: OwnCase, text: ResidentText) -> str:
    if own.closed_at is not None:
        return text.translate("my.case_closed")
    if own.replied_at is None:
        return text.translate("my.case_reply", time=text.moment(own.reply_due))
    return text.translate("my.case_due", time=text.moment(own.due))


def _said(words: Sequence[Entry], text: ResidentText) -> list[CaseLine]:
    return [
        CaseLine(
            text.moment(each.at),
            text.translate("my.case_you" if each.what in _OWN_WORDS else "my.case_staff"),
            each.text,
            "is-done",
        )
        for each in words
    ]


def _stages(own: OwnCase, text: ResidentText) -> list[CaseLine]:
    """Where it is now, and what is still to come; of one that has ended only when that was."""
    if own.closed_at is not None:
        return [CaseLine(text.moment(own.closed_at), text.translate("my.case_closed"), "", "is-now")]
    order = KINDS[own.kind].stages
    ahead = order[order.index(own.stage) :] if own.stage in order else ()
    lines = [
        CaseLine("", text.translate(f"my.case_stage_{stage.value}"), "", "is-now" if stage is own.stage else "")
        for stage in ahead
    ]
    return [*lines, CaseLine(text.moment(own.due), text.translate(f"my.case_stage_{Stage.CLOSED.value}"), "", "")]
