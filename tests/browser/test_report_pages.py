"""The reports on paper, in Chromium; on a screen they are walked with every page of the panel."""

from datetime import timedelta

import pytest
from browser_screen import ARTEFACTS
from report_days import days_of
from test_rule_pages import Office
from test_staff_panel import Panel

from locker.services.reports.fact_table import add_facts


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("reports")) as office:
        facts = days_of(office.daemon.context.reports.today - timedelta(days=60), 61)
        office.do(office.daemon.journal.write(lambda db: add_facts(db, facts)))
        yield office


def test_KPI_01_on_paper_there_are_figures_and_no_buttons(chromium, office):
    panel = Panel(chromium, office, "1280", "en")
    panel.enter("he.jun")
    page = panel.page
    page.click("header nav a[href='/reports/flow']")
    page.wait_for_url(f"{office.staff}/reports/flow")
    page.goto(f"{office.staff}/reports/flow?span=week")
    assert page.locator("[data-print]").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".btns").first.locator("a").first.is_visible()
    assert page.locator(".paper").is_visible()
    (ARTEFACTS / "panel").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(ARTEFACTS / "panel" / "report-flow.paper.png"), full_page=True)
    panel.context.close()
