"""The list of what needs somebody: the one thing that comes first, alarms, what is to be done today and later. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from api.staff.localized_text import staff_of
from api.staff.task_words import TaskAction, action_of, address_of, cause_sentence, first_hint, plate_of, task_detail
from locker.services.duty import UNSEEN_AFTER, Cause, Urgency
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.staff.localized_text import LocalizedText
    from locker.core.model import Site
    from locker.services.duty import OwnedTask, Roster, Shift, ShiftNote

SHOWN_OF_A_CAUSE = 8
"""So many lines of one cause; how many more there are stands in one line behind them."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One line. `plate`: the door at its head, else `icon`. `owner`: who sees to it, and since when; empty for nobody.

    `key`: what its form takes it by, empty where the reader takes no tasks. `mine`: the reader sees to it.
    """

    key: str
    plate: str
    icon: str
    css_class: str
    address: str
    sentence: str
    detail: str
    time: str
    owner: str
    mine: bool
    alarm: bool
    overlooked: bool
    action: TaskAction | None


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """What is to be done now, today or this week."""

    heading: str
    rows: Sequence[TaskRow]


@dataclass(frozen=True, slots=True)
class NowView:
    """All of it. `need`: how many things need somebody now, in words."""

    need: str
    first: TaskRow | None
    first_hint: str
    alarms: Sequence[TaskRow]
    groups: Sequence[TaskGroup]

    @property
    def rows(self) -> list[TaskRow]:
        """Every line, the first of all too, in the order of the page."""
        first = [self.first] if self.first is not None else []
        return [*first, *self.alarms, *(row for group in self.groups for row in group.rows)]


@dataclass(frozen=True, slots=True)
class TaskReader:
    """Who looks at the list: the name of the account, and what it may do."""

    name: str
    rights: frozenset[Right]


def now_view(site: Site, owned: Sequence[OwnedTask], reader: TaskReader, text: LocalizedText) -> NowView:
    """The list at `text.now`; `owned` is in the order of how pressing each is."""
    rows = [(each, _row(site, each, reader, text)) for each in owned]
    pressing = [each for each in owned if each.task.urgency is Urgency.NOW]
    first = next(((each, row) for each, row in rows if each.task.urgency is Urgency.NOW), None)
    others = [(each, row) for each, row in rows if first is None or each is not first[0]]
    groups = []
    for urgency in Urgency:
        todo = [(each, row) for each, row in others if not each.task.alarm and each.task.urgency is urgency]
        if todo:
            groups.append(TaskGroup(text.translate(f"panel.urgency_{urgency.value}"), _short(todo, text)))
    return NowView(
        need=_need(pressing, text),
        first=first[1] if first is not None else None,
        first_hint=first_hint(site, first[0].task, text) if first is not None else "",
        alarms=_short([(each, row) for each, row in others if each.task.alarm], text),
        groups=groups,
    )


def _need(pressing: Sequence[OwnedTask], text: LocalizedText) -> str:
    if not pressing:
        return text.translate("panel.in_order")
    if all(len(each.task.doors) == 1 for each in pressing):
        return text.translate("panel.need", n=len({each.task.doors[0] for each in pressing}))
    return text.translate("panel.need_things", n=len(pressing))


def _short(rows: Sequence[tuple[OwnedTask, TaskRow]], text: LocalizedText) -> list[TaskRow]:
    """The lines, no more of one cause than anybody reads."""
    shown: list[TaskRow] = []
    for cause, of_cause in groupby(rows, key=lambda pair: pair[0].task.cause):
        lines = [row for _, row in of_cause]
        shown += lines[:SHOWN_OF_A_CAUSE]
        if len(lines) > SHOWN_OF_A_CAUSE:
            shown.append(_rest(cause, len(lines) - SHOWN_OF_A_CAUSE, text))
    return shown


def _rest(cause: Cause, n: int, text: LocalizedText) -> TaskRow:
    key = "panel.untold_more" if cause is Cause.UNTOLD else "panel.tasks_more"
    sentence = text.translate(key, n=n)
    address = "/parcels" if cause in {Cause.UNTOLD, Cause.OVERDUE} else ""
    return TaskRow(
        "", "", "alert", "is-out", address, sentence, "", "", "", mine=False, alarm=False, overlooked=False, action=None
    )


def _row(site: Site, owned: OwnedTask, reader: TaskReader, text: LocalizedText) -> TaskRow:
    task, owner = owned.task, owned.owner
    plate, icon, css_class = plate_of(task)
    overlooked = owner is None and task.alarm and task.urgency is Urgency.NOW and task.since is not None
    return TaskRow(
        key=task.key if Right.TASKS in reader.rights else "",
        plate=plate,
        icon=icon,
        css_class=css_class,
        address=address_of(task),
        sentence=cause_sentence(site, task, text),
        detail=task_detail(site, task, text),
        time=text.short_time(task.since) if task.since and task.cause is not Cause.OVERDUE else "",
        owner=text.translate("panel.owned_by", name=owner.name, time=text.short_time(owner.at)) if owner else "",
        mine=owner is not None and owner.name == reader.name,
        alarm=task.alarm,
        overlooked=overlooked and task.since is not None and text.now - task.since >= UNSEEN_AFTER,
        action=action_of(site, task, reader.rights, text),
    )


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What somebody left for the next person."""

    id: str
    text: str
    facts: str
    taken: bool


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """Somebody's time of duty."""

    id: str
    name: str
    span: str
    now: bool


def note_rows(notes: Sequence[ShiftNote], text: LocalizedText) -> list[NoteRow]:
    """Notes with who wrote them and when; of those that were taken over, by whom."""
    rows = []
    for each in notes:
        facts = text.translate("panel.note_by", name=staff_of(each.by), time=text.short_time(each.at))
        if each.taken_at is not None:
            facts = text.translate(
                "panel.note_taken", name=staff_of(each.taken_by), time=text.short_time(each.taken_at)
            )
        rows.append(NoteRow(each.id, each.text, facts, each.taken_at is not None))
    return rows


def shift_rows(roster: Roster, text: LocalizedText) -> list[ShiftRow]:
    """Who is on duty, and who comes next."""
    return [_shift(each, text, now=True) for each in roster.now] + [
        _shift(each, text, now=False) for each in roster.next
    ]


def _shift(shift: Shift, text: LocalizedText, *, now: bool) -> ShiftRow:
    same_day = text.date_of(shift.begins) == text.date_of(shift.ends)
    until = text.clock(shift.ends) if same_day else text.short_time(shift.ends)
    return ShiftRow(shift.id, shift.staff, f"{text.short_time(shift.begins)}\u2013{until}", now)
