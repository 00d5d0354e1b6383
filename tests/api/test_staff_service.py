"""S19: a door is to be maintained after so many openings, counted from the last time that somebody did it."""

import pytest
from staff_bench import an_office

from api.i18n import LANGUAGES
from api.staff.localized_text import LocalizedText
from api.staff.task_words import address_of, cause_sentence
from locker.services.duty import Cause, Urgency
from locker.services.people import Role
from locker.services.policies import NewVersion, RoundSchedule

DONE = "/doors/A1/serviced"


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        office.boss = await office.person(Role.SUPERVISOR, "he.jun")
        yield office


async def every(office, openings):
    version = len(office.bench.context.rules.versions(RoundSchedule.kind)) + 1
    rule = NewVersion(version, RoundSchedule(service_openings=openings), "as the maker says")
    await office.bench.context.rules.add(rule, "staff:he.jun")


async def opened(office, times):
    staff = await office.bench.client("staff")
    for _ in range(times):
        office.bench.clock.advance(60)
        assert (await staff.post("/compartments/A1/open", json={"reason": "test"})).status_code == 201
        await office.bench.shut("A1")


async def due(office):
    return [each.task for each in await office.bench.context.tasks.now() if each.task.cause is Cause.SERVICE]


async def test_S19_a_door_is_due_after_so_many_openings_and_again_after_as_many_more(office):
    await every(office, 2)
    await opened(office, 1)
    assert await due(office) == []
    await opened(office, 1)
    (task,) = await due(office)
    assert (task.doors, task.urgency) == (("A1",), Urgency.WEEK)
    page = await office.boss.get("/doors/A1")
    assert "Maintenance is due" in page.text
    assert "Never done yet: 2 openings, due at 2." in page.text
    page = await office.boss.send(page, DONE)
    assert "by he.jun: 0 openings since, due at 2." in page.text
    assert await due(office) == []
    (noted,) = [each for each in await office.bench.events("Noted") if each["data"]["what"] == "door-serviced"]
    assert (noted["by"], noted["data"]["about"]) == ("staff:he.jun", "A1")
    await opened(office, 2)
    assert len(await due(office)) == 1


async def test_S19_without_a_rule_nothing_is_said_of_it_and_who_repairs_nothing_says_nothing(office):
    await opened(office, 3)
    assert await due(office) == []
    page = await office.boss.get("/doors/A1")
    assert "Maintenance" not in page.text
    await every(office, 1)
    auditor = await office.person(Role.AUDITOR)
    page = await auditor.get("/doors/A1")
    assert "Maintenance is due" in page.text
    assert not page.has_form(DONE)
    csrf = (await office.boss.get("/doors/A1")).form(DONE)["csrf"]
    assert (await office.boss.post("/doors/Z9/serviced", csrf=csrf)).status == 404


async def test_S19_what_is_due_is_said_in_every_language_and_leads_to_the_door(office):
    await every(office, 1)
    await opened(office, 1)
    (task,) = await due(office)
    for language in LANGUAGES:
        text = LocalizedText(language, "Asia/Shanghai", office.bench.engine.now())
        sentence = cause_sentence(office.bench.engine.site, task, text)
        assert "panel." not in sentence
        assert "1" in sentence
    assert address_of(task) == "/doors/A1"
