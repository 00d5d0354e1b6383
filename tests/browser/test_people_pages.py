"""Residents in Chromium: found, added, changed, shown; on a desk and on a phone, en and zh-CN."""

import pytest
from browser_panel import looked_at
from signed_rights import PUBLIC
from test_rule_pages import Office
from test_staff_panel import Panel

from locker.services.command_service import ResidentDetails

PEOPLE = (
    *(("1201", "李娜", "13800002201", True), ("1202", "陈静", "13911110002", None)),
    *(("1203", "王秀英", "13722220003", True), ("1204", "何平", "", None)),
    ("1205", "Alexandra Papadopoulos-Featherstone", "13633330005", False),
    ("Tower B, 22-04", "Gu Lan", "13544440006", True),
)


LIST = (
    "房号,姓名,手机\n1301,赵敏,13855550001\n1302,孙悦,13855550002\n12O3,周杰,13855550003\n1304,吴磊,1.38E+10\n"
    "1201,李娜,13800002299\n1202,陈静,13911110002\n"
).encode("gb18030")


async def worked_off(imports):
    while await imports.step():
        pass


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("people")) as office:
        for unit, name, phone, consent in PEOPLE:
            card = ResidentDetails(unit=unit, name=name, phone=phone, consent=consent, reach=unit == "1203")
            office.do(office.daemon.context.commands.save_resident(card, "staff:test"))
        yield office


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
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
    page.goto(f"{office.staff}/people/couriers")
    page.fill("#company", "SF Express")
    page.fill("#courier-name", f"Zhou Kai {width}{language}")
    page.fill("#pin", f"{width}{len(language)}")
    page.fill("#days", "14")
    page.click("#new button")
    page.wait_for_selector(f"main li:has-text('Zhou Kai {width}{language}')")
    page.click("main li:has-text('Zhou Kai') summary >> nth=0")
    looked_at(panel, "couriers")
    page.goto(f"{office.staff}/people/drop-off-passes")
    page.fill("#company", "SF Express")
    page.fill("#public", PUBLIC)
    page.click("main form[action$='/key'] button")
    page.fill("#right", f"R-{width}-{language}")
    page.click("main form:has(#right) button")
    page.wait_for_selector(f"main li:has-text('R-{width}-{language}')")
    looked_at(panel, "drop-off-passes")
    page.goto(f"{office.staff}/people/import")
    looked_at(panel, "import")
    page.set_input_files("#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST})
    page.click("main .btn.is-main")
    page.wait_for_selector("#ready")
    looked_at(panel, "import-read")
    page.click(".btn.is-lit")
    page.wait_for_selector("#at-work")
    looked_at(panel, "import-runs")
    office.do(worked_off(office.daemon.context.imports))
    page.goto(f"{office.staff}/people/import")
    looked_at(panel, "import-done")
    page.click("#main .list form button")
    office.do(worked_off(office.daemon.context.imports))
    assert [each for each in panel.complaints if "409" not in each] == []
    panel.context.close()
