"""Who fetches what: each job gets the courier for whom it costs least, all jobs together. Pure.

A courier of another company, one who was asked before, one who carries enough, and one who is not at work while the
sender wants it fetched get no job. Of the others a zone that is not theirs costs most, then work that they have.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

IMPOSSIBLE = 1_000_000
STRANGE_ZONE = 40
"""A zone that is not theirs is worth four jobs of a colleague who knows it."""
EACH_JOB = 10
MOST_AT_ONCE = 30
"""So many jobs of one company are shared out in one go: the rest comes in the next."""
A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Job:
    """One parcel to be fetched. `begins`, `ends`: when, in minutes of the day at the site; `passed`: who said no."""

    parcel: str
    company: str
    zone: str = ""
    begins: int = 0
    ends: int = A_DAY
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A courier: in which zones (none: in all), from when until when, how many jobs there are and may be."""

    courier: str
    company: str
    zones: frozenset[str] = frozenset()
    begins: int = 0
    ends: int = A_DAY
    jobs: int = 0
    most: int = 20


def cost(job: Job, courier: OnDuty, more: int = 0) -> int:
    """What it costs that this courier gets this job and `more` others before; IMPOSSIBLE when it cannot be."""
    if courier.courier in job.passed or folded_name(courier.company) != folded_name(job.company):
        return IMPOSSIBLE
    if courier.jobs + more >= courier.most or not _at_work(job, courier):
        return IMPOSSIBLE
    strange = bool(courier.zones) and job.zone not in courier.zones
    return STRANGE_ZONE * strange + EACH_JOB * (courier.jobs + more)


def _at_work(job: Job, courier: OnDuty) -> bool:
    """Whether both spans of the day have a minute in common; a shift that ends before it begins goes over midnight."""
    return any(
        begins < ends_of_job and begins_of_job < ends
        for begins, ends in _spans(courier.begins, courier.ends)
        for begins_of_job, ends_of_job in _spans(job.begins, job.ends)
    )


def _spans(begins: int, ends: int) -> Iterator[tuple[int, int]]:
    if begins < ends:
        yield begins, ends
    else:
        yield begins, A_DAY
        yield 0, ends


def assign(jobs: Iterable[Job], couriers: Iterable[OnDuty]) -> Mapping[str, str]:
    """The courier of each job that can be given to one, by parcel: what all cost together is as little as can be."""
    by_company = defaultdict[str, list[OnDuty]](list)
    for each in sorted(couriers, key=lambda one: one.courier):
        by_company[folded_name(each.company)].append(each)
    of_company = defaultdict[str, list[Job]](list)
    for job in sorted(jobs, key=lambda one: one.parcel):
        of_company[folded_name(job.company)].append(job)
    found = dict[str, str]()
    for company, wanted in of_company.items():
        found |= _shared(wanted[:MOST_AT_ONCE], by_company[company])
    return found


def _shared(jobs: Sequence[Job], couriers: Sequence[OnDuty]) -> dict[str, str]:
    """Of one company: a courier stands in the table as often as there are jobs that they may get besides."""
    if not jobs or not couriers:
        return {}
    from munkres import Munkres  # noqa: PLC0415  no start waits for it

    each_gets = 1 if len(jobs) == 1 else max(2, -(-2 * len(jobs) // len(couriers)))
    places = [(one, more) for one in couriers for more in range(min(each_gets, max(0, one.most - one.jobs)))]
    if not places:
        return {}
    table = [[cost(job, one, more) for one, more in places] for job in jobs]
    pairs = Munkres().compute(Munkres().pad_matrix(table, IMPOSSIBLE))
    return {
        jobs[row].parcel: places[column][0].courier
        for row, column in pairs
        if row < len(jobs) and column < len(places) and table[row][column] < IMPOSSIBLE
    }
