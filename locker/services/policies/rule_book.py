"""All versions of all rules, in memory and in their table. They are added and never changed; undoing adds one too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import RuleAdded
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.services.policies.opening_rules import planned_hours
from locker.services.policies.rule_bodies import RuleBody, RuleKind
from locker.services.policies.rule_catalogue import BODIES
from locker.services.policies.rule_versions import RuleVersion, holding

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

B = TypeVar("B", bound=RuleBody)
BodyCheck = Callable[[RuleBody], None]
"""What another room has to say about a body: raises ValueError for one with which it could not work."""

REVIEW_AFTER = timedelta(days=365)
LONGEST_REASON = 200
_YEARS = range(1, 9000)
"""At the ends of all times a site's clock shows none, and nobody could be told until when a version holds."""


class VersionTaken(LockerError):
    """Somebody else has added this version meanwhile: look at it first."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be added: `version` is the number that it will bear, one more than the last.

    Without `starts_at` it holds from now on, without `review_on` somebody looks at it after a year.
    """

    version: int
    body: RuleBody
    reason: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    review_on: date | None = None


class RuleBook:
    """The rules of this cabinet. Lives on the loop. `checks`: what must be true of a body beyond its own fields."""

    def __init__(self, journal: Journal, engine: Engine, checks: Mapping[RuleKind, BodyCheck] | None = None) -> None:
        self._journal = journal
        self._engine = engine
        self._checks = checks or {}
        self._versions: dict[RuleKind, tuple[RuleVersion, ...]] = dict.fromkeys(RuleKind, ())

    async def load(self) -> None:
        """Read the whole table. Call once at start."""
        self._versions = await self._journal.read(_all)
        self._keep_hours()

    def versions(self, kind: RuleKind) -> tuple[RuleVersion, ...]:
        """All versions of one kind, the first first."""
        return self._versions[kind]

    def holding(self, kind: RuleKind, at: datetime | None = None) -> RuleVersion | None:
        """The version that holds then, now when no time is said; None while the defaults hold."""
        return holding(self._versions[kind], at or self._engine.now())

    def body(self, cls: type[B], at: datetime | None = None) -> B:
        """What the rule of this class says then; its defaults where no version holds."""
        version = self.holding(cls.kind, at)
        if version is None:
            return cls()
        assert isinstance(version.body, cls), "a version bears the body of its kind"
        return version.body

    def check(self, body: RuleBody) -> None:
        """Look whether every room could work with this body. Raises ValueError."""
        if (check := self._checks.get(body.kind)) is not None:
            check(body)

    def planned(self, asked: NewVersion, by: str, now: datetime) -> RuleVersion:
        """The version as it would be written at this moment. Raises ValueError for what no version may say."""
        self.check(asked.body)
        reason = " ".join(asked.reason.split())
        if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
            raise ValueError(f"reason: say why, in 1 to {LONGEST_REASON} characters")
        _must_be_times(asked)
        starts_at = _whole(asked.starts_at or now)
        ends_at = _whole(asked.ends_at) if asked.ends_at is not None else None
        if starts_at < _whole(now):
            raise ValueError("starts_at: a version cannot begin in the past")
        if ends_at is not None and ends_at <= starts_at:
            raise ValueError("ends_at: a version ends after it begins")
        if ends_at is None and asked.body.needs_end:
            raise ValueError("ends_at: say until when")
        review_on = asked.review_on or (starts_at + REVIEW_AFTER).date()
        if review_on < starts_at.date():
            raise ValueError("review_on: a version is looked at again after it begins")
        return RuleVersion(
            asked.body.kind, asked.version, by, reason, _whole(now), starts_at, ends_at, review_on, asked.body
        )

    async def add(self, asked: NewVersion, by: str) -> RuleVersion:
        """Add a version, durable when it returns. To ask the same again is answered with what stands there.

        Raises ValueError, VersionTaken when another one bears this number, and Refused while sealed.
        """
        _must_be_times(asked)
        kind, standing = asked.body.kind, self._versions[asked.body.kind]
        if 1 <= asked.version <= len(standing):
            return _same(standing[asked.version - 1], asked, by)

        def work(db: Database, now: datetime) -> tuple[RuleAdded, RuleVersion]:
            last = db.execute("select coalesce(max(version), 0) from rule where kind = ?", [kind.value]).fetchone()[0]
            if asked.version != last + 1:
                raise VersionTaken
            made = self.planned(asked, by, now)
            db.execute(f"insert into rule values ({', '.join('?' * 9)})", _row(made))  # noqa: S608  placeholders only
            event = RuleAdded(
                rule=kind.value,
                version=made.version,
                starts_at=made.starts_at,
                ends_at=made.ends_at,
                sha256=made.sha256,
            )
            return event, made

        made = await self._engine.record_with(work, by)
        self._versions[kind] = (*self._versions[kind], made)
        if kind is RuleKind.HOURS:
            self._keep_hours()
        return made

    def _keep_hours(self) -> None:
        """Hand the engine the weeks of all versions, by which it lets visits begin."""
        policy = self._engine.site.policy
        opening = planned_hours(policy.opening, self._versions[RuleKind.HOURS])
        self._engine.keep_policy(replace(policy, opening=opening))

    async def undo(self, kind: RuleKind, reason: str, by: str) -> RuleVersion:
        """Take back the last version by adding one that says what would hold without it, from where it begins.

        Raises ValueError when there is nothing to take back, and what `add` raises.
        """
        return await self.add(self.undoing(kind, reason), by)

    def undoing(self, kind: RuleKind, reason: str) -> NewVersion:
        """The version that takes the last one back. Raises ValueError when there is none."""
        versions, now = self._versions[kind], self._engine.now()
        if not versions:
            raise ValueError(f"there is no version of {kind.value} to take back")
        last = versions[-1]
        if last.ends_at is not None and last.ends_at <= now:
            raise ValueError(f"version {last.version} of {kind.value} has ended by itself")
        begins = last.starts_at if last.starts_at > now else None
        before = holding(versions[:-1], begins or now)
        return NewVersion(
            last.version + 1,
            before.body if before is not None else BODIES[kind](),
            reason,
            begins,
            before.ends_at if before is not None else None,
            max(before.review_on, (begins or now).date()) if before is not None else None,
        )


