"""The clocks of cases: working days of the site's own table, the law's seven days, warnings before and behind."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from case_bench import case_bench
from services_bench import running, until

from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import CLASSES, Outcome, PeakLimits, Priority, Source, ages, case_clocks, forward, read_days
from locker.services.cases.working_days import checked_year, deadline, missing_year, shipped_days, working_calendar
from locker.services.policies import NewVersion, PeakProfile

CHINA = ZoneInfo("Asia/Shanghai")
SHIPPED = shipped_days("CN")
CALENDAR = working_calendar(SHIPPED, {each.day.year for each in SHIPPED})
ME, OTHER = "staff:he.jun", "staff:lu.yan"


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        yield bench


def test_SLA_03_the_shipped_days_are_those_of_another_table():
    day = date(min(CALENDAR.years), 1, 1)
    while day.year <= max(CALENDAR.years):
        assert CALENDAR.is_worked(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert {2025, 2026} <= CALENDAR.years
    assert shipped_days("FR") == shipped_days(None) == []


@pytest.mark.parametrize(
    ("opened", "due", "provisional"),
    [
        ("2026-11-02T10:00", "2026-11-09T10:00", False),  # Monday: five working days and seven days are the same
        ("2026-11-04T10:00", "2026-11-11T10:00", False),
        ("2026-11-07T10:00", "2026-11-13T10:00", False),  # Saturday: Friday is the fifth
        ("2026-09-30T10:00", "2026-10-07T10:00", False),  # before a week of holidays the law's seven days come first
        ("2026-02-13T10:00", "2026-02-20T10:00", False),
        ("2026-02-10T10:00", "2026-02-17T10:00", False),  # 11, 12, 13, 14 (worked Saturday), then the holidays
        ("2026-05-06T10:00", "2026-05-12T10:00", False),  # the worked Saturday of the 9th counts
        ("2026-12-28T10:00", "2027-01-04T10:00", True),
    ],
)
def test_SLA_03_a_case_is_solved_by_the_earlier_of_five_working_days_and_seven_days(opened, due, provisional):
    clocks = case_clocks(local(opened), Priority.ORDINARY, CHINA, CALENDAR)
    assert (clocks.due, clocks.provisional) == (local(due), provisional)
    assert clocks.due <= local(opened) + timedelta(days=7)


def test_SLA_03_never_later_than_the_law_on_any_day_and_always_on_a_time_of_day_at_the_site():
    zone, opened = ZoneInfo("Europe/Berlin"), datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    for days in range(730):
        at = opened + timedelta(days=days, minutes=37 * days)
        end = deadline(at, zone, CALENDAR, 5, 7)
        assert at < end.at <= at + timedelta(days=7, hours=1)
        assert end.at.astimezone(zone).time() == at.astimezone(zone).time()


def test_SLA_04_three_classes_have_their_own_timers_and_owners():
    assert len({(each.reply, each.warn, each.reply_warn, each.working_days) for each in CLASSES.values()}) == 3
    opened = local("2026-11-02T10:00")
    safety = case_clocks(opened, Priority.SAFETY, CHINA, CALENDAR)
    assert safety.reply_due - opened == timedelta(minutes=15)
    assert safety.due == local("2026-11-03T10:00")


def test_SLA_07_a_peak_makes_the_house_limits_longer_and_never_the_legal_or_those_of_safety():
    opened, peak = local("2026-11-02T10:00"), PeakLimits(72, 7)
    longer = case_clocks(opened, Priority.HARM, CHINA, CALENDAR, peak)
    assert longer.reply_due - opened == timedelta(hours=72)
    assert longer.due - opened == timedelta(days=7)
    assert case_clocks(opened, Priority.SAFETY, CHINA, CALENDAR, peak) == case_clocks(
        opened, Priority.SAFETY, CHINA, CALENDAR
    )
    saturday = local("2026-11-07T10:00")
    assert case_clocks(saturday, Priority.HARM, CHINA, CALENDAR, peak).due - saturday == timedelta(days=7)


async def test_SLA_07_a_peak_holds_only_once_a_second_person_agrees_and_ends_by_itself(bench, clock):
    ends = bench.engine.now() + timedelta(days=3)
    rule = NewVersion(1, PeakProfile(case_reply_hours=48), "sale", ends_at=ends)
    await bench.rules.add(rule, ME)
    peaks = bench.work.calendar.peaks
    assert peaks.limits(bench.engine.now()) is None
    with pytest.raises(Refused) as same:
        await peaks.approve(1, ME)
    assert same.value.reason is RefusalReason.SECOND_PERSON
    await peaks.approve(1, OTHER)
    assert (await bench.open()).reply_due == bench.engine.now() + timedelta(hours=48)
    await peaks.load()
    assert peaks.approved_by(1) == OTHER
    clock.advance(3 * 86400)
    assert (await bench.open()).reply_due == bench.engine.now() + timedelta(hours=24)
    with pytest.raises(ValueError, match="ends_at"):
        await bench.rules.add(NewVersion(2, PeakProfile(case_working_days=7), "for ever"), ME)


async def warned(bench):
    return [json.loads(row["data"])["what"] for row in await bench.events("CaseWarned")]


async def test_SLA_02_the_first_reply_is_due_in_24_hours_with_an_alert_before_and_a_breach_behind(bench, clock):
    number = (await bench.open()).number
    await bench.watch.look()
    assert await warned(bench) == []
    clock.advance(22 * 3600)
    await bench.watch.look()
    await bench.watch.look()
    assert await warned(bench) == ["reply-soon"]
    clock.advance(2 * 3600)
    await bench.watch.look()
    assert await warned(bench) == ["reply-soon", "reply-late"]
    other = (await bench.open()).number
    await bench.cases.write(other, "reply", "We have it", ME)
    clock.advance(25 * 3600)
    await bench.watch.look()
    told = [json.loads(row["data"]) for row in await bench.events("CaseWarned")]
    assert not [each for each in told if each["case"] == other]
    assert (await bench.cases.whole(number)).case.warned == {"reply-soon", "reply-late"}


async def test_CLM_08_a_case_is_a_supervisors_matter_before_its_limit_and_only_once(bench, clock):
    number = (await bench.open()).number
    await bench.cases.write(number, "reply", "We have it", ME)
    due = (await bench.cases.whole(number)).case.due
    clock.advance((due - timedelta(hours=24) - bench.engine.now()).total_seconds())
    await bench.watch.look()
    case = (await bench.cases.whole(number)).case
    assert case.people == ("wu.mei", "he.jun")
    clock.advance(24 * 3600)
    for _ in range(3):
        await bench.watch.look()
    assert await warned(bench) == ["due-soon", "due-late"]


async def test_CLM_08_after_a_long_night_only_what_is_late_is_told(bench, clock):
    await bench.open()
    clock.advance(8 * 86400)
    await bench.watch.look()
    assert sorted(await warned(bench)) == ["due-late", "reply-late"]


async def test_STF_05_what_others_do_not_answer_in_time_is_told(bench, clock):
    number = (await bench.open("lost")).number
    entry = await forward(
        bench.cases, number, ("carrier", "JD"), bench.engine.now() + timedelta(hours=3), "Where is it?", ME
    )
    clock.advance(3 * 3600)
    await bench.watch.look()
    assert await warned(bench) == [f"forward-late-{entry}"]


async def test_CLM_07_claims_are_counted_by_age(bench, clock):
    now = bench.engine.now()
    days = (0, 2, 3, 7, 8, 30, 31, 400)
    assert ages([now - timedelta(days=each) for each in days], now) == {"0-2": 2, "3-7": 2, "8-30": 2, "31+": 2}


async def test_STF_06_staff_are_called_when_a_limit_comes_near(bench, clock, company):
    from locker.services.notices.staff_alarm import calls_staff

    await bench.open()
    clock.advance(22 * 3600)
    await bench.watch.look()
    (told,) = await bench.events("CaseWarned")
    assert calls_staff("CaseWarned", json.loads(told["data"]))


async def test_N13_a_limit_across_the_new_year_is_provisional_and_is_moved_when_the_year_is_known(bench, clock):
    clock.advance((local("2026-12-28T10:00") - bench.engine.now()).total_seconds())
    receipt = await bench.open()
    assert receipt.provisional
    assert receipt.due == local("2027-01-04T10:00")
    plain = (await bench.open("emergency", source=Source.STAFF)).number
    assert not (await bench.cases.whole(plain)).case.provisional
    await bench.watch.look()
    await bench.watch.look()
    (missing,) = await bench.events("WorkingDaysMissing")
    assert json.loads(missing["data"]) == {"year": 2027}
    days = read_days("day,kind,name\n2027-01-02,work,x\n2027-01-03,work,x\n2027-02-01,off,y\n")
    assert await bench.work.calendar.import_year(2027, days, "State Council", ME) == 1
    case = (await bench.cases.whole(receipt.number)).case
    assert (case.due, case.provisional) == (local("2027-01-02T10:00"), False)
    (moved,) = await bench.events("CaseDueMoved")
    assert json.loads(moved["data"])["case"] == receipt.number
    assert bench.work.calendar.missing is None
    await bench.work.calendar.load()
    assert bench.work.calendar.missing is None


def test_N13_the_next_year_is_asked_for_from_november_on():
    assert missing_year(date(2026, 10, 31), CALENDAR) is None
    assert missing_year(date(2026, 11, 1), CALENDAR) == 2027
    assert missing_year(date(2027, 1, 1), CALENDAR) == 2027


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1"),
        ("tag,art\n", "line 1"),
        ("day,kind,name\n2027-13-01,off,x\n", "line 2"),
        ("day,kind,name\n01.01.2027,off,x\n", "line 2"),
        ("day,kind,name\n2027-01-01,frei,x\n", "line 2"),
        ("day,kind,name\n2027-01-01\n", "line 2"),
        ("day,kind,name\n2027-01-01,off,x\n2027-01-01,off,x\n", "line 3"),
    ],
)
def test_N13_a_table_that_cannot_be_read_names_the_line(text, fault):
    with pytest.raises(ValueError, match=fault):
        read_days(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2026-01-01,off,x", "not in 2027"),
        ("2027-01-04,work,x", "no weekend"),
        ("2027-01-02,work,x", "at rest"),
    ],
)
def test_N13_days_that_cannot_be_a_year_are_refused(text, fault):
    with pytest.raises(ValueError, match=fault):
        checked_year(2027, read_days(f"day,kind,name\n{text}\n"))


async def test_the_watch_runs_by_itself_and_does_not_fall_while_nothing_can_be_written(bench, clock):
    await bench.open()
    clock.advance(22 * 3600)
    async with running(bench.watch.run()):
        bench.engine.seal("full")
        clock.advance(31)
        await until(lambda: bench.engine.sealed is None, "healing")
        clock.advance(31)

        async def told():
            clock.advance(31)
            return await warned(bench)

        assert await until(told, "the warning") == ["reply-soon"]


async def test_SLA_02_a_case_that_has_ended_is_not_watched(bench, clock):
    number = (await bench.open()).number
    await bench.cases.close(number, Outcome.WITHDRAWN, ME)
    clock.advance(30 * 86400)
    await bench.watch.look()
    assert await warned(bench) == []
