"""The queues of people who work on cases: what waits in each, and who serves it now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.cases import Source, queue_of
from locker.services.policies import Queue

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.cases import Case
    from locker.services.policies import Teams


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue. `waits`: how many nobody has answered yet; `loud`: something waits and nobody is there."""

    word: str
    name: str
    who: str
    waits: str
    loud: bool


def queue_of_case(case: Case) -> Queue:
    """In which queue a case stands."""
    return queue_of(case.kind, Source(case.source))


def queue_rows(
    cases: Sequence[Case], teams: Teams, on_duty: Sequence[str], accounts: Collection[str], text: LocalizedText
) -> list[QueueRow]:
    """Every queue with what waits in it, and who of its teams is on duty. `accounts`: those that may sign in."""
    return [_row(each, cases, teams, on_duty, accounts, text) for each in Queue]


def _row(
    queue: Queue,
    cases: Sequence[Case],
    teams: Teams,
    on_duty: Sequence[str],
    accounts: Collection[str],
    text: LocalizedText,
) -> QueueRow:
    t, comma = text.translate, text.translate("panel.list_comma")
    members = [name for name in teams.members(queue) if name in accounts]
    here = [name for name in on_duty if not members or name in members]
    serving = comma.join(each.name for each in teams.serving(queue)) or t("panel.queue_by_role")
    duty = t("panel.queue_on_duty", names=comma.join(here)) if here else t("panel.queue_nobody")
    waiting = [each for each in cases if each.replied_at is None and queue_of_case(each) is queue]
    oldest = min((each.opened_at for each in waiting), default=None)
    waits = t("panel.queue_empty")
    if oldest is not None:
        waits = t("panel.queue_waits", n=len(waiting), span=text.duration_since(oldest))
    return QueueRow(
        queue.value,
        t(f"panel.queue_{queue.value}"),
        f"{serving}{t('panel.comma')}{duty}",
        waits,
        loud=bool(waiting) and not here,
    )
