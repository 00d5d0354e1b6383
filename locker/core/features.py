"""What a compartment has and what a parcel needs, in words of the site's own: rules know no more than two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.model import LOW, Flag

if TYPE_CHECKING:
    from locker.core.model import Compartment, Parcel

COLD = "cold"


def has(compartment: Compartment, feature: str) -> bool:
    """True when a compartment has what is needed; low it may be by its heights too."""
    return compartment.low if feature == LOW else feature in compartment.features


def needed(parcel: Parcel) -> frozenset[str]:
    """What the compartment of this parcel must have."""
    return needs_of(parcel.flags, parcel.needs)


def needs_of(flags: frozenset[Flag], needs: frozenset[str] = frozenset()) -> frozenset[str]:
    """What flags say by themselves, and what was asked for."""
    return needs | {COLD} if Flag.COLD in flags else needs
