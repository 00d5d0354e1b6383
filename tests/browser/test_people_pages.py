"""Residents in Chromium: found, added, changed, shown; on a desk and on a phone, en and zh-CN."""

import pytest
from test_rule_pages import Office, looked_at
from test_staff_panel import Panel

from locker.services.command_service import ResidentDetails

PEOPLE = (
    *(("1201", "李娜", "13800002201", True), ("1202", "陈静", "13911110002", None)),
    *(("1203", "王秀英", "13722220003", True), ("1204", "何平", "", None)),
    ("1205", "Alexandra Papadopoulos-Featherstone", "13633330005", False),
    ("Tower B, 22-04", "Gu Lan", "13544440006", True),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("people")) as office:
        for unit, name, phone, consent in PEOPLE:
            card = ResidentDetails(unit=unit, name=name, phone=phone, consent=consent, reach=unit == "1203")
            office.do(office.daemon.context.commands.save_resident(card, "staff:test"))
        yield office


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("1280", "zh-CN"), ("390", "en"), ("390", "zh-CN")])
def test_CRM_01_a_resident_is_found_added_changed_and_shown(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.click("header nav a[href='/people']")
    page.wait_for_url(f"{office.staff}/people")
    looked_at(panel, "residents")
    page.fill("#find", "wxy")
    page.press("#find", "Enter")
    page.wait_for_selector("#found tbody tr:only-child")
    page.click("#found .who a")
    page.wait_for_url(f"{office.staff}/people/r*")
    page.click("#change summary")
    page.click("#wishes summary")
    page.click("#erase summary")
    looked_at(panel, "resident-card")
    page.check("[name=assisted]")
    page.click("#wishes button")
    page.wait_for_load_state()
    if page.locator("main .ask button").count():  # who was shown it lately sees it still
        page.click("main .ask button")
        page.wait_for_load_state()
    assert "13722220003" in page.inner_text("main")
    looked_at(panel, "resident-shown")
    page.goto(f"{office.staff}/people/new")
    page.fill("#unit", "1203")
    page.fill("#name", "王秀英")
    page.click("main .btn.is-main")
    assert page.locator("#alarm").is_visible()
    looked_at(panel, "resident-new")
    assert [each for each in panel.complaints if "409" not in each] == []
    panel.context.close()
