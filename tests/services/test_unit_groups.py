"""Parcels of one household, floor or building stand in one column, where the rule says so."""

import pytest

from locker.services.policies import Allocation, Grouping, NewVersion
from locker.services.unit_groups import columns_of, group_of


@pytest.mark.parametrize(
    ("unit", "floor", "building"),
    [
        ("1203", "/12", ""),
        ("0803", "/08", ""),
        ("A-1203", "A/12", "A"),
        ("B2-12-03", "B2/12", "B2"),
        ("3-1203A", "3/12", "3"),
        ("shop", "", ""),
        ("7", "", ""),
    ],
)
def test_STO_01_a_unit_says_its_floor_and_building_where_it_does(unit, floor, building):
    assert (group_of(unit, Grouping.FLOOR), group_of(unit, Grouping.BUILDING)) == (floor, building)
    assert group_of(unit, Grouping.HOUSEHOLD) == unit


async def grouped(bench, grouping):
    await bench.rules.add(NewVersion(1, Allocation(group=grouping), "asked by the owners"), "staff:wang")


async def test_STO_01_nothing_is_grouped_unless_the_rule_says_so(bench):
    resident = await bench.resident()
    await bench.store()
    assert columns_of(bench.engine.site, (resident,), bench.rules.body(Allocation).group) == frozenset()


@pytest.mark.parametrize(
    ("grouping", "neighbour"), [(Grouping.HOUSEHOLD, False), (Grouping.FLOOR, True), (Grouping.BUILDING, False)]
)
async def test_STO_01_a_parcel_is_drawn_to_the_column_of_its_group(bench, grouping, neighbour):
    await grouped(bench, grouping)
    mine = await bench.resident()
    other = await bench.resident(unit="1208", name="Zhao Min", phone="+8613800000002")
    stored = await bench.store()
    column = bench.engine.site.compartments[stored.compartment].column
    known = set() if grouping is Grouping.BUILDING else {column}
    assert columns_of(bench.engine.site, (mine,), grouping) == known
    assert bool(columns_of(bench.engine.site, (other,), grouping)) is neighbour
