"""What a report is: a pure function of facts that gives a finding and charts, each a table with its own finding.

A report speaks in keys of sentences with what fills them; pages, mails and CSV put them into a language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from locker.frozen import dataclass
from locker.services.health import FaultRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.services.reports.facts import Fact, Grain

FEWEST = 30
"""Under so many no percentage is told: it would say more about chance than about the service."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its key, and what fills its places. A fill that is a sentence itself is put into words too."""

    key: str
    fills: Mapping[str, object] = field(default_factory=dict)


def said(key: str, /, **fills: object) -> Sentence:
    """A sentence."""
    return Sentence(key, fills)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. `limit`: what is aimed at, and whether that is the least or the most."""

    n: int
    of: int

    @property
    def rate(self) -> FaultRate:
        """The share with Wilson's interval, 95 of 100."""
        return FaultRate(self.n, self.of)

    @property
    def tells(self) -> bool:
        """True when there are enough of them for a percentage."""
        return self.of >= FEWEST


@dataclass(frozen=True, slots=True)
class Aim:
    """A limit that a share is held against: at least or at most this much."""

    share: float
    least: bool

    def met(self, share: Share) -> bool | None:
        """Whether the aim is met; None while the interval holds both answers."""
        low, high = share.rate.low, share.rate.high
        if share.of == 0 or low < self.share < high:
            return None
        return (share.rate.share >= self.share) is self.least


@dataclass(frozen=True, slots=True)
class Duration:
    """A time in seconds; `upto`: at most so much, read from buckets."""

    seconds: float
    upto: bool = False


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of time, which has no count."""

    share: float


Cell: TypeAlias = "int | float | str | Share | Percent | Duration | Sentence | None"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table. `bar`: how far its bar goes, 0 to 1. `strong`: it is the one that the finding speaks of."""

    label: Sentence | str
    cells: tuple[Cell, ...]
    bar: float | None = None
    strong: bool = True
    aim: Aim | None = None


class Form(StrEnum):
    """How a table is drawn: bars of names, shares with whiskers, days as columns, hours of the week, or not at all."""

    BARS = "bars"
    WHISK = "whisk"
    DAYS = "days"
    HOURS = "hours"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """One table with its finding. `columns`: keys of what stands above each cell. `scale`: ends of a whisker's line."""

    name: str
    finding: Sentence
    form: Form
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    hint: Sentence | None = None
    scale: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from first to last."""

    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """Each of them."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    @property
    def before(self) -> Span:
        """As many days before these."""
        length = self.last - self.first
        last = self.first - timedelta(days=1)
        return Span(last - length, last)


def no_event(_: date) -> float:
    """A day like any other."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a report is made of: facts of the span, of the span before, and of a year up to its end; doors by size.

    `history`: what a forecast looks back at. `times`: how many times as many parcels come on a day as usually.
    """

    span: Span
    facts: Sequence[Fact]
    before: Sequence[Fact] = ()
    year: Sequence[Fact] = ()
    doors: Mapping[str, int] = field(default_factory=dict)
    today: date | None = None
    history: Sequence[Fact] = ()
    times: Callable[[date], float] = no_event

    def count(self, what: str, part: str = "", *, before: bool = False, **having: str) -> int:
        """How often something happened; `part` is a beginning."""
        return count(self.before if before else self.facts, what, part, **having)


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown: the finding first, figures in one line, then charts."""

    name: str
    finding: Sentence
    charts: tuple[Chart, ...]
    sums: tuple[tuple[str, Cell, Cell], ...] = ()
    note: Sentence | None = None


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report by its name: what it needs to be counted, and how it is made. `personal`: it tells of single people.

    `history`: what it needs of the last half year. `ahead`: it is about days to come, whatever days are chosen.
    """

    name: str
    whats: Mapping[str, Grain]
    make: Callable[[Ground], Report]
    year: tuple[str, ...] = ()
    personal: bool = False
    history: Mapping[str, Grain] = field(default_factory=dict)
    ahead: bool = False


def count(facts: Sequence[Fact], what: str, part: str = "", **having: str) -> int:
    """How often something happened; `part` is a beginning, other fields are whole."""
    wanted = list(having.items())
    return sum(
        fact.n
        for fact in facts
        if fact.what == what
        and fact.part.startswith(part)
        and all(getattr(fact.key, name) == value for name, value in wanted)
    )


def seconds(facts: Sequence[Fact], what: str, part: str = "") -> int:
    """How long something took in all."""
    return sum(fact.seconds for fact in facts if fact.what == what and fact.part.startswith(part))


def by(facts: Sequence[Fact], what: str, field_name: str, part: str = "") -> Counter[str]:
    """How often something happened, by one of the fields."""
    counted: Counter[str] = Counter()
    for fact in facts:
        if fact.what == what and fact.part.startswith(part):
            counted[fact.part if field_name == "part" else str(getattr(fact.key, field_name))] += fact.n
    return counted


def quantile(facts: Sequence[Fact], what: str, share: float, ends: Sequence[int]) -> Duration | None:
    """The end of the bucket in which this share of all is reached; None where nothing was counted."""
    counted = by(facts, what, "part")
    total, reached = sum(counted.values()), 0
    if not total:
        return None
    for end in ends:
        reached += counted[str(end)]
        if reached >= share * total:
            return Duration(end, upto=True)
    return Duration(ends[-1] * 2, upto=True)


def bars(counted: Mapping[str, int], labels: Mapping[str, Sentence | str] | None = None) -> tuple[Row, ...]:
    """Rows of counts, each with a bar as long as it is among the largest."""
    most = max(counted.values(), default=0)
    return tuple(
        Row((labels or {}).get(name, name), (n,), bar=n / most if most else 0.0, strong=n == most and n > 0)
        for name, n in counted.items()
    )
