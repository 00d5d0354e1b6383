"""How this cabinet stands, as one small document for whoever watches many: nothing personal in it. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from locker.core.model import ParcelState
from locker.core.visits.allocation import offered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.core.model import Site

SCHEMA = 1


def cabinet_state(
    site: Site,
    warnings: Sequence[str],
    *,
    name: str = "",
    sealed: bool,
    clock_unknown: bool,
    rules: Mapping[str, int] | None = None,
    program: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Doors with their use and what their switches say, room by size, parcels, and what wants a person.

    `rules`: of each kind of rule how many versions there are. `program`: which one runs, and how the last order for
    another went.
    """
    parcels = site.parcels.values()
    free = Counter(each.size.value for each in offered(site))
    return {
        "schema": SCHEMA,
        "name": name,
        "sealed": sealed,
        "clock_unknown": clock_unknown,
        "doors": {
            each.id: {"size": each.size.value, "use": each.use.value, "seen": each.seen.value}
            for each in site.compartments.values()
        },
        "free": {size: free[size] for size in sorted({each.size.value for each in site.compartments.values()})},
        "parcels": {
            "stored": sum(each.state is ParcelState.STORED for each in parcels),
            "overdue": sum(each.overdue for each in parcels),
            "held": sum(bool(each.held) for each in parcels),
        },
        "warnings": list(warnings),
        "rules": dict(rules or {}),
        "program": dict(program or {}),
    }
