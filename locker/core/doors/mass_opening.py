"""The brake on opening many doors: so many different ones in so many minutes is what one person or program may alone.

Whoever wants more asks for them together and somebody else approves it (`locker/services/mass_openings.py`). Deposits,
pickups, and doors that were approved count for nobody. A door that one has ordered already counts once.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from locker.core.reasons import RefusalReason, Refused
from locker.core.staff_order import StaffOrder

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Compartment, Site
    from locker.core.outcome import Draft

LEAST = 12
KEPT = timedelta(hours=1)
"""For how long a door remembers who ordered it: the longest time that the brake may be set to."""


def many_doors(site: Site) -> int:
    """How many different doors one may order alone: as the site file says, else half of the cabinet, at least 12."""
    return site.policy.many_doors or max(LEAST, len(site.compartments) // 2)


def must_not_be_many(draft: Draft, compartment: str, by: str) -> None:
    """Refuse somebody alone who has ordered as many other doors as one may.

    Raises Refused (too-many-doors), with the seconds until the first of those orders no longer counts.
    """
    since = draft.now - timedelta(minutes=draft.site.policy.many_minutes)
    lately = {
        each.id: order.at
        for each in draft.site.compartments.values()
        for order in each.staff_orders
        if order.by == by and order.at > since
    }
    if compartment in lately or len(lately) < many_doors(draft.site):
        return
    wait = ceil((min(lately.values()) - since).total_seconds())
    raise Refused(RefusalReason.TOO_MANY_DOORS, retry_after=wait)


def with_order(compartment: Compartment, by: str, at: datetime) -> tuple[StaffOrder, ...]:
    """Who ordered this door lately, with one more; the last order of each counts."""
    others = (each for each in compartment.staff_orders if each.by != by and each.at > at - KEPT)
    return (*others, StaffOrder(by, at))
