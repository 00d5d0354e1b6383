"""What needs somebody, the page of a parcel and the search in Chromium, on a cabinet on which much has happened."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import browser_sign_in
import pytest
from browser_cabinet import Cabinet, until
from browser_panel import looked_at
from test_staff_panel import Panel

PEOPLE = (
    {"unit": "1203", "name": "Wang Ming", "phone": "+8613800000001", "consent": True, "language": "en"},
    {"unit": "0907", "name": "李小龙", "phone": "+8613800000002", "consent": True, "language": "zh-CN"},
    {"unit": "0803", "name": "陳美玲", "phone": "+8613800000004", "consent": True, "language": "zh-TW"},
)
MORE = """
[[place]]
id = "shelf"
name = "Shelf at the desk"
kind = "shelf"
capacity = 20
"""
WALKS = [("1280", "en"), ("390", "zh-CN"), ("800", "zh-TW")]
FOUR_DAYS = 4 * 86400
SITE_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def cabinet(chromium, tmp_path_factory):
    running = Cabinet(tmp_path_factory.mktemp("tasks"), residents=PEOPLE, more=MORE)
    running.late = running.deposit("SF1029384740192", "1203")
    running.deposit("SF1029384740777", "1203", size="M")
    running.deposit("YT5550001177310", "0907", size="L")
    running.advance(FOUR_DAYS)
    running.fresh = running.deposit("JD0000000055012", "0803", size="M")
    running.fault("B1", "forced")
    until(lambda: running.api.get("/compartments/B1").json()["use"] == "check", "B1 is in doubt")
    running.push("B1")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def account(cabinet, chromium):
    panel = Panel(chromium, cabinet)
    browser_sign_in.set_up(panel, cabinet, "chen.lin")
    panel.context.close()
    return "chen.lin"


@pytest.fixture
def panel(chromium, cabinet, account, request):
    made = Panel(chromium, cabinet, *getattr(request, "param", ()))
    made.enter(account)
    yield made
    assert made.complaints == []
    made.context.close()


def parcel_of(cabinet, door):
    return cabinet.api.get(f"/compartments/{door}").json()["parcels"][0]


@pytest.mark.parametrize("panel", WALKS, indirect=True)
def test_STF_03_what_needs_somebody_is_read_seen_and_taken_before_the_map(panel, cabinet):
    page = panel.page
    panel.go("/")
    page.locator("#live.is-live").wait_for()
    looked_at(panel, "tasks")
    first, todo, drawing = (page.locator(each).bounding_box()["y"] for each in ("#first-task", "#todo", "#cabinet"))
    if panel.name.startswith("390"):
        assert first < todo < drawing, "above the map on a phone"
    assert page.locator("#todo ~ ul li >> text=1203").count() == 1, "one line a unit"
    page.click("#first-task form[action='/tasks/take'] button")
    page.wait_for_load_state()
    page.locator("#first-task form[action='/tasks/give-back']").wait_for()
    looked_at(panel, "task-seen")
    page.click("#first-task form[action='/tasks/give-back'] button")
    page.wait_for_load_state()


@pytest.mark.parametrize("panel", WALKS, indirect=True)
def test_the_page_of_a_parcel_shows_all_of_it_and_each_order_with_its_consequence(panel, cabinet):
    page = panel.page
    cabinet.advance(310)  # what was shown before is masked again
    panel.go(f"/parcels/{parcel_of(cabinet, cabinet.late)}")
    page.locator("#live.is-live").wait_for()
    looked_at(panel, "parcel-late")
    folds = page.locator("details[id^=order-]")
    assert folds.count() >= 5
    for at in range(folds.count()):
        folds.nth(at).locator("summary").click()
    looked_at(panel, "parcel-orders")
    page.click("form[action$='/show'] button")
    page.wait_for_load_state()
    assert "+8613800000001" in page.content()
    looked_at(panel, "parcel-shown")


@pytest.mark.parametrize("panel", WALKS, indirect=True)
def test_QRY_01_the_search_has_a_tab_for_each_group_and_says_by_what_it_found(panel, cabinet):
    page = panel.page
    panel.go("/parcels")
    page.locator("#live.is-live").wait_for()
    looked_at(panel, "search")
    page.fill("#find", "0777")
    page.locator("text=…40777").wait_for()
    looked_at(panel, "search-found")
    page.fill("#find", "nobody here")
    page.locator(".empty").wait_for()
    looked_at(panel, "search-empty")
    panel.go("/parcels/outbound")
    looked_at(panel, "outbound")


@pytest.mark.parametrize("panel", WALKS, indirect=True)
def test_STF_03_shifts_are_planned_and_a_note_is_left_and_taken_over(panel, cabinet):
    page = panel.page
    panel.go("/duty")
    looked_at(panel, "duty-empty")
    page.fill("#note", "1205 is away until Thursday; his sister may collect.")
    page.click("form[action='/duty/note'] button")
    page.wait_for_load_state()
    now = datetime.fromisoformat(cabinet.world.get("/clock").json()["now"]).astimezone(SITE_ZONE)
    page.fill("#shift-begins", f"{now:%Y-%m-%dT%H:00}")
    page.fill("#shift-ends", f"{now + timedelta(hours=8):%Y-%m-%dT%H:00}")
    page.click("#shift button")
    page.wait_for_load_state()
    looked_at(panel, "duty")
    page.click("form[action='/duty/cancel'] button")
    page.wait_for_load_state()
    panel.go("/")
    page.click("form[action='/duty/take-over'] button")
    page.wait_for_load_state()
    assert page.locator("form[action='/duty/take-over']").count() == 0


def test_what_was_opened_and_chosen_stays_while_the_page_changes_around_it(panel, cabinet):
    page = panel.page
    panel.go(f"/parcels/{parcel_of(cabinet, cabinet.fresh)}")
    page.locator("#live.is-live").wait_for()
    page.click("#order-more-time summary")
    page.select_option("#f-more-time-hours", "72")
    page.fill("#f-more-time-reason", "in hospital")
    page.click("#order-release summary")
    at = page.locator("main").get_attribute("data-at")
    cabinet.fault("A1", "forced")
    page.locator(f"main:not([data-at='{at}'])").wait_for()
    cabinet.push("A1")
    page.wait_for_timeout(300)
    assert page.input_value("#f-more-time-hours") == "72"
    assert page.input_value("#f-more-time-reason") == "in hospital"
    page.click("#order-more-time button.is-main")
    page.wait_for_load_state()
    assert "72" in page.content()
