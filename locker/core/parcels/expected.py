"""Parcels that were announced: each has room kept for it until its time, and its deposit fills itself in.

Laws:

1. Room is promised only where there is room beside what was promised before (`reservations.py`), and a list is
   taken as a whole or not at all.
2. A promise ends when its parcel is deposited, when it is taken back, or when its time comes; the deposit that began
   before goes on. A deposit that is given up does not bring the promise back.
3. The number counts for the carrier that announced it. Another's deposit of the same number is one like any other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.custody_events import Ending, ExpectationEnded, ParcelExpected
from locker.core.features import needs_of
from locker.core.model import Direction, ParcelState, Use
from locker.core.parcels.parcel_types import HANDLING, may_be_stored
from locker.core.parcels.reservations import fits, kept, promised
from locker.core.reasons import RefusalReason, Refused
from locker.core.visits.allocation import offered
from locker.core.visits.outbound import end_booking

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.messages.custody_commands import Announced, EndExpected, Expect
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft

LONGEST = timedelta(days=30)
"""For so long at most is room kept for what has not come."""


def expect(draft: Draft, command: Expect) -> None:
    """Keep room for every parcel of a list. Raises Refused with the place in the list, and nothing is kept."""
    for number, announced in enumerate(command.parcels):
        try:
            _expect(draft, announced)
        except Refused as refused:
            raise Refused(refused.reason, item=number) from refused


def _expect(draft: Draft, announced: Announced) -> None:
    site, now = draft.site, draft.now
    if not now < announced.until <= now + LONGEST:
        raise Refused(RefusalReason.NOT_NOW)
    if not announced.recipients:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    for parcel in _of_this_number(site, announced.label_hash):
        if not _is_over(parcel, now):
            raise Refused(RefusalReason.DUPLICATE_TRACKING)
        _end(draft, parcel, Ending.EXPIRED)
    may_be_stored(announced.type, Direction.IN)
    flags = announced.flags | HANDLING[announced.type].flags
    needs = needs_of(flags, announced.needs)
    fitting = [c for c in site.compartments.values() if fits(c, announced.size, needs)]
    if not any(c.use is not Use.RETIRED for c in fitting):
        raise Refused(RefusalReason.NO_SPACE if fitting or needs else RefusalReason.TOO_LARGE)
    before = kept(promised(draft.site, now), offered(site))
    draft.add(
        ParcelExpected(
            parcel=announced.parcel,
            size=announced.size,
            recipients=announced.recipients,
            label_hash=announced.label_hash,
            company=announced.company,
            flags=tuple(sorted(flags)),
            needs=tuple(sorted(announced.needs)),
            until=announced.until,
            window_from=announced.window[0] if announced.window else None,
            window_to=announced.window[1] if announced.window else None,
            type=announced.type,
            details=announced.details,
            tracking=announced.tracking,
            unit=announced.unit,
        )
    )
    if kept(promised(draft.site, now), offered(site)) == before:
        raise Refused(RefusalReason.NO_SPACE)


def end_expected(draft: Draft, command: EndExpected) -> None:
    """Expect it no more. Raises Refused."""
    parcel = draft.site.parcels.get(command.parcel)
    if parcel is None:
        raise Refused(RefusalReason.UNKNOWN)
    if parcel.from_resident:
        end_booking(draft, parcel)
    elif _is_announced(parcel):
        _end(draft, parcel, Ending.CANCELLED)
    else:
        raise Refused(RefusalReason.NOT_NOW)


def expire(draft: Draft) -> None:
    """Expect no more what should have come."""
    for parcel in sorted((p for p in draft.site.parcels.values() if _is_over(p, draft.now)), key=lambda p: p.id):
        _end(draft, parcel, Ending.EXPIRED)


def expected_by_number(draft: Draft, parcel: str, label_hash: str) -> Parcel | None:
    """The announced parcel of this id and number; None when there is none, or its time is over."""
    found = draft.site.parcels.get(parcel)
    if found is None or not _is_announced(found) or _is_over(found, draft.now):
        return None  # gone meanwhile: who brings it has to say what it is
    return found if found.label_hash == label_hash else None


def announced_parcel(site: Site, label_hash: str) -> Parcel | None:
    """The announced parcel of this number; None when there is none."""
    return next((p for p in _of_this_number(site, label_hash) if _is_announced(p)), None)


def _is_announced(parcel: Parcel) -> bool:
    return parcel.state is ParcelState.EXPECTED and parcel.direction is Direction.IN


def _is_over(parcel: Parcel, now: datetime) -> bool:
    return _is_announced(parcel) and parcel.reserved_until is not None and parcel.reserved_until <= now


def _of_this_number(site: Site, label_hash: str) -> list[Parcel]:
    return [p for p in site.parcels.values() if p.label_hash == label_hash and not p.state.ended]


def _end(draft: Draft, parcel: Parcel, cause: Ending) -> None:
    draft.add(ExpectationEnded(parcel=parcel.id, cause=cause))
