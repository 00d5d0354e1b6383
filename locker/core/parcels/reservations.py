"""Room that was promised: a parcel that is expected has a compartment of its size kept for it until its time.

No door is set aside, for doors come and go: what is kept is *enough* doors. Room is enough while every promise can
have a door of its own at once, each large enough and with what it needs; so a large door stands in for a small one.
Doors that are kept for a unit stand in for no promise: room is promised among those that are for all.
Nothing that is asked may make fewer promises come true than before. What happens by itself (a door that is forced,
a lock that fails) may, and then those come first who come first.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from locker.core.features import has, needed
from locker.core.model import ParcelState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from locker.core.model import Compartment, Parcel, Site, Size

_Kind: TypeAlias = "tuple[Size, frozenset[str], bool]"
"""Doors that can stand in for each other: of one size, with the same features, low or not."""


def promised(site: Site, now: datetime, *, but: str = "") -> list[Parcel]:
    """The parcels for which room is kept at this moment, less the one of this id."""
    expected = (p for p in site.parcels.values() if p.state is ParcelState.EXPECTED and p.id != but)
    return sorted((p for p in expected if p.reserved_until is not None and now < p.reserved_until), key=lambda p: p.id)


def fits(compartment: Compartment, size: Size, needs: Iterable[str]) -> bool:
    """True when a parcel of this size may lie in it, whatever it is used for now."""
    return compartment.size.rank >= size.rank and all(has(compartment, need) for need in needs)


def spare(site: Site, now: datetime, doors: list[Compartment], *, for_parcel: str = "") -> list[Compartment]:
    """Those of these free doors that may be given away: with any of them gone, no promise is broken.

    `for_parcel`: the expected parcel that gets one of them, so that its own promise is kept by that.
    """
    of_units, doors = [door for door in doors if door.kept_for], [door for door in doors if not door.kept_for]
    others = promised(site, now, but=for_parcel)
    if not others:
        return [*of_units, *doors]
    own = [p for p in promised(site, now) if p.id == for_parcel]
    least = kept(others + own, doors) - len(own)
    verdicts: dict[_Kind, bool] = {}
    for door in doors:
        if _kind(door) not in verdicts:
            verdicts[_kind(door)] = kept(others, [one for one in doors if one is not door]) >= least
    return [*of_units, *(door for door in doors if verdicts[_kind(door)])]


def kept(promises: list[Parcel], doors: Iterable[Compartment]) -> int:
    """How many of these promises can be kept by these doors at once: the largest matching of the two."""
    ones: dict[_Kind, Compartment] = {}
    room: Counter[_Kind] = Counter()
    for door in doors:
        ones[_kind(door)] = door
        room[_kind(door)] += 1
    given: dict[_Kind, list[Parcel]] = {kind: [] for kind in room}

    def place(promise: Parcel, tried: set[_Kind]) -> bool:
        for kind in room:
            if kind in tried or not fits(ones[kind], promise.size, needed(promise)):
                continue
            tried.add(kind)
            if len(given[kind]) < room[kind]:
                given[kind].append(promise)
                return True
            for number, other in enumerate(given[kind]):
                if place(other, tried):
                    given[kind][number] = promise
                    return True
        return False

    return sum(place(promise, set()) for promise in promises)


def _kind(door: Compartment) -> _Kind:
    return door.size, door.features, door.low
