"""A round from door to door, requests to be let in, entries and maintenance in Chromium; on a desk and on a phone."""

import io
from datetime import timedelta

import pytest
from browser_panel import looked_at
from PIL import Image
from test_rule_pages import Office
from test_staff_panel import Panel

from locker.core.events.access_events import Passage
from locker.services.command_service import ResidentDetails
from locker.services.people import Application
from locker.services.policies import NewVersion, RoundSchedule

GATE = ((Passage.GRANTED, "7711", 9), (Passage.SHUT, "", 8), (Passage.REFUSED, "0042", 5), (Passage.HELD_OPEN, "", 2))
ASKING = (("2-305", "Zhao Rui", True), ("Tower B, 22-04", "陳美玲", False))


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 140, 90)).save(out, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("rounds")) as office:
        context = office.daemon.context
        card = ResidentDetails(unit="2-305", name="Gu Lan", phone="13800002201", consent=True)
        office.do(context.commands.save_resident(card, "staff:test"))
        rule = NewVersion(1, RoundSchedule(audit_days=7, service_openings=5000), "as the maker says")
        office.do(context.rules.add(rule, "staff:test"))
        now = context.engine.now()
        for passage, badge, minutes in GATE:
            at = now - timedelta(minutes=minutes)
            office.do(context.entries.report("Parcel room", passage, at, f"EM4100-{badge}" * bool(badge), "token:gate"))
        for unit, name, consent in ASKING:
            said = Application(unit=unit, name=name, phone="+8613900000002", language="en", consent=consent, terms=2)
            office.do(context.applications.ask(said))
        yield office


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_STO_04_S1_a_round_is_walked_with_a_photo_and_what_differs_is_shown(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.goto(f"{office.staff}/rounds")
    looked_at(panel, "rounds")
    page.locator("form:has([name=kind][value=audit]) button").click()
    page.wait_for_url(f"{office.staff}/rounds/w*")
    doors = len(office.daemon.context.engine.site.compartments)
    for number in range(doors):
        page.locator("#record [name=found][value=unseen]" if number == 1 else "[name=found][value=empty]").check()
        for tick in ("lock", "clean") if number == 0 else ("lock", "clean", "number"):
            page.locator(f"[name=tick-{tick}]").check()
        if number == 0:
            page.fill("#note", "The number is scratched off." if language == "en" else "门号已磨损")
            page.set_input_files("#photo", photo())
            looked_at(panel, "round-door")
        page.locator("#record button").click()
        page.locator(f"progress[value='{number + 1}'], .table").first.wait_for()
    page.locator("form[action$='/photos'] button").click()
    page.locator("main figure img").wait_for()
    looked_at(panel, "round-result")
    page.locator("form[action$='/end'] button").click()
    page.locator("form[action$='/end']").wait_for(state="detached")
    page.goto(f"{office.staff}/entries")
    looked_at(panel, "entries")
    page.goto(f"{office.staff}/people/applications")
    looked_at(panel, "applications")
    page.locator("form[action$='/applications/show'] button").last.click()
    page.wait_for_url(f"{office.staff}/people/applications#application-*")
    looked_at(panel, "applications-shown")
    page.goto(f"{office.staff}/doors/{next(iter(office.daemon.context.engine.site.compartments))}")
    looked_at(panel, "door-service")
    assert panel.complaints == []
    panel.context.close()
