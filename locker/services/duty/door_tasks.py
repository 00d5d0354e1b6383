"""What needs a person: read off the cabinet's state, most pressing first. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import moment
from locker.core.model import Seen, Use
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locker.core.events.record import Recorded
    from locker.core.model import Compartment, Site


class TaskKind(StrEnum):
    """Why a door is on the list, in the order of how pressing it is."""

    REPORT = "report"
    CHECK = "check"
    GONE = "gone"
    AJAR = "ajar"
    JAM = "jam"
    SWITCH = "switch"
    OVERDUE = "overdue"
    LOCK = "lock"
    UNSEEN = "unseen"
    RETIRED = "retired"


# The journal's line that tells since when, for what the cabinet's state does not date itself.
DATED_BY = {TaskKind.SWITCH: "SwitchFault", TaskKind.LOCK: "LockFault"}
_URGENT = {TaskKind.REPORT, TaskKind.CHECK, TaskKind.GONE, TaskKind.AJAR, TaskKind.JAM, TaskKind.SWITCH}
_NEVER = datetime.max.replace(tzinfo=UTC)
_ORDER = {kind: rank for rank, kind in enumerate(TaskKind)}


@dataclass(frozen=True, slots=True)
class Task:
    """One door and why it is listed. `why` is the journal's own word, or what staff wrote when retiring it.

    `report`: the number of the event of a resident's report.
    """

    compartment: str
    kind: TaskKind
    since: datetime | None = None
    why: str = ""
    report: int = 0

    @property
    def urgent(self) -> bool:
        """True when somebody should go to the door now."""
        return self.kind in _URGENT


def tasks(site: Site, reports: Sequence[Task] = ()) -> list[Task]:
    """Everything that needs somebody; a door stands here once for each thing that is wrong with it."""
    found = [task for each in site.compartments.values() for task in _tasks_of(site, each)]
    found += [each for each in reports if each.compartment in site.compartments]
    return sorted(found, key=lambda each: (_ORDER[each.kind], each.since or _NEVER, each.compartment))


def report_tasks(lines: Iterable[Recorded]) -> list[Task]:
    """What residents reported, as tasks: somebody has found a door not as it should be, and waits for a word."""
    return [
        Task(body["compartment"], TaskKind.REPORT, moment(line.at), body["problem"], line.seq)
        for line in lines
        for body in [line.body()]
    ]


def undated_tasks(site: Site) -> list[Task]:
    """Tasks of which only the journal knows since when."""
    return [each for each in tasks(site) if each.kind in {*DATED_BY, TaskKind.UNSEEN}]


def task_of(site: Site, compartment: Compartment, reports: Sequence[Task] = ()) -> Task | None:
    """The most pressing reason why this door is listed, or None when it is in order."""
    found = [*_tasks_of(site, compartment), *(each for each in reports if each.compartment == compartment.id)]
    return min(found, key=lambda each: _ORDER[each.kind], default=None)


def _tasks_of(site: Site, compartment: Compartment) -> Iterator[Task]:
    name, use, since = compartment.id, compartment.use, compartment.since
    if use is Use.CHECK:
        yield Task(name, TaskKind.CHECK, since, compartment.reason)
    if use is Use.RETIRED:
        kind = TaskKind.AJAR if compartment.seen is Seen.OPEN else TaskKind.RETIRED
        yield Task(name, kind, since, compartment.reason)
    if compartment.faults and use is Use.LOADED:
        yield Task(name, TaskKind.JAM, since)
    if compartment.switch_dead:
        yield Task(name, TaskKind.SWITCH)
    elif compartment.faults and use is Use.FREE:
        yield Task(name, TaskKind.LOCK)
    parcel = site.parcels.get(compartment.parcel or "")
    if parcel is not None and parcel.overdue and parcel.state.live:
        yield Task(name, TaskKind.OVERDUE, parcel.deadline)
    if not compartment.bank:
        if parcel is not None and parcel.state.live:
            yield Task(name, TaskKind.GONE, since)
    elif compartment.seen is Seen.UNSEEN and compartment.bank not in site.bank_doubts:
        yield Task(name, TaskKind.UNSEEN)  # doors of a bank that is not believed stand in one line of their own
