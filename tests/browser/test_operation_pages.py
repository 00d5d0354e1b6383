"""Pages of running the place in Chromium: incidents, training, procedures, glossary, how it goes now."""

from datetime import timedelta

import pytest
from browser_panel import looked_at
from report_days import days_of
from test_rule_pages import Office
from test_staff_panel import Panel

from locker.services.incidents import IncidentWords
from locker.services.policies import AreaContact, EmergencyContacts, NewVersion
from locker.services.reports.fact_table import add_facts

EAST = AreaContact(area="East", person="Li Hua", phone="13800000001", deputy="Wang Fang", deputy_phone="13800000002")
WORDS = {
    "en": IncidentWords("Power cut in building 2", "The desk opens doors by hand until 20:00"),
    "zh-CN": IncidentWords("2 号楼停电", "20:00 前可到服务台人工开柜"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("operation")) as office:
        context = office.daemon.context
        now, today = office.daemon.engine.now(), context.reports.today
        facts = days_of(today - timedelta(days=3), 4)
        office.do(office.daemon.journal.write(lambda db: add_facts(db, facts)))
        office.do(context.rules.add(NewVersion(1, EmergencyContacts(areas=(EAST,)), "new team"), "staff:he.jun"))
        office.do(context.trainings.add("he.jun", "Fire safety", today, today + timedelta(days=12), "staff:he.jun"))
        office.do(context.trainings.add("he.jun", "Privacy", today, None, "staff:he.jun"))
        office.do(context.incident_desk.declare(WORDS, now + timedelta(hours=5), None, "staff:he.jun"))
        yield office


WALKS = {
    ("1280", "en"): ("incident", "duty/training", "procedures", "automation"),
    ("390", "zh-CN"): ("incident", "glossary", "reports/live", "rules/emergency-contacts"),
}


@pytest.mark.parametrize(("width", "language"), WALKS)
def test_PK_06_STF_01_STF_08_pages_of_running_the_place_are_whole_and_axe_finds_nothing(
    chromium, office, width, language
):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    for path in WALKS[width, language]:
        panel.page.goto(f"{office.staff}/{path}")
        looked_at(panel, path.replace("/", "-"))
    assert panel.complaints == []
    panel.context.close()
