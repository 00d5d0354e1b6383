"""Which column of the cabinet belongs to whom: where parcels of the same household, floor or building stand already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locker.core.model import Direction
from locker.services.policies import Grouping

if TYPE_CHECKING:
    from locker.core.model import Site

_UNIT = re.compile(r"(?P<building>.*?)[- ]?(?P<floor>[0-9]+?)[- ]?(?P<flat>[0-9]{2}[A-Za-z]?)")


def group_of(unit: str, grouping: Grouping) -> str:
    """The group that a unit belongs to: 1203 stands on floor 12, A-1203 in building A. Empty where nobody can tell."""
    if grouping is Grouping.HOUSEHOLD:
        return unit
    found = _UNIT.fullmatch(unit)
    if found is None or grouping is Grouping.NONE:
        return ""
    return found["building"] if grouping is Grouping.BUILDING else f"{found['building']}/{found['floor']}"


def columns_of(site: Site, recipients: tuple[str, ...], grouping: Grouping) -> frozenset[int]:
    """The columns where parcels of the groups of these people stand; none where they are not grouped."""
    if grouping is Grouping.NONE:
        return frozenset()

    def groups(people: tuple[str, ...]) -> set[str]:
        return {group_of(site.residents[one].unit, grouping) for one in people if one in site.residents} - {""}

    wanted = groups(recipients)
    there = (p for p in site.parcels.values() if p.state.live and p.direction is Direction.IN and p.compartment)
    return frozenset(site.compartments[p.compartment].column for p in there if wanted & groups(p.recipients))
