"""Which compartment a parcel gets: the smallest that fits, stepping up, kept fair and within reach.

A door that is kept for a unit is for that unit alone, which gets it before any other of those that fit.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from locker.core.features import needs_of
from locker.core.model import LOW, Flag, Seen, Use
from locker.core.parcels.reservations import fits, spare
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import is_open_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from locker.core.model import Compartment, Site, Size

_BEST_FROM_MM = 800
_BEST_TO_MM = 1100
LOW_KEPT_BACK = 2
"""Of each size so many low doors wait for who cannot reach a high one, while another door of that size is free."""


def choose(
    site: Site,
    size: Size,
    *,
    now: datetime,
    reach: bool,
    flags: frozenset[Flag] = frozenset(),
    needs: frozenset[str] = frozenset(),
    expected: str = "",
    avoid: frozenset[str] = frozenset(),
    near: frozenset[int] = frozenset(),
    units: frozenset[str] = frozenset(),
    only: str = "",
) -> Compartment:
    """The compartment for a parcel of `size`. `reach`: a recipient needs a low door. `needs`: features it must have.

    `expected` is the id of the parcel, whose own room is kept. What has a feature of `avoid` is not offered.
    `near`: columns in which it should stand if it can. `units`: for whom it is, folded: their own doors are offered.
    `only`: no other door than this.
    Raises Refused: too-large when the cabinet has nothing of this size, no-space when all is taken or promised.
    """
    must_have = needs_of(flags, needs)
    fitting = [c for c in site.compartments.values() if fits(c, size, must_have) and is_open_to(c, units)]
    if not any(c.use is not Use.RETIRED for c in fitting):
        raise Refused(RefusalReason.NO_SPACE if fitting or must_have else RefusalReason.TOO_LARGE)
    given_away = spare(site, now, list(offered(site, units=units)), for_parcel=expected)
    free = [c for c in given_away if fits(c, size, must_have) and not c.features & avoid and only in {"", c.id}]
    if not free:
        raise Refused(RefusalReason.NO_SPACE)

    low = Counter(c.size for c in free if c.low)

    def preference(c: Compartment) -> tuple[object, ...]:
        for_others = len(c.features - must_have - {LOW})  # what has more than is needed waits for who needs it
        if reach:  # a low door before the right size: a larger one can be reached, a high one cannot
            hard = not (_BEST_FROM_MM <= (c.bottom_mm + c.top_mm) // 2 <= _BEST_TO_MM)
            return (for_others, not c.low, not c.kept_for, c.size.rank, hard, c.column not in near, c.openings, c.id)
        kept_back = c.low and low[c.size] <= LOW_KEPT_BACK  # never a larger size to spare a low door
        spills = c.bottom_mm if Flag.LIQUID in flags else 0
        return (for_others, not c.kept_for, c.size.rank, kept_back, spills, c.column not in near, c.openings, c.id)

    return min(free, key=preference)


def offered(site: Site, *, but: str = "", units: frozenset[str] = frozenset()) -> Iterator[Compartment]:
    """Compartments that may be given to a parcel now, less those for which a parcel is just being fetched.

    `but`: at this door is the visit whose own other door is among them. `units`: whose own doors are among them.
    """
    awaited = {visit.target for name, visit in site.visits.items() if name != but}
    return (c for c in site.compartments.values() if _offered(site, c) and c.id not in awaited and is_open_to(c, units))


def _offered(site: Site, c: Compartment) -> bool:
    return c.use is Use.FREE and c.seen is Seen.SHUT and c.id not in site.visits and not c.parcels
