"""Which version of a rule holds at a moment, and how two versions differ. Pure.

A version begins in the future or at the moment when it is written, so that what held in the past never changes: what a
parcel was promised is what held when it was put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339, row_hash
from locker.frozen import dataclass
from locker.services.policies.rule_bodies import plain_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from locker.services.policies.rule_bodies import RuleBody, RuleKind


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of the rule of a kind: 1, 2, 3 … `ends_at` None: until another version begins."""

    kind: RuleKind
    version: int
    author: str
    reason: str
    made_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    review_on: date
    body: RuleBody

    def covers(self, at: datetime) -> bool:
        """True from its beginning on, up to its end."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    @property
    def sha256(self) -> str:
        """Over all that it says, in hex: the journal holds it, so that no version can be changed unseen."""
        ends = rfc3339(self.ends_at) if self.ends_at else ""
        times = [rfc3339(self.made_at), rfc3339(self.starts_at), ends, self.review_on.isoformat()]
        return row_hash([self.kind.value, self.version, self.author, self.reason, *times, self.body.as_json()])


def holding(versions: Iterable[RuleVersion], at: datetime) -> RuleVersion | None:
    """The version that holds then: of those that cover the moment the one that began last, of two the later written.

    So a storm's rule covers the usual one while it lasts, and one that is written now does not cancel what is to come.
    """
    covering = [each for each in versions if each.covers(at)]
    return max(covering, key=lambda each: (each.starts_at, each.version), default=None)


def to_come(versions: Iterable[RuleVersion], now: datetime) -> list[RuleVersion]:
    """Versions that have not begun, the next first, without those that another with the same beginning replaces."""
    ahead = [each for each in versions if each.starts_at > now]
    effective = [each for each in ahead if holding(ahead, each.starts_at) is each]
    return sorted(effective, key=lambda each: each.starts_at)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two bodies differ, by its path; None where the body does not have it."""

    path: str
    before: Any
    after: Any


def differences(before: RuleBody, after: RuleBody) -> list[Difference]:
    """Every place where the two differ, in the order of the fields."""
    old, new = dict(_flat("", plain_fields(before))), dict(_flat("", plain_fields(after)))
    paths = dict.fromkeys([*old, *new])
    return [Difference(each, old.get(each), new.get(each)) for each in paths if old.get(each) != new.get(each)]


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(f"{path}.{key}" if path else key, each)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            yield from _flat(f"{path}.{number}", each)
    else:
        yield path, value
