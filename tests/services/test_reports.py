"""Each report is a pure function of facts: the same days give the same table, kept here as a golden text."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from report_days import days_of
from report_tables import told, written

from locker.services.reports import KINDS, Aim, Duration, Ground, Percent, Sentence, Share, Span
from locker.services.reports.facts import Fact, FactKey
from locker.services.reports.quality import AIMS, shares
from locker.services.reports.touchpoints import channel_of, party_of, touch_of

GOLDEN = Path(__file__).parent / "golden"
SPAN = Span(date(2026, 2, 1), date(2026, 2, 28))
DOORS = {"S": 2, "M": 4, "L": 1}
FACTS = days_of(SPAN.before.first, 56)


def ground(facts=FACTS, span=SPAN):
    begin = span.first.isoformat()
    now = [fact for fact in facts if fact.day >= begin]
    return Ground(span, now, [fact for fact in facts if fact.day < begin], facts, DOORS, span.last)


@pytest.mark.parametrize("name", list(KINDS))
def test_KPI_01_the_same_facts_give_the_same_table(name):
    """Another table is another file: written anew by hand (`GOLDEN`), and read by whoever changes it."""
    assert written(KINDS[name].make(ground())) == (GOLDEN / f"report-{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(KINDS))
def test_a_report_of_nothing_says_so(name):
    report = KINDS[name].make(ground([]))
    assert report.finding.key.endswith(("nothing", "none", "few", "chance")), report.finding


def fact(what, part="", n=1, day=SPAN.first, seconds=0, **key):
    return Fact(FactKey(what, day.isoformat(), part=part, **key), n, seconds)


def test_KPI_02_collected_within_72_hours_of_all_that_ended_and_what_goes_out_does_not_count():
    facts = [
        *(fact("ended", f"collected.{hours}", channel="in") for hours in ("4", "12", "24", "72")),
        fact("ended", "collected.more", channel="in"),
        fact("ended", "returned.more", channel="in"),
        fact("ended", "collected.4", channel="out"),
    ]
    assert shares(ground(facts))["within-72"] == Share(4, 6)


def test_S14_use_by_size_and_hour_how_long_parcels_lie_here_and_how_long_carriers_take_are_counted():
    week = Span(date(2026, 2, 2), date(2026, 2, 8))
    facts = [
        fact("occupied", "18", n=0, size="M", day=week.first, seconds=4 * 3600),
        fact("full", "18", n=0, size="M", day=week.first, seconds=1800),
        *(fact("ended", f"collected.{hours}", n, channel="in", day=week.first) for hours, n in (("4", 3), ("24", 1))),
        fact("speed", day=week.first, n=2, seconds=36000),
    ]
    charts = {each.name: each for each in KINDS["flow"].make(ground(facts, week)).charts}
    sizes = {row.label: row.cells for row in charts["sizes"].rows}
    assert sizes["M"] == (Percent(round(4 / (4 * 7 * 24), 3)), 0.5)
    monday = charts["hours"].rows[0].cells
    assert monday[18] == Percent(round(4 / 7, 3)), "four of seven doors for that hour"
    assert [row.cells[0].n for row in charts["dwell"].rows] == [3, 0, 1, 0, 0]
    contacts = {each.name: each for each in KINDS["contacts"].make(ground(facts, week)).charts}
    rows = {getattr(row.label, "key", ""): row.cells for chart in contacts.values() for row in chart.rows}
    assert rows["reports.back_speed"] == (5.0,), "hours from the announcement to the drop-off"


def test_KPI_03_late_is_what_came_after_its_window_or_not_at_all():
    facts = [
        fact("window", "kept", 7),
        fact("window", "early", 1),
        fact("window", "late", 1),
        fact("window", "missed", 1),
    ]
    assert shares(ground(facts))["delayed"] == Share(2, 10)


@pytest.mark.parametrize("kind", ["damaged", "lost"])
def test_KPI_04_KPI_05_only_cases_that_ended_as_true_count_and_over_a_year(kind):
    facts = [
        fact("stored", "in", 20_000, day=SPAN.first - timedelta(days=200)),
        fact("case-closed", f"{kind}.compensated"),
        fact("case-closed", f"{kind}.unfounded"),
        fact("case-closed", f"{kind}.withdrawn"),
    ]
    assert shares(ground(facts))[kind] == Share(1, 20_000)


def test_KPI_05_one_loss_in_20_000_parcels_is_the_limit_and_few_parcels_are_no_judgement():
    aim = AIMS["lost"]
    assert aim.met(Share(1, 20_000)) is None
    assert aim.met(Share(0, 100)) is None
    assert aim.met(Share(40, 200_000)) is False
    assert aim.met(Share(1, 1_000_000)) is True


def test_KPI_12_first_tries_of_deposits_and_of_pickups():
    facts = [fact("deposit", "first", 8), fact("deposit", "again", 2), fact("deposit", "abandoned", 5)]
    facts += [fact("pickup", "first", 9), fact("pickup", "again", 1), fact("pickup", "failed", 2)]
    found = shares(ground(facts))
    assert found["deposit-first"] == Share(8, 10)
    assert found["pickup-first"] == Share(9, 12)
    assert found["abandoned"] == Share(5, 15)


def test_KPI_11_95_of_100_pickups_are_over_within_a_time_that_buckets_tell():
    facts = [fact("pickup-time", "20", 94), fact("pickup-time", "30", 4), fact("pickup-time", "120", 2)]
    (chart,) = [each for each in KINDS["quality"].make(ground(facts)).charts if each.name == "times"]
    assert chart.rows[0].cells[:2] == (Duration(20, upto=True), Duration(30, upto=True))
    assert chart.finding.key == "reports.times_quick"
    slow = [*facts, fact("pickup-time", "60", 20)]
    (chart,) = [each for each in KINDS["quality"].make(ground(slow)).charts if each.name == "times"]
    assert chart.finding.key == "reports.times_slow"


def test_KPI_16_work_and_messages_a_parcel():
    facts = [fact("stored", "in", 10), fact("staff-door", seconds=600, who="he"), fact("message", "arrival", 25)]
    (chart,) = [each for each in KINDS["quality"].make(ground(facts)).charts if each.name == "costs"]
    assert [row.cells for row in chart.rows] == [(10.0, 1.0), (0.0, 0.0), (25.0, 2.5)]


def test_KPI_10_before_and_after_differ_only_where_chance_could_not_make_it():
    before, after = SPAN.before.first, SPAN.first
    facts = [fact("deposit", "first", 80, before), fact("deposit", "again", 20, before)]
    facts += [fact("deposit", "first", 99, after), fact("deposit", "again", 1, after)]
    facts += [
        fact("pickup", "first", 9, before),
        fact("pickup", "again", 1, before),
        fact("pickup", "first", 10, after),
    ]
    report = KINDS["change"].make(ground(facts))
    verdicts = {told(row.label): told(row.cells[2]) for row in report.charts[0].rows}
    assert verdicts["aim_deposit-first"] == "change_better"
    assert verdicts["aim_pickup-first"] == "change_chance"
    assert verdicts["aim_delayed"] == "change_unknown"
    assert report.finding == Sentence("reports.change", {"better": 1, "worse": 0, "of": 6})


def test_KPI_08_a_courier_has_counts_not_a_rank_and_praise_has_its_reasons():
    facts = [
        fact("courier", part, n, company="SF", who="courier:c1", seconds=3600)
        for part, n in (("stored", 40), ("first", 40), ("not-asked", 2))
    ]
    facts += [
        fact("courier", part, n, company="JD", who="courier:c2", seconds=3600)
        for part, n in (("stored", 40), ("first", 40), ("complaint", 1), ("exception", 3))
    ]
    report = KINDS["couriers"].make(ground(facts))
    (each,) = [chart for chart in report.charts if chart.name == "each"]
    assert [row.label for row in each.rows] == ["courier:c1", "courier:c2"]
    assert [told(row.cells[-1]) for row in each.rows] == ["praised", ""]
    assert each.rows[1].cells[4:7] == (3, 0, 1)
    assert report.note == Sentence("reports.nothing_follows")


def test_CUR_06_windows_that_a_carrier_promised_stand_beside_when_it_came():
    facts = [fact("window", "kept", 8, company="SF"), fact("window", "late", 2, company="SF")]
    (chart,) = [each for each in KINDS["couriers"].make(ground(facts)).charts if each.name == "windows"]
    assert chart.rows[0].label == "SF"
    assert chart.rows[0].cells == (Share(8, 10), 0, 2, 0)


def test_CRM_06_CRM_08_people_are_counted_by_pseudonym_who_came_again_and_who_has_no_complaint():
    facts = [fact("user", who=f"u{n}", n=1 + (n < 3)) for n in range(8)]
    facts += [fact("user", who="u7", day=SPAN.before.last), fact("complainer", who="u1", n=2)]
    report = KINDS["customers"].make(ground(facts))
    assert report.finding == Sentence("reports.customers", {"n": 8, "again": 4})
    loyalty, *_ = report.charts
    assert [row.cells[0] for row in loyalty.rows] == [Share(4, 8), Share(7, 8)]
    assert "u1" not in written(report)


def test_CRM_06_of_fewer_than_five_people_nothing_is_told():
    report = KINDS["customers"].make(ground([fact("user", who=f"u{n}") for n in range(4)]))
    assert report.charts == ()


def test_CRM_02_repeated_complaints_and_what_people_said_of_it_before_and_now():
    facts = [fact("user", who=f"u{n}") for n in range(8)]
    facts += [fact("complainer", who="u1", n=2), fact("complainer", who="u2")]
    facts += [fact("rating", "3", 2, day=SPAN.before.last), fact("rating", "5", 2)]
    charts = {chart.name: chart for chart in KINDS["customers"].make(ground(facts)).charts}
    assert charts["repeats"].finding == Sentence("reports.repeats", {"n": 1, "of": 2})
    assert charts["ratings"].finding == Sentence("reports.ratings_up", {"mean": 5.0, "before": 3.0, "n": 2})


def test_an_aim_is_judged_only_where_the_interval_lies_on_one_side():
    least = Aim(0.9, least=True)
    assert least.met(Share(0, 0)) is None
    assert least.met(Share(95, 100)) is None
    assert least.met(Share(970, 1000)) is True
    assert least.met(Share(800, 1000)) is False
    assert replace(least, least=False).met(Share(800, 1000)) is True


def contacts(events):
    """The report of service contacts over events: (kind, by), each once."""
    facts = [
        fact("touch", touch_of(kind, by).part, channel=channel_of(by)) for kind, by in events if touch_of(kind, by)
    ]
    facts += [fact("decided", f"{party_of(kind, by)}.{kind}") for kind, by in events if party_of(kind, by)]
    return {chart.name: chart for chart in KINDS["contacts"].make(ground(facts)).charts}


def counts(chart):
    return {told(row.label): row.cells[0] for row in chart.rows if row.cells[0]}


DAY = [
    ("DepositStarted", "courier:c1"),
    ("PickupStarted", "kiosk"),
    ("ParcelExpected", "token:sf"),
    ("CompartmentCleared", "staff:he"),
    ("ParcelReleased", "staff:he"),
    ("DeadlineShifted", "resident:r1"),
    ("LockFault", "cabinet"),
]


def test_TP_01_TP_02_what_customers_see_and_what_they_do_not_are_counted_apart():
    assert counts(contacts(DAY)["stages"]) == {"stage_front": 4, "stage_back": 3}
    facts = [fact("stored", "in", 100), fact("case-closed", "damaged.solved", 2), fact("speed", n=2, seconds=7200)]
    (chart,) = [each for each in KINDS["contacts"].make(ground(facts)).charts if each.name == "back-stage"]
    assert [row.cells[0] for row in chart.rows] == [Share(98, 100), Share(2, 100), 1.0, 0]


def test_TP_03_who_meets_whom():
    assert counts(contacts(DAY)["pairs"]) == {"pair_human-device": 4, "pair_human-human": 1, "pair_device-device": 2}


def test_TP_04_four_elements_and_each_of_them_has_a_line_also_without_a_count():
    chart = contacts(DAY)["elements"]
    assert counts(chart) == {"element_system": 3, "element_staff": 2, "element_tangible": 1, "element_customer": 1}
    assert len(contacts([])["elements"].rows) == 4


def test_TP_05_four_modes_with_what_they_cost_and_how_they_were_found():
    facts = [fact("touch", touch_of("PickupStarted", "kiosk").part), fact("rating", "4", channel="kiosk")]
    facts += [fact("staff-door", seconds=300, who="he"), fact("rating", "2", channel="page")]
    (chart,) = [each for each in KINDS["contacts"].make(ground(facts)).charts if each.name == "modes"]
    assert [(told(row.label), *row.cells) for row in chart.rows] == [
        ("mode_self", 1, 0, 4.0),
        ("mode_assisted", 0, 5, None),
        ("mode_staffed", 0, None, None),
        ("mode_remote", 0, None, 2.0),
    ]


def test_TP_06_whose_word_decided():
    days = [*DAY, ("ReminderDue", "cabinet"), ("FeeWaived", "staff:he"), ("OutboundBooked", "staff:he")]
    assert counts(contacts(days)["balance"]) == {"party_staff": 4, "party_customer": 1, "party_rules": 1}


def test_TP_07_phone_and_mail_are_channels_beside_the_screen():
    facts = [fact("message", "arrival", 3, channel="mail"), fact("message", "arrival", 2, channel="phone")]
    facts += [fact("touch", touch_of("CaseOpened", "staff:he").part, channel="phone")]
    (chart,) = [each for each in KINDS["contacts"].make(ground(facts)).charts if each.name == "channels"]
    assert counts(chart) == {"channel_phone": 3, "channel_mail": 3}


def test_KPI_09_staff_figures_have_minutes_work_and_praise_and_nothing_follows():
    facts = [
        fact("staff", "CaseClosed", 3, who="he"),
        fact("staff-door", who="he", seconds=600),
        fact("praise", who="he"),
    ]
    report = KINDS["staff"].make(ground(facts))
    assert report.charts[0].rows[0].cells == (3, 3, 10, 1)
    assert report.note == Sentence("reports.nothing_follows")
