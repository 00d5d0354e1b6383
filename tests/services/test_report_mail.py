"""Reports come by themselves when their time is over: once, in words, also over a restart."""

from datetime import date

import pytest
from notices_bench import SITE, notices, outbox_is
from services_bench import until

from api.staff.reports.report_words import mail_texts
from links.options import NoticeOptions
from locker.services.notices import BroadcastDesk
from locker.services.reports import ReportDesk, ReportMail, Span
from locker.services.reports.report_mail import last_whole

BOSS = "+8613900000009"
DAY_S = 86400


def mail(bench, every="day"):
    desk = ReportDesk.of(bench.journal, bench.engine, SITE.timezone, bench.engine.site.compartments.values())

    def words(reports, span):
        return mail_texts(reports, span, SITE, bench.engine.now())

    broadcasts = BroadcastDesk(bench.engine, bench.journal)
    return ReportMail(desk, bench.engine, broadcasts, SITE.timezone, every, words)


async def test_KPI_01_S13_when_a_day_is_over_its_figures_go_to_who_asked_for_them_once(bench, company, clock):
    await bench.resident()
    options = NoticeOptions(webhook=company.address, reports=[BOSS], report_every="day")
    async with notices(bench, company, options=options):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        clock.advance(DAY_S)
        for _ in range(2):
            await mail(bench).look()
        await until(lambda: company.to(BOSS))
        await bench.quiet()
    (post,) = company.to(BOSS)
    assert post["template"] == "report"
    assert "存入 1 件" in post["text"]
    assert "Wang" not in post["text"]
    assert len(company.posts) == 2, "residents hear nothing of it"


async def test_KPI_01_before_six_in_the_morning_nobody_is_woken_by_figures(bench, company, clock):
    options = NoticeOptions(webhook=company.address, reports=[BOSS])
    async with notices(bench, company, options=options):
        clock.advance(10 * 3600)
        await mail(bench).look()
        await bench.quiet()
        assert await bench.rows("select 1 from broadcast") == []


@pytest.mark.parametrize(
    ("every", "span"),
    [
        ("day", Span(date(2026, 3, 11), date(2026, 3, 11))),
        ("week", Span(date(2026, 3, 2), date(2026, 3, 8))),
        ("month", Span(date(2026, 2, 1), date(2026, 2, 28))),
    ],
)
def test_KPI_01_what_is_told_of_is_over(every, span):
    assert last_whole(every, date(2026, 3, 12)) == span
