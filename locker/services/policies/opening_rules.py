"""The rule of opening hours: when visitors are served, in place of what the site file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from locker.core.doors.opening_hours import OpeningHours, Week, WeekFrom
from locker.options import OpeningOptions
from locker.services.policies.rule_bodies import RuleBody, RuleKind
from locker.services.policies.rule_versions import holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.services.policies.rule_versions import RuleVersion


class OpeningWeek(RuleBody, OpeningOptions):
    """The hours of a week, spelled as `[opening]` of the site file; with nothing in it those of the site file hold.

    Every day must have been thought of: `daily`, or all seven. An empty list is a day that is shut.
    """

    kind: ClassVar[RuleKind] = RuleKind.HOURS

    @model_validator(mode="after")
    def _no_day_forgotten(self) -> Self:
        if self.daily is None and 0 < self.named.count(None) < len(self.named):
            raise ValueError("say the hours of every day in `daily`, or name all seven days")
        return self

    @property
    def needs_end(self) -> bool:
        """A locker that is never open again is a slip, or belongs in the site file."""
        return bool(self.week) and not any(self.week)


def planned_hours(site: OpeningHours, versions: Sequence[RuleVersion]) -> OpeningHours:
    """The site's own hours with the plan that these versions make: at each moment what `holding` says."""
    moments = {each.starts_at for each in versions} | {each.ends_at for each in versions if each.ends_at is not None}
    plan = (WeekFrom(each, _week(holding(versions, each)) or site.week) for each in sorted(moments))
    return OpeningHours(site.zone, site.week, tuple(plan))


def _week(version: RuleVersion | None) -> Week:
    if version is None:
        return ()
    assert isinstance(version.body, OpeningWeek), "a version bears the body of its kind"
    return version.body.week
