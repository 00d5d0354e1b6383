"""How it goes at this moment (KPI-07): pickups of today, what people say, limits of cases. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.reports.facts import VISIT_SECONDS, Grain
from locker.services.reports.quality import AIMS, PICKUP_SECONDS, mean_rating
from locker.services.reports.report import Aim, Share, by, count, quantile, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from locker.services.reports.facts import Fact
    from locker.services.reports.report import Cell, Sentence

LIVE_WHATS = dict.fromkeys(
    ("pickup", "pickup-time", "deposit", "begun", "rating", "stored", "turned-away"), Grain.WHOLE
)
LIKED_FROM = 4.0
REPLIED_AIM = Aim(0.95, least=True)


@dataclass(frozen=True, slots=True)
class CaseLimit:
    """What of an open case decides whether its promise holds: by when an answer and a solution are due."""

    reply_due: datetime
    replied: bool
    due: datetime


@dataclass(frozen=True, slots=True)
class LiveFigure:
    """One figure. `aim`: what it is held against, in words; `bad`: it is missed, None while nobody can say."""

    name: str
    value: Cell
    aim: Sentence | None = None
    bad: bool | None = None


@dataclass(frozen=True, slots=True)
class LiveGroup:
    """Figures of one subject, with what they say in a sentence."""

    name: str
    finding: Sentence
    figures: tuple[LiveFigure, ...]

    @property
    def bad(self) -> bool:
        """True when one of them misses its aim."""
        return any(each.bad for each in self.figures)


def live_groups(
    today: Sequence[Fact], week: Sequence[Fact], cases: Sequence[CaseLimit], now: datetime
) -> tuple[LiveGroup, ...]:
    """Pickup, satisfaction, limits: as they stand now. `today` and `week`: what was counted."""
    return _pickup(today), _satisfaction(today, week), _limits(cases, now)


def _pickup(today: Sequence[Fact]) -> LiveGroup:
    parts = by(today, "pickup", "part")
    first, slow = Share(parts["first"], sum(parts.values())), quantile(today, "pickup-time", 0.95, VISIT_SECONDS)
    waited = Share(count(today, "begun", "waited"), count(today, "begun"))
    late = slow is not None and slow.seconds > PICKUP_SECONDS
    met = AIMS["pickup-first"].met(first)
    figures = (
        LiveFigure("pickups", count(today, "pickup-time")),
        LiveFigure(
            "pickup_95",
            slow,
            said("reports.live_aim_seconds", s=PICKUP_SECONDS),
            bad=late if slow is not None else None,
        ),
        LiveFigure(
            "pickup_first",
            first,
            said("reports.live_aim_least", share=_percent(AIMS["pickup-first"])),
            bad=None if met is None else not met,
        ),
        LiveFigure("waited", waited),
        LiveFigure("turned_away", count(today, "turned-away", "no-space")),
    )
    if slow is None:
        return LiveGroup("pickup", said("reports.live_pickup_none"), figures)
    key = "reports.live_pickup_slow" if late else "reports.live_pickup_good"
    return LiveGroup("pickup", said(key, n=count(today, "pickup-time"), s=int(slow.seconds)), figures)


def _satisfaction(today: Sequence[Fact], week: Sequence[Fact]) -> LiveGroup:
    now, usual = mean_rating(today), mean_rating(week)
    n, of_week = count(today, "rating"), count(week, "rating")
    least = said("reports.live_aim_rating", least=LIKED_FROM)
    figures = (
        LiveFigure("rating", _tenths(now), least, bad=None if now is None else now < LIKED_FROM),
        LiveFigure("ratings", n),
        LiveFigure("rating_week", _tenths(usual), least, bad=None if usual is None else usual < LIKED_FROM),
        LiveFigure("ratings_week", of_week),
    )
    if now is None:
        return LiveGroup("satisfaction", said("reports.live_rating_none"), figures)
    key = "reports.live_rating_good" if now >= LIKED_FROM else "reports.live_rating_bad"
    return LiveGroup("satisfaction", said(key, mean=_tenths(now), n=n), figures)


def _limits(cases: Sequence[CaseLimit], now: datetime) -> LiveGroup:
    unanswered = [each for each in cases if not each.replied]
    late_reply = sum(each.reply_due <= now for each in unanswered)
    late = sum(each.due <= now for each in cases)
    missed = sum(each.due <= now or (not each.replied and each.reply_due <= now) for each in cases)
    within = Share(len(cases) - missed, len(cases))
    figures = (
        LiveFigure("cases", len(cases)),
        LiveFigure("unanswered", len(unanswered)),
        LiveFigure("reply_late", late_reply, said("reports.live_aim_none"), bad=late_reply > 0),
        LiveFigure("case_late", late, said("reports.live_aim_none"), bad=late > 0),
        LiveFigure("within", within),
    )
    if not cases:
        return LiveGroup("limits", said("reports.live_limits_none"), figures)
    finding = said("reports.live_limits_late", n=missed, of=len(cases)) if missed else _all_within(len(cases))
    return LiveGroup("limits", finding, figures)


def _all_within(cases: int) -> Sentence:
    return said("reports.live_limits_good", n=cases)


def _tenths(mean: float | None) -> float | None:
    return None if mean is None else round(mean, 1)


def _percent(aim: Aim) -> int:
    return round(100 * aim.share)
