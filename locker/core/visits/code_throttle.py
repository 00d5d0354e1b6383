"""Wrong codes: a bucket for each source that slows guessing down and locks nobody out.

Ten wrong codes, one more every ten minutes, one second of wait after each. With the bucket empty a
second item is asked for; the right code costs nothing and QR tokens pass by.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from locker.core.model import Bucket
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Resident

CAPACITY = 10
REFILL = timedelta(minutes=10)
WAIT = timedelta(seconds=1)


def level(bucket: Bucket | None, now: datetime) -> int:
    """How many wrong bare codes the source may still try."""
    if bucket is None:
        return CAPACITY
    return min(CAPACITY, bucket.level + max(0, (now - bucket.at) // REFILL))


def waiting(bucket: Bucket | None, now: datetime) -> bool:
    """True within the second after a wrong try: nothing is evaluated and nothing costs."""
    return bucket is not None and bucket.wrong_at is not None and bucket.wrong_at <= now < bucket.wrong_at + WAIT


def next_try(bucket: Bucket) -> datetime:
    """When a source whose bucket is empty may try again."""
    return bucket.at + REFILL


def must_not_wait(bucket: Bucket | None, now: datetime) -> None:
    """Where no second item is asked for: raises Refused while the source waits, after a wrong try or for a refill."""
    if waiting(bucket, now):
        raise Refused(RefusalReason.THROTTLED, retry_after=1)
    if bucket is not None and level(bucket, now) == 0:
        raise Refused(RefusalReason.THROTTLED, retry_after=max(1, ceil((next_try(bucket) - now).total_seconds())))


def after_wrong(bucket: Bucket | None, now: datetime) -> Bucket:
    """The bucket after one wrong try. Time already waited for the next refill is kept."""
    if bucket is None:
        return Bucket(level=CAPACITY - 1, at=now, wrong_at=now)
    left = level(bucket, now)
    refills = max(0, (now - bucket.at) // REFILL)
    at = now if left == CAPACITY else bucket.at + refills * REFILL
    return replace(bucket, level=max(0, left - 1), at=at, wrong_at=now)


def second_fits(second: str, recipients: tuple[Resident, ...]) -> bool:
    """True when `second` is the end of a recipient's phone, or the unit, as typed."""
    typed = _plain(second)
    if not typed:
        return False
    return any(typed in {_plain(r.phone_tail), _plain(r.unit)} for r in recipients)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
