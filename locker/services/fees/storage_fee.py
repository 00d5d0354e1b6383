"""What keeping a parcel costs: a pure function of what was promised at its deposit and of how long it stayed.

Nothing is charged inside the free time. That is over when the tariff's free hours were counted, and not before the
parcel's own deadline: a hold or an extension is free too. Money is in the smallest unit of the currency.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.services.policies import Tariff


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a parcel stayed. `told_at`: when its recipient first heard of it, None for not yet.

    `deadline`: the end of its own free time. `until`: when it left, or now.
    """

    stored_at: datetime
    told_at: datetime | None
    deadline: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StorageFee:
    """The bill, item by item: `steps` begun at `step_price` each, never more than `cap`.

    `free_until`: when the free time was over, None while it is not. `uncounted`: what of the time since the storing did
    not count.
    """

    amount: int
    steps: int
    capped: bool
    free_until: datetime | None
    charged: timedelta
    uncounted: timedelta


def storage_fee(tariff: Tariff, stay: Stay, timezone: str) -> StorageFee:
    """What this stay costs. Time before somebody was told and days that the tariff names do not count."""
    begins = max(stay.stored_at, stay.told_at or stay.until)
    free, counted = timedelta(hours=tariff.free_hours), _counted(begins, stay.until, tariff, timezone)
    behind = min(counted - free, _counted(max(begins, stay.deadline), stay.until, tariff, timezone))
    charged = max(timedelta(), behind)
    uncounted = (stay.until - stay.stored_at) - counted
    if not tariff.charges or not charged:
        over = stay.until if charged else None
        return StorageFee(0, 0, capped=False, free_until=over, charged=timedelta(), uncounted=uncounted)
    steps = -(-charged // timedelta(hours=tariff.step_hours))
    price = steps * tariff.step_price
    return StorageFee(
        min(price, tariff.cap),
        steps,
        capped=price > tariff.cap,
        free_until=_end_of_free(begins, stay, free, tariff, timezone),
        charged=charged,
        uncounted=uncounted,
    )


def _end_of_free(begins: datetime, stay: Stay, free: timedelta, tariff: Tariff, timezone: str) -> datetime:
    """When so much counted time has passed, or the deadline where that is later."""
    at, left = begins, free
    while True:
        midnight = _next_midnight(at, timezone)
        if _is_counted(at, tariff, timezone):
            if left <= midnight - at:
                return max(at + left, stay.deadline)
            left -= midnight - at
        at = midnight


def _counted(begin: datetime, end: datetime, tariff: Tariff, timezone: str) -> timedelta:
    """The time between the two without the days that do not count."""
    total = max(timedelta(), end - begin)
    for day in set(tariff.holidays):
        first = datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
        last = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
        total -= max(timedelta(), min(end, last) - max(begin, first))
    return max(timedelta(), total)


def _is_counted(at: datetime, tariff: Tariff, timezone: str) -> bool:
    return at.astimezone(ZoneInfo(timezone)).date() not in tariff.holidays


def _next_midnight(at: datetime, timezone: str) -> datetime:
    day = at.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