def _same(standing: RuleVersion, asked: NewVersion, by: str) -> RuleVersion:
    """What stands there, if it is what was asked for; a repeated request changes nothing."""
    same = standing.body == asked.body and standing.author == by and standing.reason == " ".join(asked.reason.split())
    starts = asked.starts_at is None or _whole(asked.starts_at) == standing.starts_at
    ends = (_whole(asked.ends_at) if asked.ends_at else None) == standing.ends_at
    if not (same and starts and ends):
        raise VersionTaken
    return standing


def _must_be_times(asked: NewVersion) -> None:
    for field, said in (("starts_at", asked.starts_at), ("ends_at", asked.ends_at)):
        if said is not None and said.year not in _YEARS:
            raise ValueError(f"{field}: there is no such time")


def _whole(at: datetime) -> datetime:
    """A time as exact as the journal spells it."""
    return moment(rfc3339(at))


def _row(version: RuleVersion) -> list[str | int | None]:
    ends = rfc3339(version.ends_at) if version.ends_at else None
    times = [rfc3339(version.made_at), rfc3339(version.starts_at), ends, version.review_on.isoformat()]
    return [version.kind.value, version.version, version.author, version.reason, *times, version.body.as_json()]


def _all(db: Database) -> dict[RuleKind, tuple[RuleVersion, ...]]:
    found: dict[RuleKind, tuple[RuleVersion, ...]] = dict.fromkeys(RuleKind, ())
    rows = db.execute(
        "select kind, version, author, reason, made_at, starts_at, ends_at, review_on, body from rule"
        " order by kind, version"
    ).fetchall()
    for kind, version, author, reason, made, starts, ends, review, body in rows:
        known = RuleKind(kind)
        read = RuleVersion(
            *(known, version, author, reason),
            *(moment(made), moment(starts), moment(ends) if ends else None),
            date.fromisoformat(review),
            BODIES[known].read(body),
        )
        found[known] = (*found[known], read)
    return found
