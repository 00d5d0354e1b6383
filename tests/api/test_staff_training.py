"""Training, procedures and the glossary on the panel, and by what one sees whether a rule works."""

import re
from datetime import date
from pathlib import Path

import pytest
from report_days import days_of
from staff_bench import an_office

from api.i18n import LANGUAGES, translate
from api.staff.cases.case_pages import PROCEDURE_OF
from api.staff.procedure_pages import TERMS
from api.staff.rules.rule_measures import MEASURES
from api.templates import environment
from locker.services.cases import KINDS as CASE_KINDS
from locker.services.people import Role
from locker.services.policies import PROCEDURES, NewVersion, RuleKind, SalesEvent, SalesEvents, drawn_step
from locker.services.policies.procedures import JamProcedure
from locker.services.reports import KINDS, Ground, Span
from locker.services.reports.fact_table import add_facts

KIOSK = Path(__file__).parents[2] / "api" / "web" / "templates" / "kiosk"
DRAWN = environment().get_template("pictograms.svg.html").module.DRAWN


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_STF_01_who_plans_the_duty_enters_trainings_and_others_see_their_own(office):
    boss, operator = await office.person(), await office.person(Role.OPERATOR)
    form = await boss.get("/duty/training")
    typed = {"person": "operator.one", "course": "Fire safety", "held": "2026-02-20", "expires": "2026-03-20"}
    for wrong, said in (
        ({"course": " "}, "Say which course"),
        ({"held": ""}, "on which day it was held"),
        ({"held": "2027-01-01", "expires": ""}, "on which day it was held"),
        ({"expires": "2026-01-01"}, "The end comes after"),
        ({"person": "nobody"}, "Choose one of the accounts"),
    ):
        page = await boss.send(form, "/duty/training", **typed | wrong)
        assert page.status == 422
        assert said in page.text
    page = await boss.send(form, "/duty/training", **typed)
    assert "1 training ends soon or has ended." in page.text
    assert "“Fire safety” of operator.one ends on 20 Mar" in (await boss.get("/")).text
    mine = await operator.get("/duty/training")
    assert "Fire safety" in mine.text
    assert "19 days left" in mine.text
    assert not mine.has_form("/duty/training/remove")
    await boss.send(form, "/duty/training", **typed | {"person": "supervisor.one", "course": "Privacy"})
    assert "Privacy" not in (await operator.get("/duty/training")).text
    await boss.send(await boss.get("/duty/training"), "/duty/training/remove")
    assert len(await office.bench.events("Noted")) >= 3


@pytest.mark.parametrize("each", PROCEDURES, ids=lambda each: each.kind.value)
def test_STF_07_every_step_as_delivered_has_a_drawing_of_its_own_the_same_in_each_language(each):
    drawn = {language: [drawn_step(line)[0] for line in lines] for language, lines in each().steps.items()}
    assert set(drawn["en"]) <= set(DRAWN)
    assert len(set(drawn["en"])) == len(drawn["en"]) >= 4
    assert drawn["en"] == drawn["zh-CN"] == drawn["zh-TW"]


def test_STF_07_a_drawing_is_shapes_alone_and_each_is_used():
    used = {drawn_step(line)[0] for each in PROCEDURES for line in each().told("en")}
    for path in KIOSK.glob("*.html"):
        for names in re.findall(r"drawn\(\((.*?)\)\)", path.read_text(encoding="utf-8")):
            used |= set(re.findall(r'"([a-z]+)"', names))
    for name, drawing in DRAWN.items():
        assert "style=" not in drawing, name
        assert set(re.findall(r"<(\w+)", drawing)) <= {"path", "rect", "circle"}, name
    assert set(DRAWN) - used == set()


async def test_STF_07_a_procedure_shows_its_drawings_large_and_a_site_chooses_those_of_its_own_steps(office):
    operator = await office.person(Role.OPERATOR)
    page = await operator.get("/procedures/sop-jam")
    assert page.html.count('class="pictogram"') == 5
    assert "Press the door in with a flat hand" in page.text
    assert (await operator.get("/procedures/sop-nobody")).status == 404
    steps = {"en": ("[call] Call the technician.", "[nonsense] Wait.", "Write it down.")}
    changed = NewVersion(1, JamProcedure(steps=steps, responsible="Chen Lin"), "ours is another lock")
    await office.bench.context.rules.add(changed, "staff:boss")
    page = await operator.get("/procedures/sop-jam")
    assert page.html.count('class="pictogram"') == 1, "a drawing that is not there is left out"
    assert "1 Call the technician." in page.text
    assert "Answers for it: Chen Lin" in page.text


def test_STF_07_the_advice_of_a_case_leads_to_the_procedure_of_its_kind():
    assert set(PROCEDURE_OF) <= {kind.script for kind in CASE_KINDS.values()}
    assert set(PROCEDURE_OF.values()) <= {each.kind.value for each in PROCEDURES}


