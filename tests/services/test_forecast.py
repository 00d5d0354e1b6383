"""How many parcels will come: a golden table, its own past error, and what it says when it cannot know."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from report_tables import written

from locker.services.policies import SalesEvent, SalesEvents
from locker.services.reports import Ground, Span
from locker.services.reports.facts import Fact, FactKey
from locker.services.reports.forecast import (
    AHEAD_DAYS,
    LEAST_DAYS,
    Demand,
    backtest,
    forecast,
    quantile_of,
    usual,
)
from locker.services.reports.forecast_reports import BACKTEST, FORECAST, demands, needed, peak_warning
from locker.services.reports.report import no_event

GOLDEN = Path(__file__).parent / "golden"
TODAY = date(2026, 11, 2)
WEEKDAYS = (40, 42, 38, 41, 45, 60, 20)
"""Parcels from Monday to Sunday."""
SALE = SalesEvents(
    events=(
        SalesEvent(name="double-eleven", first=date(2026, 11, 11), last=date(2026, 11, 13), times=2.5),
        SalesEvent(name="mid-october", first=date(2026, 10, 14), last=date(2026, 10, 15), times=2.0),
    )
)


def series(days=150, noise=0.12, times=no_event, seed=11):
    """Parcels of many days with the rhythm of a week, chance, and the events of `times`."""
    rng = random.Random(seed)
    all_days = [TODAY - timedelta(days=n) for n in range(days, 0, -1)]
    came = {day: round(WEEKDAYS[day.weekday()] * times(day) * max(0.0, rng.gauss(1.0, noise))) for day in all_days}
    return Demand(tuple(all_days), came)


def ground(demand, doors=None, refused=3, times=SALE.times):
    doors = doors or {"S": 40, "M": 12}
    facts = []
    for day, n in demand.wanted.items():
        small = round(n * 0.75)
        facts.append(Fact(FactKey("stored", day.isoformat(), "S", part="in"), small, 0))
        facts.append(Fact(FactKey("stored", day.isoformat(), "M", part="in"), n - small, 0))
    last = TODAY - timedelta(days=1)
    facts.append(Fact(FactKey("turned-away", last.isoformat(), "M", part="no-space"), refused, 0))
    facts.append(Fact(FactKey("turned-away", last.isoformat(), "M", part="weather"), 9, 0))
    facts.append(Fact(FactKey("ended", last.isoformat(), "M", part="collected.24"), 100, 100 * 43200))
    return Ground(Span(TODAY, TODAY), (), doors=doors, today=TODAY, history=facts, times=times)


def test_PK_01_a_day_is_as_the_median_of_its_last_four_weekdays_times_its_event():
    demand = series(noise=0.0)
    ahead = forecast(demand, TODAY, SALE.times)
    assert len(ahead) == AHEAD_DAYS >= 15
    assert [round(each.about) for each in ahead[:7]] == list(WEEKDAYS)
    sale = next(each for each in ahead if each.day == date(2026, 11, 11))
    assert (round(sale.about), sale.times) == (95, 2.5)
    assert all(each.low <= each.about <= each.high for each in ahead)


def test_PK_01_an_event_behind_is_divided_out_and_does_not_make_the_days_ahead_larger():
    demand = series(noise=0.0, times=SALE.times)
    wednesday = date(2026, 11, 4)
    assert demand.wanted[date(2026, 10, 14)] == 76
    assert usual(demand, wednesday, TODAY - timedelta(days=1), SALE.times) == 38


def test_PK_01_the_interval_holds_about_eight_of_ten_days_that_it_has_not_seen():
    inside = judged = 0
    for seed in range(6):
        tried = backtest(series(170, seed=seed), no_event)
        inside += sum(week.inside for week in tried.weeks)
        judged += sum(week.judged for week in tried.weeks)
    assert judged > 2000
    assert 0.7 <= inside / judged <= 0.9


def test_PK_01_the_method_is_better_than_the_same_day_of_last_week():
    tried = backtest(series(170), no_event)
    assert [week.week for week in tried.weeks] == [1, 2, 3]
    assert all(week.error < 0.9 * week.naive for week in tried.weeks)


def test_PK_01_refusals_for_lack_of_space_are_wanted_too_and_others_are_not():
    demand = series()
    found = demands(ground(demand, refused=7))
    last = TODAY - timedelta(days=1)
    stored = demand.wanted[last] - round(demand.wanted[last] * 0.75)
    assert (found["M"].wanted[last], found["M"].refused) == (stored + 7, 7)


@pytest.mark.parametrize("days", [0, 1, LEAST_DAYS - 1])
def test_PK_01_with_too_little_behind_nothing_is_said(days):
    demand = series(days) if days else Demand((), {})
    assert forecast(demand, TODAY, no_event) == ()
    assert backtest(demand, no_event).weeks == ()
    told = ground(demand)
    assert FORECAST.make(told).finding.key == BACKTEST.make(told).finding.key == "reports.forecast_few"
    assert peak_warning(told) is None


def test_PK_01_S15_fifteen_days_ahead_it_is_said_that_a_size_will_not_be_enough():
    quiet, sale = ground(series(), times=no_event), ground(series())
    assert peak_warning(quiet) is None
    warning = peak_warning(sale)
    assert (warning.day, warning.size, warning.doors) == (date(2026, 11, 11), "M", 12)
    assert warning.needed > 12
    assert warning.day - TODAY <= timedelta(days=15)


@pytest.mark.parametrize("kind", [FORECAST, BACKTEST], ids=lambda kind: kind.name)
def test_PK_01_the_same_history_gives_the_same_table(kind):
    assert written(kind.make(ground(series(times=SALE.times)))) == (GOLDEN / f"ahead-{kind.name}.txt").read_text(
        encoding="utf-8"
    )


def test_doors_are_needed_as_long_as_parcels_stay():
    (day,) = forecast(series(noise=0.0), TODAY, no_event)[:1]
    assert (needed(day, 1.0), needed(day, 0.5), needed(day, 0.0)) == (40, 20, 10)


def test_a_quantile_lies_between_two_values_in_the_same_measure():
    assert [quantile_of([4, 1, 3, 2], share) for share in (0.0, 0.5, 1.0)] == [1, 2.5, 4]
    assert quantile_of([], 0.5) == 0.0


def test_PK_01_days_at_the_end_of_all_times_are_days_like_others():
    day = '{"name":"x","first":"9999-12-31","last":"%s","times":2}'
    assert SalesEvents.read(f'{{"events":[{day % "9999-12-31"}]}}').times(date.max) == 2
    with pytest.raises(ValueError, match="ends after it begins"):
        SalesEvents.read(f'{{"events":[{day % "9999-11-30"}]}}')
