"""The page of incidents: said in full or not at all; the emergency contact stands beside it and on the kiosk."""

import pytest
from kiosk_bench import Bench as Kiosk
from public_alerts import cap, info
from staff_bench import an_office

from locker.services.people import Role
from locker.services.policies import AreaContact, EmergencyContacts, NewVersion

EAST = AreaContact(area="East", person="Li Hua", phone="13800000001", deputy="Wang Fang", deputy_phone="13800000002")
WEST = EAST.model_copy(update={"area": "West", "person": "He Jun", "phone": "13800000003"})


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_PK_05_PK_06_staff_tell_of_an_incident_by_hand_and_end_it(office):
    operator = await office.person(Role.OPERATOR)
    page = await operator.get("/incident")
    assert "No incident." in page.text
    typed = {"cause-en": "Power cut", "instead-en": "Ask at the desk", "recovers_at": "2026-03-01T20:00", "tell": "all"}
    for missing in ("cause-en", "instead-en", "recovers_at"):
        refused = await operator.send(page, "/incident", **typed | {missing: ""})
        assert refused.status == 422
        assert office.bench.context.incidents.now is None
    told = await operator.send(page, "/incident", **typed)
    assert "Power cut" in told.text
    assert "Expected to be over: 20:00." in told.text
    assert len(await office.bench.events("BroadcastSent")) == 1
    assert "No incident." in (await operator.send(told, "/incident/end")).text


async def test_PK_05_an_alert_is_put_in_as_a_file(office):
    operator = await office.person(Role.OPERATOR)
    form = (await operator.get("/incident")).form("/incident/alert")
    for content, status, words in (
        (cap(info()).encode(), 200, "The alert has begun an incident."),
        (cap(info()).encode(), 200, "was taken before"),
        (b"\xff\xfe", 422, "This alert cannot be taken: UTF-8"),
        (b"<x/>", 422, "is no alert of CAP"),
    ):
        answer = await operator.http.post(
            "/incident/alert",
            data={"csrf": form["csrf"]},
            files={"file": ("alert.xml", content, "application/xml")},
            headers={"Origin": operator.base},
        )
        assert answer.status_code == status
        assert words in answer.text


async def test_PK_04_each_area_has_one_person_and_a_deputy_and_the_page_names_that_of_this_cabinet(office):
    boss = await office.person()
    form = await boss.get("/rules/emergency-contacts/write")
    lines = "East: Li Hua 13800000001 / Wang Fang 13800000002\nWest：He Jun 138 0000 0003／Wang Fang 13800000002"  # noqa: RUF001
    preview = await boss.send(form, "/rules/emergency-contacts/preview", areas=lines, here="East", reason="new team")
    await boss.send(preview, "/rules/emergency-contacts/add")
    assert office.bench.context.rules.body(EmergencyContacts).contact == EAST
    page = await boss.get("/incident")
    assert "Li Hua 13800000001 Wang Fang (deputy) 13800000002" in page.text
    assert "138 0000 0003" in (await boss.get("/rules/emergency-contacts")).text


@pytest.mark.parametrize(
    ("areas", "here"),
    [
        ((EAST, EAST), "East"),
        ((EAST, WEST), ""),
        ((EAST,), "South"),
        ((EAST.model_copy(update={"deputy_phone": EAST.phone}),), ""),
    ],
)
def test_PK_04_no_area_has_two_persons_or_a_person_who_is_the_deputy(areas, here):
    with pytest.raises(ValueError, match=r"area|deputy"):
        EmergencyContacts(areas=areas, here=here)


async def test_PK_04_the_kiosk_shows_the_contact_on_the_help_sheet_and_when_no_door_opens(tmp_path):
    async with Kiosk(tmp_path) as bench:
        await bench.context.rules.add(NewVersion(1, EmergencyContacts(areas=(EAST,)), "new team"), "staff:he.jun")
        browser = await bench.browser().load()
        await browser.touch("help")
        assert "Li Hua 13800000001, deputy Wang Fang 13800000002" in browser.text
        bench.engine.seal("the disk is full")
        outage = await bench.browser().load()
        assert "Li Hua 13800000001" in outage.text
