"""The panel's place of reports: what is counted stands there with its finding, as CSV too, and for whom it may."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from report_days import days_of
from staff_bench import an_office

from api.i18n import LANGUAGES
from api.staff.cases.case_acts import _entry
from api.staff.localized_text import LocalizedText
from api.staff.reports.report_view import report_view
from api.staff.reports.report_words import ReportWords
from locker.services.people import Role
from locker.services.reports import KINDS, Ground, Span
from locker.services.reports.fact_table import add_facts
from locker.services.reports.report import said


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def counted(office, days=40):
    first = office.bench.context.reports.today - timedelta(days=days - 1)
    await office.bench.context.journal.write(lambda db: add_facts(db, days_of(first, days)))


async def test_KPI_01_what_happens_stands_in_the_report_at_once(office):
    boss = await office.person()
    assert "Nothing came in these days" in (await boss.get("/reports")).text
    await office.bench.store("SF1")
    page = await boss.get("/reports/flow?span=day")
    assert "1 stored, 0 collected, and room for all" in page.text
    assert "Stored 1 0 before" in page.text


async def test_KPI_01_S13_a_report_is_the_same_as_csv_with_counts_and_intervals(office):
    await counted(office)
    boss = await office.person()
    page = await boss.get("/reports/quality?span=month")
    answer = await boss.http.get("/reports/quality/csv?span=month")
    assert answer.headers["content-disposition"] == 'attachment; filename="quality-2026-03-01-2026-03-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    within = next(row for row in rows if row["row"] == "Collected within 72 h")
    assert f"{within['count']} of {within['of']}" in page.text
    assert float(within["low"]) < float(within["value"]) <= float(within["high"])
    assert {row["report"] for row in rows} == {"quality"}


@pytest.mark.parametrize("span", ["day", "week", "month", "year"])
async def test_KPI_01_reports_are_of_a_day_a_week_a_month_or_a_year_and_lead_to_the_one_before(office, span):
    await counted(office)
    boss = await office.person()
    page = await boss.get(f"/reports/flow?span={span}")
    assert page.status == 200
    assert f"/reports/flow?span={span}&amp;on=202" in page.html
    assert 'aria-current="true"' in page.html


async def test_KPI_08_KPI_09_figures_of_people_are_for_who_may_read_the_journal(office):
    caretaker, auditor = await office.person(Role.OPERATOR), await office.person(Role.AUDITOR)
    for name in ("couriers", "staff"):
        for path in (f"/reports/{name}", f"/reports/{name}/csv"):
            assert (await caretaker.get(path)).status == 403
            assert (await auditor.get(path)).status == 200
    page = await auditor.get("/reports/couriers")
    assert "Nothing follows from these figures by itself" in page.text
    assert 'href="/reports/couriers"' not in (await caretaker.get("/reports/flow")).html


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/nothing", 404),
        ("/reports/flow?span=eon", 422),
        ("/reports/flow?on=yesterday", 422),
        ("/reports/flow?on=2126-01-01", 422),
        ("/reports/flow?on=0001-01-01", 422),
        ("/reports/change?on=2026-02-30", 422),
    ],
)
async def test_what_is_no_report_and_no_day_is_said_in_a_sentence(office, path, status):
    boss = await office.person()
    page = await boss.get(path)
    assert page.status == status
    assert (await boss.http.get(path.replace("?", "/csv?") if "?" in path else f"{path}/csv")).status_code == status


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("many", [True, False])
async def test_UX_01_every_report_speaks_three_languages_and_no_sentence_is_missing(office, language, many):
    if many:
        await counted(office)
    boss = await office.person()
    boss.http.cookies.set("language", language)
    for name in KINDS:
        page = await boss.get(f"/reports/{name}?span=year")
        assert page.status == 200, page.text
        for word in ("reports.", "{", "}"):
            assert word not in page.text, (name, page.text[max(0, page.text.index(word) - 60) :][:160])


async def test_a_report_of_nobody_and_nothing_is_drawn_too(office):
    boss = await office.person()
    today = office.bench.context.reports.today
    for kind in KINDS.values():
        report = kind.make(Ground(Span(today, today), ()))
        page = await boss.get(f"/reports/{kind.name}")
        assert page.status == 200
        assert report.charts == () or report_view(report, _words(office)).title


def _words(office):
    return ReportWords(LocalizedText("en", "UTC", office.bench.engine.now()))


async def test_KPI_13_a_month_is_looked_at_and_what_follows_has_an_owner_and_a_day(office):
    await counted(office)
    boss = await office.person()
    page = await boss.get("/reports/analysis")
    assert "No action is open" in page.text
    assert "What 2026-02 says" in page.text
    form = {"action": "More L doors", "owner": "supervisor.one", "due": "2026-03-20"}
    for _ in range(2):
        page = await boss.send(page, "/reports/analysis", **form)
    assert "1 action is open" in page.text
    assert "2026-02, supervisor.one, 20 Mar" in page.text
    auditor = await office.person(Role.AUDITOR)
    assert not (await auditor.get("/reports/analysis")).has_form("/reports/analysis")
    office.bench.clock.advance(30 * 86400)
    boss = await office.person(name="boss.two")
    assert "late" in (await boss.get("/reports/analysis")).text
    page = await boss.send(await boss.get("/reports/analysis"), "/reports/analysis/done")
    assert "No action is open" in page.text
    assert "done 31 Mar" in page.text


@pytest.mark.parametrize("number", ["", "-1", "7", "9" * 30, "\u0661"])
async def test_KPI_13_an_action_that_is_not_there_is_not_done(office, number):
    boss = await office.person()
    csrf = (await boss.get("/reports/analysis")).form("/reports/analysis")["csrf"]
    answer = await boss.post("/reports/analysis/done", csrf=csrf, id=number)
    assert answer.status < 500


@pytest.mark.parametrize(
    "wrong", [{"action": " "}, {"owner": "nobody"}, {"due": ""}, {"due": "2026-02-01"}, {"due": "soon"}]
)
async def test_KPI_13_an_action_that_lacks_something_is_said_beside_what_was_typed(office, wrong):
    boss = await office.person()
    form = {"action": "More L doors", "owner": "supervisor.one", "due": "2026-03-20"} | wrong
    page = await boss.send(await boss.get("/reports/analysis"), "/reports/analysis", **form)
    assert page.status == 422
    assert "An action needs words" in page.text
    assert await office.bench.context.reports.improvements.listed() == []


async def test_KPI_09_praise_is_counted_and_seen_by_whoever_is_praised_and_figures_are_ones_own(office):
    boss, caretaker = await office.person(), await office.person(Role.OPERATOR)
    await boss.send(await boss.get("/reports/staff"), "/reports/praise", who="operator.one")
    page = await caretaker.get("/reports/mine")
    assert page.status == 200
    assert re.search(r"operator\.one \d+ 0 0 1 ", page.text)
    assert "supervisor.one" not in page.text
    assert "Nothing follows from these figures by itself" in page.text
    assert (await boss.raw("/reports/praise", {"who": "operator.one"})).status_code == 403


@pytest.mark.parametrize(
    ("n", "sentence"), [(1, "1 act; staff at work: 1"), (1200, "1,200 acts; staff at work: 1"), (0, "0 acts; ")]
)
def test_a_finding_about_one_speaks_of_one_and_about_many_of_many(n, sentence):
    words = ReportWords(LocalizedText("en", "UTC", datetime(2026, 3, 2, tzinfo=UTC)))
    assert words.sentence(said("reports.staff", n=n, people=1)).startswith(sentence)
    many = ReportWords(LocalizedText("zh-CN", "UTC", datetime(2026, 3, 2, tzinfo=UTC)))
    assert f"{n:,}" in many.sentence(said("reports.staff", n=n, people=1))


@pytest.mark.parametrize("entry", ["", "x", "-1", "9" * 30])
def test_an_entry_that_no_table_can_hold_is_refused_before_it_is_asked_for(entry):
    with pytest.raises(ValueError, match="come back"):
        _entry(entry)
