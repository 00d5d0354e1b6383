"""What needs a person, by cause: one line a silent wire, one a unit that is overdue. Pure: facts in, tasks out.

Nothing of this is kept: a task is there while its cause is, and is gone with it. What is kept is who sees to it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field, replace
from datetime import datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment
from locker.core.model import Seen
from locker.frozen import dataclass
from locker.services.cases import CLASSES
from locker.services.duty.door_tasks import Task, TaskKind, tasks
from locker.services.health import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from locker.core.model import Parcel, Site
    from locker.services.cases import Case
    from locker.services.duty.training_register import Training
    from locker.services.health import HealthWarning


class Urgency(StrEnum):
    """When somebody should see to it."""

    NOW = "now"
    TODAY = "today"
    WEEK = "week"


class Cause(StrEnum):
    """Why a person is needed, in the order of how pressing it is. The words of a door are those of its own task."""

    DANGER = "danger"
    REPORT = TaskKind.REPORT.value
    CHECK = TaskKind.CHECK.value
    GONE = TaskKind.GONE.value
    AJAR = TaskKind.AJAR.value
    WIRE = "wire"
    JAM = TaskKind.JAM.value
    SWITCH = TaskKind.SWITCH.value
    POWER = "power"
    APPROVAL = "approval"
    AWARD = "award"
    GUESSED = "guessed"
    OVERDUE = TaskKind.OVERDUE.value
    UNTOLD = "untold"
    CASE = "case"
    LATE = "late"
    LOCK = TaskKind.LOCK.value
    UNSEEN = TaskKind.UNSEEN.value
    HEALTH = "health"
    CLOCK = "clock"
    CERTIFICATE = "certificate"
    DISPATCH = "dispatch"
    ROUND = "round"
    TRAINING = "training"
    PEAK = "peak"
    STOCK = "stock"
    BACKLOG = "backlog"
    SERVICE = "service"
    APPLICATION = "application"
    AUTOMATION = "automation"
    RETIRED = TaskKind.RETIRED.value
    YEAR = "year"
    REVIEW = "review"


_RANK = {cause: rank for rank, cause in enumerate(Cause)}
_WEEK = frozenset({Cause.SERVICE, Cause.STOCK, Cause.RETIRED, Cause.YEAR, Cause.REVIEW, Cause.TRAINING, Cause.PEAK})
_NOW_UNTIL = _RANK[Cause.GUESSED]
ALARMS = frozenset(
    {Cause.REPORT, Cause.CHECK, Cause.GONE, Cause.AJAR, Cause.WIRE, Cause.JAM, Cause.SWITCH, Cause.POWER}
    | {Cause.GUESSED, Cause.LOCK, Cause.UNSEEN, Cause.HEALTH, Cause.CLOCK, Cause.CERTIFICATE}
)
"""What the machine or a resident told: it is seen by somebody, and stays until its cause is gone."""
_POWER = frozenset({Subject.BATTERY_LOW, Subject.MAINS, Subject.UNDERVOLTAGE, Subject.DISK})
_LOCKS = frozenset({Subject.LOCK_FAILS, Subject.LOCK_SLOW})
_ON_ITS_DAY = time(10, 30)
"""A time of UTC that is the same day nearly everywhere."""
CROWDED = 0.9
"""From this share of taken compartments on, parcels will be turned away soon."""


@dataclass(frozen=True, slots=True)
class CauseTask:
    """One thing that needs somebody. `key` names it as long as its cause lasts, and holds nothing about anybody.

    `about`: what it is named by (a bank, a case, a subject of health, a word of the outbox), `unit`: whose parcels.
    `why`: a second word about it. `parcel`: the parcel that it leads to. `n`: of how many things it speaks.
    """

    key: str
    cause: Cause
    since: datetime | None = None
    doors: tuple[str, ...] = ()
    about: str = ""
    unit: str = field(default="", repr=False)
    why: str = ""
    parcel: str = ""
    due: datetime | None = None
    n: int = 1
    report: int = 0

    @property
    def urgency(self) -> Urgency:
        """When somebody should see to it; a case whose limit has passed is for now."""
        if self.cause in _WEEK:
            return Urgency.TODAY if self.cause is Cause.TRAINING and self.why else Urgency.WEEK
        late = self.cause is Cause.CASE and self.why in {"late", "reply-late"}
        return Urgency.NOW if late or _RANK[self.cause] <= _NOW_UNTIL else Urgency.TODAY

    @property
    def alarm(self) -> bool:
        """True for what is seen and stays until its cause is gone; the others are taken and done."""
        return self.cause in ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """Everything that tasks are read off. `dates`: since when, by the journal; `awards`: cases whose money waits.

    `trainings`: those that end soon or have ended.
    `rounds`: those that are due, and since when. `service`: doors that are to be maintained.
    `applications`: how many people ask to be let in as residents, and since when the first.
    """

    site: Site
    now: datetime
    today: date
    dates: Mapping[Task, datetime] = field(default_factory=dict)
    reports: Sequence[Task] = ()
    undelivered: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[HealthWarning] = ()
    cases: Sequence[Case] = ()
    awards: Sequence[str] = ()
    missing_year: int | None = None
    reviews: Mapping[str, date] = field(default_factory=dict)
    guessed: Mapping[str, datetime] = field(default_factory=dict)
    clock_disbelieved: bool = False
    rounds: Mapping[str, datetime] = field(default_factory=dict)
    trainings: Sequence[Training] = ()
    service: tuple[str, ...] = ()
    applications: tuple[int, datetime | None] = (0, None)


def causes(facts: TaskFacts, others: Iterable[CauseTask] = ()) -> list[CauseTask]:
    """Everything that needs somebody, the most pressing first; `others` are known elsewhere (approvals)."""
    found = [*_of_doors(facts), *_of_people(facts), *_of_cases(facts), *_of_machine(facts), *_of_rules(facts), *others]
    urgency = list(Urgency)
    return sorted(
        found,
        key=lambda each: (
            urgency.index(each.urgency),
            _RANK[each.cause],
            each.since is None,
            each.since or 0,
            each.key,
        ),
    )


def _of_doors(facts: TaskFacts) -> Iterator[CauseTask]:
    unseen: dict[str, list[Task]] = defaultdict(list)
    for each in tasks(facts.site, facts.reports):
        task = replace(each, since=facts.dates.get(each, each.since))
        if task.kind is TaskKind.OVERDUE:
            continue
        if task.kind is TaskKind.UNSEEN:
            unseen[facts.site.compartments[task.compartment].bank].append(task)
            continue
        number = f":{task.report}" if task.report else ""
        yield CauseTask(
            f"{task.kind.value}:{task.compartment}{number}",
            Cause(task.kind.value),
            task.since,
            (task.compartment,),
            why=task.why,
            report=task.report,
        )
    yield from _wires(facts, unseen)


def _wires(facts: TaskFacts, unseen: Mapping[str, Sequence[Task]]) -> Iterator[CauseTask]:
    """One line a bank, however many of its doors are not seen; a bank that is not believed is one too."""
    site = facts.site
    for bank in sorted({*unseen, *site.bank_doubts}):
        of_bank = [name for name, each in site.compartments.items() if each.bank == bank]
        silent = [name for name in of_bank if site.compartments[name].seen is Seen.UNSEEN]
        since = min((each.since for each in unseen.get(bank, ()) if each.since is not None), default=None)
        if bank in site.bank_doubts:
            yield CauseTask(f"wire:{bank}", Cause.WIRE, since, tuple(of_bank), bank, why="doubt", n=len(of_bank))
        elif len(silent) == len(of_bank) > 1:
            yield CauseTask(f"wire:{bank}", Cause.WIRE, since, tuple(silent), bank, why="silent", n=len(silent))
        else:
            doors = tuple(each.compartment for each in unseen[bank])
            yield CauseTask(f"unseen:{bank}", Cause.UNSEEN, since, doors, bank, n=len(doors))


def _of_people(facts: TaskFacts) -> Iterator[CauseTask]:
    """What is overdue, one line a unit; what could not be said, one line a unit; what is late, one line a cause."""
    failed = [each for each in facts.undelivered if each["state"] == "failed"]
    untold = {str(each["parcel"]) for each in failed}
    overdue: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in facts.site.parcels.values():
        if parcel.overdue and parcel.state.live and not parcel.held:
            overdue[_of_whom(facts.site, parcel.id)].append(parcel)
    for whose, parcels in overdue.items():
        parcels.sort(key=lambda each: (each.deadline or facts.now, each.id))
        why = "untold" if any(each.id in untold for each in parcels) else ""
        untold -= {each.id for each in parcels}
        yield CauseTask(
            f"overdue:{whose}",
            Cause.OVERDUE,
            parcels[0].deadline,
            tuple(dict.fromkeys(each.compartment for each in parcels if each.compartment)),
            unit=unit_of(facts.site, parcels[0].id),
            why=why,
            parcel=parcels[0].id,
            n=len(parcels),
        )
    yield from _untold(facts, [each for each in failed if not each["parcel"] or str(each["parcel"]) in untold])
    late: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in facts.undelivered:
        if each["state"] != "failed":
            late[str(each["last_fault"]).partition(":")[0]].append(each)
    for fault, rows in late.items():
        since = min(moment(each["created_at"]) for each in rows)
        yield CauseTask(f"late:{fault}", Cause.LATE, since, why=fault, n=len(rows))


def _untold(facts: TaskFacts, failed: Sequence[Mapping[str, Any]]) -> Iterator[CauseTask]:
    by_whom: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in failed:
        by_whom[_of_whom(facts.site, str(each["parcel"])) if each["parcel"] else "staff"].append(each)
    for whose, rows in by_whom.items():
        last = rows[-1]
        yield CauseTask(
            f"untold:{whose}",
            Cause.UNTOLD,
            min(moment(each["created_at"]) for each in rows),
            unit=str(last["unit"] or ""),
            why=str(last["last_fault"]),
            parcel=str(last["parcel"]),
            about="" if last["parcel"] else "staff",
            n=len({each["parcel"] for each in rows}),
        )


def _of_whom(site: Site, parcel: str) -> str:
    """What all parcels of one unit have in common and no other has: the first resident of that unit, else itself."""
    unit = unit_of(site, parcel)
    return min((each.id for each in site.residents.values() if each.unit == unit), default=parcel) if unit else parcel


def unit_of(site: Site, parcel: str | None) -> str:
    """The unit that a parcel is for, empty when nobody knows."""
    known = site.parcels.get(parcel or "")
    if known is None or not known.recipients:
        return ""
    resident = site.residents.get(known.recipients[0])
    return resident.unit if resident else ""


def _of_cases(facts: TaskFacts) -> Iterator[CauseTask]:
    """A danger that lasts, money that waits for a second person, and cases that come near a limit."""
    for case in facts.cases:
        key, about = f"case:{case.number}", case.number
        if case.kind.name == "emergency":
            yield CauseTask(f"danger:{case.number}", Cause.DANGER, case.opened_at, about=about)
        if case.number in facts.awards:
            yield CauseTask(f"award:{case.number}", Cause.AWARD, case.opened_at, about=about)
        rules = CLASSES[case.priority]
        if case.replied_at is None and case.reply_due - facts.now <= rules.reply_warn:
            why = "reply" if case.reply_due > facts.now else "reply-late"
            yield CauseTask(key, Cause.CASE, case.opened_at, about=about, why=why, due=case.reply_due)
        elif case.due - facts.now <= rules.warn:
            why = "due" if case.due > facts.now else "late"
            yield CauseTask(key, Cause.CASE, case.opened_at, about=about, why=why, due=case.due)


def _of_machine(facts: TaskFacts) -> Iterator[CauseTask]:
    """What the machine warns of; what a line about a door or a wire says already is not said twice."""
    said = {each.compartment for each in tasks(facts.site) if each.kind in {TaskKind.JAM, TaskKind.LOCK}}
    silent = {each.bank for each in facts.site.compartments.values() if each.seen is Seen.UNSEEN}
    for each in facts.warnings:
        if (each.subject in _LOCKS and each.about in said) or (each.subject is Subject.WIRE and each.about in silent):
            continue
        cause = Cause.POWER if each.subject in _POWER else Cause.HEALTH
        doors = (each.about,) if each.subject in _LOCKS else ()
        yield CauseTask(f"health:{each.subject}:{each.about}", cause, each.since, doors, each.about, why=each.subject)
    if facts.clock_disbelieved:
        yield CauseTask("clock", Cause.CLOCK)
    for source, until in facts.guessed.items():
        yield CauseTask(f"guessed:{source}", Cause.GUESSED, about=source, due=until)
    in_use = [each for each in facts.site.compartments.values() if each.use.value not in {"retired", "check"}]
    taken = sum(each.use.value != "free" for each in in_use)
    if in_use and taken >= CROWDED * len(in_use):
        late = sum(each.overdue and each.state.live for each in facts.site.parcels.values())
        yield CauseTask("backlog", Cause.BACKLOG, about=str(len(in_use)), n=taken, why=str(late))


def _of_rules(facts: TaskFacts) -> Iterator[CauseTask]:
    """Rounds, maintenance and requests that wait, a year whose days nobody knows, rules to be looked at again."""
    for kind, due in facts.rounds.items():
        yield CauseTask(f"round:{kind}", Cause.ROUND, due, about=kind, due=due)
    for one in facts.trainings:
        assert one.expires is not None, "what is due has an end"
        over = "over" if one.expires <= facts.today else ""
        due = datetime.combine(one.expires, _ON_ITS_DAY, facts.now.tzinfo)
        yield CauseTask(f"training:{one.id}", Cause.TRAINING, unit=one.person, about=one.course, why=over, due=due)
    asking, first = facts.applications
    if asking:
        yield CauseTask("application", Cause.APPLICATION, first, n=asking)
    if facts.service:
        yield CauseTask("service", Cause.SERVICE, doors=facts.service, n=len(facts.service))
    if facts.missing_year is not None:
        yield CauseTask(f"year:{facts.missing_year}", Cause.YEAR, about=str(facts.missing_year))
    for kind, review_on in facts.reviews.items():
        if review_on <= facts.today:
            yield CauseTask(f"review:{kind}", Cause.REVIEW, about=kind)
