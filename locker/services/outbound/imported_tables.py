"""Tables that staff paste: when couriers fetch and where, and what there is to pack with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.services.outbound.consumables import MOST_STOCK, Consumable
from locker.services.outbound.order_rows import CourierShift
from locker.services.policies import Column, LineFault, WrongLine, WrongLines, plain, read_table, time_of_day, whole
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locker.services.people import ListedCourier

_SHIFTS = (
    Column("company", plain(needed=True)),
    Column("courier", plain(needed=True)),
    Column("zones", plain(needed=False)),
    Column("from", time_of_day),
    Column("to", time_of_day),
    Column("most", whole(1, 200)),
)
_STOCK = (
    Column("name", plain(needed=True)),
    Column("unit", plain(needed=False)),
    Column("stock", whole(0, MOST_STOCK)),
    Column("low", whole(0, MOST_STOCK)),
)


def read_shifts(text: str, couriers: Iterable[ListedCourier]) -> list[CourierShift]:
    """When each courier fetches, in zones with spaces between (none: all). Raises WrongLines with every fault."""
    known = {(folded_name(each.company), folded_name(each.name)): each.id for each in couriers if each.active}
    rows = read_table("shifts", text, _SHIFTS, ("company", "courier"), lambda row: _who(row, known))
    return [
        CourierShift(
            known[folded_name(row["company"]), folded_name(row["courier"])],
            frozenset(row["zones"].split()),
            row["from"],
            row["to"],
            row["most"],
        )
        for row in rows
    ]


def _who(row: dict[str, str], known: dict[tuple[str, str], str]) -> tuple[str, LineFault] | None:
    if (folded_name(row["company"]), folded_name(row["courier"])) not in known:
        return "courier", LineFault.UNKNOWN
    return ("to", LineFault.ORDER) if row["from"] == row["to"] else None


def read_stock(text: str) -> list[Consumable]:
    """What there is to pack with. Raises WrongLines with every fault."""
    rows = read_table("stock", text, _STOCK, ("name",))
    for number, row in enumerate(rows, 1):
        if not all(each.isprintable() for each in (row["name"], row["unit"])):
            raise WrongLines("stock", [WrongLine(number, "name", LineFault.EMPTY)])
    return [Consumable(row["name"], row["unit"], row["stock"], row["low"]) for row in rows]