async def test_STF_08_every_procedure_has_its_steps_its_review_and_its_change_log(office):
    boss, operator = await office.person(), await office.person(Role.OPERATOR)
    page = await operator.get("/procedures")
    for each in PROCEDURES:
        assert f'href="/rules/{each.kind.value}"' in page.html
        assert all(drawn_step(step)[1] in page.text for step in each().told("en"))
        assert {len(lines) for lines in each().steps.values()} == {len(each().told("en"))}, (
            "the same steps in each language"
        )
    form = await boss.get("/rules/sop-pickup/write")
    typed = {
        "steps": "en: Ask for the code.\nen: Look at the parcel together.\nzh-CN: 请出示取件码。",
        "responsible": "the desk",
    }
    preview = await boss.send(form, "/rules/sop-pickup/preview", **typed, reason="shorter", review_on="2026-03-10")
    await boss.send(preview, "/rules/sop-pickup/add")
    page = await operator.get("/procedures")
    assert "Ask for the code. Look at the parcel together." in page.text
    assert "Answers for it: the desk, review on 10 Mar" in page.text
    assert "Version 1, supervisor.one: shorter." in page.text
    office.bench.clock.advance(10 * 86400)
    boss = await office.person(name="boss.two")
    assert "1 procedure is to be looked at again." in (await boss.get("/procedures")).text
    log = await boss.get("/rules/sop-pickup")
    assert "shorter" in log.text
    assert "procedure: taking in" not in log.text


async def test_STF_11_the_glossary_has_each_term_in_chinese_and_english(office):
    person = await office.person(Role.OPERATOR)
    page = await person.get("/glossary")
    assert all(word in page.text for word in ("tracking number", "运单号（快递单号）", "託運單號（快遞單號）"))  # noqa: RUF001  Chinese punctuation
    chinese = await person.get("/glossary", **{"Accept-Language": "zh-CN"})
    assert "运单号（快递单号） tracking number" in chinese.text  # noqa: RUF001  Chinese punctuation
    assert len(set(TERMS)) == len(TERMS) >= 40
    for language in LANGUAGES:
        for term in TERMS:
            for key in (f"glossary.{term}", f"glossary.{term}_is"):
                assert translate(language, key) != key


def test_KPI_14_every_rule_is_linked_to_a_chart_that_there_is():
    assert set(MEASURES) == set(RuleKind)
    today, facts = date(2026, 3, 1), days_of(date(2025, 12, 1), 90)
    doors = {"S": 2, "M": 4}
    ground = Ground(Span(date(2026, 2, 1), today), facts, facts, facts, doors, today, facts)
    for kind, measure in MEASURES.items():
        report = KINDS[measure.report].make(ground)
        assert measure.chart in {chart.name for chart in report.charts}, kind


async def test_KPI_14_a_rule_tells_version_owner_review_and_what_its_figures_say(office):
    boss = await office.person()
    before = await boss.get("/rules/tariff")
    assert "Answers for it nobody yet: as delivered" in before.text
    form = await boss.get("/rules/tariff/write")
    preview = await boss.send(form, "/rules/tariff/preview", charges="1", reason="owners", review_on="2026-09-01")
    await boss.send(preview, "/rules/tariff/add")
    page = await boss.get("/rules/tariff")
    assert "Fees: version 1 is in force." in page.text
    assert "Answers for it supervisor.one To be reviewed on 1 Sep" in page.text
    link = MEASURES[RuleKind.TARIFF].address
    assert f'href="{link}"' in page.html
    assert 'id="dwell"' in (await boss.get(link.partition("#")[0])).html
    (added,) = await office.bench.events("RuleAdded")
    assert (added["by"], added["data"]["version"], len(added["data"]["sha256"])) == ("staff:supervisor.one", 1, 64)


async def test_KPI_07_the_live_page_counts_a_pickup_at_once_and_renews_itself(office):
    bench, boss = office.bench, await office.person()
    assert "Nobody has collected anything today." in (await boss.get("/reports/live")).text
    stored = await bench.store("SF1")
    gate = await bench.client("pickup")
    await gate.post("/pickups", json={"code": stored["code"]})
    await bench.shut(stored["compartment"])
    page = await boss.get("/reports/live")
    assert "1 pickup today" in page.text
    assert "Door opened at the first try aim: at least 99 % 1 of 1" in page.text
    assert "data-still" not in page.html


async def test_PK_01_the_pages_of_the_forecast_and_of_its_error_and_the_task_of_a_peak(office):
    bench, boss = office.bench, await office.person()
    assert "Not enough is known yet: 0 of 56 days." in (await boss.get("/reports/forecast")).text
    facts = days_of(date(2025, 11, 1), 120)
    await bench.context.journal.write(lambda db: add_facts(db, facts))
    sale = SalesEvent(name="sale", first=date(2026, 3, 10), last=date(2026, 3, 12), times=2.5)
    await bench.context.rules.add(NewVersion(1, SalesEvents(events=(sale,)), "announced"), "staff:he.jun")
    page = await boss.get("/reports/forecast")
    assert "A peak is expected on" in page.text
    assert "lay inside the interval" in (await boss.get("/reports/backtest")).text
    assert (await boss.get("/reports/forecast/csv")).status == 200
    await bench.context.reports.peak_watch.look()
    assert "will need" in (await boss.get("/")).text
