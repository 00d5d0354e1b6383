"""How it goes now: pickups of today, what people say, limits of open cases, as a golden table."""

from datetime import timedelta

from services_bench import BEGIN

from api.i18n import LANGUAGES
from api.staff.localized_text import LocalizedText
from api.staff.reports.report_words import ReportWords
from locker.services.reports import CaseLimit, live_groups
from locker.services.reports.facts import Fact, FactKey

HOUR = timedelta(hours=1)
GOLDEN = {
    "pickup": {
        "finding": "40 pickups today; they are slow: 95 of 100 take up to 45 s.",
        "pickups": "40",
        "pickup_95": "up to 45 s !",
        "pickup_first": "38 of 42 !",
        "waited": "3 of 50",
        "turned_away": "2",
    },
    "satisfaction": {
        "finding": "Only 3.5 of 5 today, by 4 people.",
        "rating": "3.5 !",
        "ratings": "4",
        "rating_week": "4.3",
        "ratings_week": "20",
    },
    "limits": {
        "finding": "2 of 4 open cases are past a limit.",
        "cases": "4",
        "unanswered": "2",
        "reply_late": "1 !",
        "case_late": "1 !",
        "within": "2 of 4",
    },
}


def fact(what, n, part="", seconds=0):
    return Fact(FactKey(what, "2026-03-01", part=part), n, seconds)


TODAY = [
    *(fact("pickup", 38, "first"), fact("pickup", 2, "again"), fact("pickup", 2, "failed")),
    *(fact("pickup-time", 30, "15"), fact("pickup-time", 10, "45")),
    *(fact("begun", 47, "at-once"), fact("begun", 3, "waited"), fact("turned-away", 2, "no-space")),
    *(fact("rating", 2, "5"), fact("rating", 2, "2")),
]
WEEK = [fact("rating", 12, "5"), fact("rating", 6, "4"), fact("rating", 2, "1")]
CASES = [
    CaseLimit(BEGIN + HOUR, False, BEGIN + 48 * HOUR),
    CaseLimit(BEGIN - HOUR, False, BEGIN + 48 * HOUR),
    CaseLimit(BEGIN - HOUR, True, BEGIN - HOUR),
    CaseLimit(BEGIN - HOUR, True, BEGIN + HOUR),
]


def shown(groups, language="en"):
    words = ReportWords(LocalizedText(language, "Asia/Shanghai", BEGIN))
    return {
        group.name: {"finding": words.sentence(group.finding)}
        | {each.name: words.cell(each.value) + (" !" if each.bad else "") for each in group.figures}
        for group in groups
    }


def test_KPI_07_pickup_satisfaction_and_limits_as_they_stand_now():
    assert shown(live_groups(TODAY, WEEK, CASES, BEGIN)) == GOLDEN


def test_KPI_07_a_quiet_day_misses_nothing_and_says_that_nothing_was():
    groups = live_groups([], [], [], BEGIN)
    assert not any(group.bad for group in groups)
    assert [told["finding"] for told in shown(groups).values()] == [
        "Nobody has collected anything today.",
        "Nobody has rated anything today.",
        "No case is open.",
    ]


def test_KPI_07_a_good_day_is_told_as_one_in_every_language():
    good = [fact("pickup", 400, "first"), fact("pickup-time", 400, "10"), fact("rating", 9, "5")]
    groups = live_groups(good, good, [CASES[0]], BEGIN)
    assert not any(group.bad for group in groups)
    for language in LANGUAGES:
        told = shown(groups, language)
        assert not any("reports." in text for group in told.values() for text in group.values())
    assert shown(groups)["limits"]["finding"] == "1 open case is within its limits."
