"""If-then rules that people write (AI-03): what each looks at, when it fires, and that it did. Nothing opens a door.

A rule fires once when its number is reached, and again only after the number has been below. Each firing is an event
with what was measured, so that anybody can see why; a rule that was switched off stands for nothing any more.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from locker.core.events.duty_events import AutomationFired
from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.model import Use
from locker.frozen import dataclass
from locker.services.cases import cases_still_open
from locker.services.duty.task_causes import Cause, CauseTask
from locker.services.policies import Automation, Effect, Trigger
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import AutomationRule, RuleBook

log = logging.getLogger(__name__)

LOOK_SECONDS = 60
MOST_LISTED = 50
BY = "cabinet"


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule that has fired and whose number is still reached."""

    rule: str
    then: Effect
    when: Trigger
    value: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing as it was recorded."""

    at: datetime
    rule: str
    when: str
    value: int
    least: int
    then: str
    version: int


def readings(site: Site, now: datetime, open_cases: int, turned_away: int) -> Mapping[Trigger, int]:
    """What each thing that a rule may look at is now. Pure."""
    doors = list(site.compartments.values())
    in_use = [each for each in doors if each.use not in {Use.RETIRED, Use.CHECK}]
    taken = sum(each.use is not Use.FREE for each in in_use)
    late = [each for each in site.parcels.values() if each.overdue and each.state.live and not each.held]
    hours = [(now - each.deadline).total_seconds() // 3600 for each in late if each.deadline is not None]
    return {
        Trigger.TAKEN_PERCENT: 100 * taken // len(in_use) if in_use else 0,
        Trigger.OVERDUE_PARCELS: len(late),
        Trigger.OVERDUE_HOURS: int(max(hours, default=0)),
        Trigger.OPEN_CASES: open_cases,
        Trigger.TURNED_AWAY_TODAY: turned_away,
        Trigger.DOORS_OUT: sum(each.use is Use.RETIRED for each in doors),
    }


def reached(rules: Sequence[AutomationRule], measured: Mapping[Trigger, int]) -> list[AutomationRule]:
    """The rules whose number is reached. Pure."""
    return [each for each in rules if measured[each.when] >= each.least]


class Automations:
    """Looks once a minute. Lives on the loop. `turned_away`: how many found no room today."""

    def __init__(
        self, engine: Engine, journal: Journal, rules: RuleBook, turned_away: Callable[[], Awaitable[int]]
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._rules = rules
        self._turned_away = turned_away
        self._standing: dict[str, Standing] | None = None

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        await look_regularly(self.look, LOOK_SECONDS, log, "no rule fires")

    async def measured(self) -> Mapping[Trigger, int]:
        """What rules look at, now."""
        cases = await self._journal.read(cases_still_open)
        return readings(self._engine.site, self._engine.now(), len(cases), await self._turned_away())

    async def look(self) -> None:
        """Fire what has been reached since the last look, and forget what is below again."""
        standing = await self._load()
        version, body = self._rules.holding(Automation.kind), self._rules.body(Automation)
        if not body.active and not standing:
            return
        measured = await self.measured()
        now_reached = {each.name: each for each in reached(body.active, measured)}
        for name in [name for name in standing if name not in now_reached]:
            await self._end(name)
            del standing[name]
        for name, rule in now_reached.items():
            if name not in standing:
                number = version.version if version is not None else 0
                standing[name] = await self._fire(rule, measured[rule.when], number)

    async def _end(self, rule: str) -> None:
        await self._engine.record_with(lambda db, _: (_over(db, rule), None), BY)

    async def _fire(self, rule: AutomationRule, value: int, version: int) -> Standing:
        def work(db: Database, now: datetime) -> tuple[AutomationFired, Standing]:
            told = [rule.name, rule.then.value, rule.when.value, value, rfc3339(now)]
            db.execute("insert or replace into automation_standing values (?, ?, ?, ?, ?)", told)
            event = AutomationFired(
                rule=rule.name,
                version=version,
                when=rule.when.value,
                value=value,
                least=rule.least,
                then=rule.then.value,
            )
            return event, Standing(rule.name, rule.then, rule.when, value, now)

        return await self._engine.record_with(work, BY)

    def tasks(self) -> Iterator[CauseTask]:
        """What stands for a person to see to."""
        for each in (self._standing or {}).values():
            if each.then is Effect.TASK:
                yield CauseTask(
                    f"automation:{each.rule}",
                    Cause.AUTOMATION,
                    each.since,
                    about=each.rule,
                    why=each.when.value,
                    n=each.value,
                )

    async def standing(self) -> list[Standing]:
        """What has fired and is still reached."""
        return list((await self._load()).values())

    async def firings(self) -> list[Firing]:
        """The last fifty, the newest first."""
        return await self._journal.read(_firings)

    async def _load(self) -> dict[str, Standing]:
        if self._standing is None:
            self._standing = await self._journal.read(_all_standing)
        return self._standing


def _over(db: Database, rule: str) -> Noted:
    db.execute("delete from automation_standing where rule = ?", [rule])
    return Noted(what="automation-over", about=rule)


def _all_standing(db: Database) -> dict[str, Standing]:
    rows = db.execute('select rule, "then", "when", value, since from automation_standing order by since').fetchall()
    return {
        rule: Standing(rule, Effect(then), Trigger(when), value, moment(since))
        for rule, then, when, value, since in rows
    }


def _firings(db: Database) -> list[Firing]:
    fields = ", ".join(
        f"json_extract(data, '$.{name}')" for name in ("rule", "when", "value", "least", "then", "version")
    )
    sql = f"select at, {fields} from event where kind = 'AutomationFired' order by seq desc limit ?"  # noqa: S608  own names
    return [Firing(moment(at), *row) for at, *row in db.execute(sql, [MOST_LISTED]).fetchall()]
