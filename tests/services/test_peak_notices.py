"""On peak days all residents are told by themselves, once, that parcels may be late; the text says by how many days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from services_bench import BEGIN

from locker.services.notices import BroadcastDesk, PeakNotices, due_peaks, peak_notice
from locker.services.notices.peak_notices import days_text
from locker.services.policies import NewVersion, PeakProfile, RuleBook, RuleKind, RuleVersion

DAY = timedelta(days=1)
SHANGHAI = "Asia/Shanghai"
LATE = PeakProfile(later_days_least=1, later_days_most=2)


def version(number, starts, ends, body=LATE):
    return RuleVersion(RuleKind.PEAK, number, "staff:he.jun", "why", BEGIN, starts, ends, date(2027, 3, 1), body)


def test_PK_03_a_peak_is_told_from_a_day_before_until_it_is_over_unless_another_took_its_place():
    peak = version(1, BEGIN + 3 * DAY, BEGIN + 8 * DAY)
    due = [day for day in range(12) if due_peaks([peak], BEGIN + day * DAY)]
    assert due == [2, 3, 4, 5, 6, 7]
    instead = version(2, BEGIN + 3 * DAY, BEGIN + 8 * DAY, PeakProfile(later_days_least=2, later_days_most=3))
    assert due_peaks([peak, instead], BEGIN + 4 * DAY) == [instead]
    assert due_peaks([version(1, BEGIN, BEGIN + DAY, PeakProfile(reminder_hours=(12,)))], BEGIN) == []


def test_PK_03_the_notice_says_until_when_and_one_to_two_days_in_each_language():
    ends = datetime(2026, 11, 19, 16, tzinfo=UTC)
    told = peak_notice(version(4, BEGIN, ends), SHANGHAI)
    assert (told.id, told.effective_at) == ("peak-4", BEGIN)
    assert told.texts == {
        "en": "Far more parcels come until 20 Nov 00:00; yours may come 1\N{EN DASH}2 days later than promised.",
        "zh-CN": "11 月 20 日 00:00 前快递量较大，您的包裹可能延迟 1\N{EN DASH}2 天送达。",  # noqa: RUF001  Chinese punctuation
        "zh-TW": "11 月 20 日 00:00 前快遞量較大，您的包裹可能延遲 1\N{EN DASH}2 天送達。",  # noqa: RUF001  Chinese punctuation
    }
    told.check()


@pytest.mark.parametrize(
    ("least", "most", "said"), [(0, 1, "1 day"), (1, 1, "1 day"), (0, 3, "3 days"), (2, 4, "2\N{EN DASH}4 days")]
)
def test_PK_03_days_as_people_say_them(least, most, said):
    assert days_text(least, most, "en") == said


async def test_PK_03_each_peak_is_told_once_also_across_a_restart(bench):
    rules, desk = RuleBook(bench.journal, bench.engine), BroadcastDesk(bench.engine, bench.journal)
    await rules.load()
    await rules.add(NewVersion(1, LATE, "great sale", ends_at=BEGIN + 5 * DAY), "staff:he.jun")
    for _ in range(2):
        notices = PeakNotices(bench.engine, rules, desk, SHANGHAI)
        await notices.look()
        await notices.look()
    (sent,) = await desk.sent()
    assert (sent.broadcast.id, sent.author) == ("peak-1", "cabinet")


def test_PK_03_a_peak_that_makes_parcels_late_has_an_end_and_its_least_is_least():
    assert LATE.needs_end
    with pytest.raises(ValueError, match="at least as late"):
        PeakProfile(later_days_least=3, later_days_most=2)
