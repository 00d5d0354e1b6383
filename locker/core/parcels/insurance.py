"""What insuring a parcel costs: half a percent of what it is declared to be worth. Pure; in the smallest coin."""

from __future__ import annotations

PREMIUM_PER_MILLE = 5


def premium(declared: int) -> int:
    """The premium for this declared value, rounded to the next coin, a half upwards: 1000 yuan cost 5."""
    return (declared * PREMIUM_PER_MILLE + 500) // 1000
