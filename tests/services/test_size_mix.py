"""S15: which sizes of doors a cabinet should have, by its own past."""

from datetime import date, timedelta

from locker.core.model import Size
from locker.services.reports.forecast import Demand
from locker.services.reports.size_mix import best_exchange, exchanges, needs, replayed, size_mix

DAYS = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(60))
WHOLE_DAY = {"S": 1.0, "M": 1.0, "XL": 1.0}


def wanted(**sizes):
    return {size: Demand(DAYS, dict.fromkeys(DAYS, number)) for size, number in sizes.items()}


def test_S15_a_parcel_that_finds_no_door_of_its_size_takes_a_larger_one():
    needed = needs(wanted(S=3, M=1, XL=1), WHOLE_DAY)
    assert replayed(needed, {"S": 2, "M": 1, "XL": 2}) == {"S": 0, "M": 0, "XL": 0}
    assert replayed(needed, {"S": 2, "M": 1, "XL": 1}) == {"S": 60, "M": 0, "XL": 0}
    assert replayed(needed, {"S": 9, "M": 1, "XL": 0}) == {"S": 0, "M": 0, "XL": 60}, "never a smaller one"


def test_S15_a_parcel_that_lies_here_for_half_a_day_needs_half_a_door():
    needed = needs(wanted(S=4), {"S": 0.5})
    assert set(needed["S"]) == {2}


def test_S15_no_exchange_makes_the_cabinet_higher():
    doors = {"S": 4, "M": 3, "XL": 2}

    def height(mix):
        return sum(Size(size).usual_height_mm * number for size, number in mix.items())

    tried = list(exchanges(doors))
    assert tried
    assert all(height(each.doors) <= height(doors) for each in tried)
    assert all(min(each.doors.values()) >= 0 for each in tried)


def test_S15_doors_that_stand_empty_are_given_up_for_those_that_are_missing():
    doors = {"S": 2, "M": 2, "XL": 3}
    needed = needs(wanted(S=9, M=2, XL=0), WHOLE_DAY)
    best = best_exchange(needed, doors)
    assert (best.out, best.into) == ("XL", "S")
    assert best.missing == 0
    chart = size_mix(wanted(S=9, M=2, XL=0), WHOLE_DAY, doors)
    assert chart.finding.key == "reports.mix_exchange"
    assert chart.finding.fills["then"] == 0 < chart.finding.fills["now"]


def test_S15_where_the_sizes_fit_or_only_more_doors_would_help_no_exchange_is_advised():
    enough = size_mix(wanted(S=1, M=1), WHOLE_DAY, {"S": 1, "M": 1})
    assert enough.finding.key == "reports.mix_enough"
    more = size_mix(wanted(S=9, M=9), WHOLE_DAY, {"S": 1, "M": 1})
    assert more.finding.key == "reports.mix_more"
