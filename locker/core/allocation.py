"""Which compartment a parcel gets: the smallest that fits, stepping up, kept fair and within reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.model import Flag, Seen, Use
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locker.core.model import Compartment, Site, Size

COLD = "cold"
_BEST_FROM_MM = 800
_BEST_TO_MM = 1100


def choose(
    site: Site, size: Size, *, reach: bool, flags: frozenset[Flag] = frozenset(), excluding: str = ""
) -> Compartment:
    """The compartment for a parcel of `size`. `reach`: a recipient needs a low door.

    `excluding` is the id of a compartment that is not offered.
    Raises Refused: too-large when the cabinet has nothing of this size, no-space when all is taken.
    """
    cold = Flag.COLD in flags
    fitting = [c for c in site.compartments.values() if c.size.rank >= size.rank and (COLD in c.features or not cold)]
    if not any(c.use is not Use.RETIRED for c in fitting):
        raise Refused(RefusalReason.NO_SPACE if fitting or cold else RefusalReason.TOO_LARGE)
    offered = [c for c in fitting if _offered(site, c) and c.id != excluding]
    if not offered:
        raise Refused(RefusalReason.NO_SPACE)

    def order(c: Compartment) -> tuple[object, ...]:
        kept_back = (COLD in c.features) is not cold
        wrong_height = c.low is not reach
        hard = reach and not (_BEST_FROM_MM <= (c.bottom_mm + c.top_mm) // 2 <= _BEST_TO_MM)
        spills = c.bottom_mm if Flag.LIQUID in flags else 0
        return (kept_back, wrong_height, c.size.rank, hard, spills, c.openings, c.id)

    return min(offered, key=order)


def offered(site: Site) -> Iterator[Compartment]:
    """Compartments that may be given to a parcel now."""
    return (c for c in site.compartments.values() if _offered(site, c))


def _offered(site: Site, c: Compartment) -> bool:
    return c.use is Use.FREE and c.seen is Seen.SHUT and c.id not in site.visits and c.parcel is None
