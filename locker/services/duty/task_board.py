"""The tasks of now, and who sees to which: tasks are read off the facts each time, only their owners are kept."""

from __future__ import annotations

import logging
from dataclasses import field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.duty_events import TaskTaken, TaskUnseen
from locker.core.events.record import moment, rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.core.visits.code_throttle import level, next_try
from locker.frozen import dataclass
from locker.journal.history import first_event_from, last_fault, open_reports, unseen_since
from locker.journal.round_history import rounds_due
from locker.services.cases import awards_waiting, cases_still_open
from locker.services.duty.door_service import doors_due, last_services
from locker.services.duty.door_tasks import DATED_BY, Task, TaskKind, report_tasks, undated_tasks
from locker.services.duty.task_causes import CauseTask, TaskFacts, Urgency, causes
from locker.services.duty.training_register import trainings_due
from locker.services.notices import undelivered_notices
from locker.services.people import applications_waiting
from locker.services.policies import RoundSchedule, RuleKind
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases import Casework
    from locker.services.health import HealthMonitor
    from locker.services.policies import RuleBook

    TaskSource = Callable[[], Iterable[CauseTask]]

log = logging.getLogger(__name__)

UNSEEN_AFTER = timedelta(minutes=15)
"""So long after an alarm that nobody has seen somebody else is called."""
LOOK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TaskOwner:
    """Who sees to a task, since when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnedTask:
    """A task and who sees to it; None while nobody does."""

    task: CauseTask
    owner: TaskOwner | None


@dataclass(slots=True)
class TaskBoard:
    """See the module. `run` calls somebody else about what nobody has seen."""

    engine: Engine
    journal: Journal
    health: HealthMonitor
    cases: Casework
    rules: RuleBook
    timezone: str
    _sources: list[TaskSource] = field(default_factory=list)
    _called: set[str] = field(default_factory=set)

    def add(self, source: TaskSource) -> None:
        """Take over tasks that another room knows of."""
        self._sources.append(source)

    async def now(self) -> list[OwnedTask]:
        """Every task, the most pressing first, each with whoever sees to it."""
        site, now = self.engine.site, self.engine.now()
        facts, owners = await self.journal.read(lambda db: (self._facts(db, site, now), _owners(db)))
        others = [each for source in self._sources for each in source()]
        return [OwnedTask(each, owner_of(each, owners)) for each in causes(facts, others)]

    def _facts(self, db: Database, site: Site, now: datetime) -> TaskFacts:
        holding = {kind.value: self.rules.holding(kind, now) for kind in RuleKind}
        return TaskFacts(
            site=site,
            now=now,
            today=now.astimezone(ZoneInfo(self.timezone)).date(),
            dates=task_dates(db, undated_tasks(site)),
            reports=report_tasks(open_reports(db)),
            undelivered=undelivered_notices(db, now),
            warnings=self.health.warnings,
            cases=cases_still_open(db),
            awards=awards_waiting(db),
            missing_year=self.cases.calendar.missing,
            reviews={kind: version.review_on for kind, version in holding.items() if version is not None},
            guessed={
                source: next_try(bucket) for source, bucket in sorted(site.buckets.items()) if level(bucket, now) == 0
            },
            clock_disbelieved=self.engine.clock_disbelieved,
            rounds=self._rounds_due(db, now),
            trainings=trainings_due(db, now.astimezone(ZoneInfo(self.timezone)).date()),
            applications=applications_waiting(db, now),
            service=doors_due(site, last_services(db), self.rules.body(RoundSchedule).service_openings),
        )

    def _rounds_due(self, db: Database, now: datetime) -> dict[str, datetime]:
        version = self.rules.holding(RuleKind.ROUNDS, now)
        if version is None:
            return {}
        assert isinstance(version.body, RoundSchedule), "a version bears the body of its kind"
        return rounds_due(db, version.body.every, version.starts_at, now)

    async def take(self, task: str, owner: str, by: str) -> None:
        """Note who sees to a task; an empty `owner` gives it back. Raises Refused: unknown, sealed."""
        standing = {each.task.key for each in await self.now()}
        if task not in standing:
            raise Refused(RefusalReason.UNKNOWN)

        def work(db: Database, now: datetime) -> tuple[TaskTaken, None]:
            for (key,) in db.execute("select task from task_owner").fetchall():
                if key not in standing or key == task:
                    db.execute("delete from task_owner where task = ?", [key])
            if owner:
                db.execute("insert into task_owner (task, owner, at) values (?, ?, ?)", [task, owner, rfc3339(now)])
            return TaskTaken(task=task, owner=owner), None

        await self.engine.record_with(work, by)

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        await look_regularly(self.look, LOOK_SECONDS, log, "nobody is called about unseen alarms")

    async def look(self) -> None:
        """Call somebody else, once, about each pressing alarm that nobody has seen for long."""
        now, standing = self.engine.now(), await self.now()
        self._called &= {each.task.key for each in standing}
        for each in unseen(standing, now):
            if each.key in self._called or each.since is None:
                continue
            if not await self.journal.read(partial(_called_before, task=each.key, since=each.since)):
                minutes = int((now - each.since).total_seconds() // 60)
                await self.engine.record(TaskUnseen(task=each.key, minutes=minutes), "machine")
            self._called.add(each.key)


def _called_before(db: Database, task: str, since: datetime) -> bool:
    """True when somebody was called about this alarm before the daemon began anew. Reads what came since the alarm."""
    sql = """select 1 from event where seq >= ? and kind = 'TaskUnseen' and json_extract(data, '$.task') = ? limit 1"""
    return db.execute(sql, [first_event_from(db, rfc3339(since)), task]).fetchone() is not None


def unseen(standing: Collection[OwnedTask], now: datetime) -> list[CauseTask]:
    """The pressing alarms that nobody has seen for long. Pure."""
    return [
        each.task
        for each in standing
        if each.owner is None
        and each.task.alarm
        and each.task.urgency is Urgency.NOW
        and each.task.since is not None
        and now - each.task.since >= UNSEEN_AFTER
    ]


def owner_of(task: CauseTask, owners: Mapping[str, TaskOwner]) -> TaskOwner | None:
    """Who sees to it; whoever saw to the same thing before it happened again does not. Pure."""
    owner = owners.get(task.key)
    return None if owner is None or (task.since is not None and owner.at < task.since) else owner


def task_dates(db: Database, undated: Collection[Task]) -> dict[Task, datetime]:
    """Since when, by the journal, for those tasks of doors that it knows of."""
    lost = unseen_since(db) if any(each.kind is TaskKind.UNSEEN for each in undated) else {}
    found = {}
    for each in undated:
        name = each.compartment
        at = last_fault(db, name, DATED_BY[each.kind]) if each.kind in DATED_BY else lost.get(name, lost.get(""))
        if at is not None:
            found[each] = moment(at)
    return found


def _owners(db: Database) -> dict[str, TaskOwner]:
    rows = db.execute("select task, owner, at from task_owner order by task").fetchall()
    return {task: TaskOwner(owner, moment(at).astimezone(UTC)) for task, owner, at in rows}
