"""Many doors: braked for one person or program alone, opened one after another when somebody else approved, stopped."""

import asyncio

import pytest
from staff_bench import an_office

from locker.services.mass_openings import WAITS
from locker.services.people import Role

PAGE, ASK, APPROVE, STOP = "/mass-openings", "/mass-openings/ask", "/mass-openings/approve", "/mass-openings/stop"


@pytest.fixture
async def office(tmp_path, monkeypatch):
    monkeypatch.setattr("locker.core.doors.mass_opening.LEAST", 3)
    monkeypatch.setattr("locker.services.mass_openings.BETWEEN_DOORS_SECONDS", 0)
    async with an_office(tmp_path) as office:
        office.doors = list(office.bench.context.engine.site.compartments)
        office.alone = max(3, len(office.doors) // 2)
        running = asyncio.create_task(office.bench.context.mass_openings.run())
        yield office
        running.cancel()


async def ended(office, opening):
    """The request when its doors have had their turn."""
    for _ in range(50):
        found = office.bench.context.mass_openings.find(opening)
        if found.state != "opening":
            return found
        await office.bench.settle()
    raise AssertionError(f"goes on for ever: {found}")


async def newest(office):
    return office.bench.context.mass_openings.listed()[0].id


def pulsed(office):
    return [each for each in office.doors if each in office.bench.doors.pulses]


async def test_a_token_alone_is_stopped_with_its_reason_and_told_how_to_go_on(office):
    staff = await office.bench.client("staff")
    for door in office.doors[: office.alone]:
        assert (await staff.post(f"/compartments/{door}/open", json={"reason": "look"})).status_code == 201
    answer = await staff.post(f"/compartments/{office.doors[office.alone]}/open", json={"reason": "look"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-doors")
    assert "second person" in answer.json()["detail"]
    assert 0 < int(answer.headers["retry-after"]) <= 600
    assert pulsed(office) == office.doors[: office.alone]
    asked = await staff.post("/mass-openings", json={"compartments": office.doors, "reason": "fire drill"})
    assert (asked.status_code, asked.json()["state"]) == (201, "waiting")
    assert pulsed(office) == office.doors[: office.alone], "nothing opens before somebody approves it"


async def test_a_repeat_of_an_order_is_answered_as_before_though_the_brake_holds(office):
    staff = await office.bench.client("staff")
    key = {"Idempotency-Key": "k1"}
    first = await staff.post(f"/compartments/{office.doors[0]}/open", json={"reason": "look"}, headers=key)
    for door in office.doors[1 : office.alone]:
        await staff.post(f"/compartments/{door}/open", json={"reason": "look"})
    again = await staff.post(f"/compartments/{office.doors[0]}/open", json={"reason": "look"}, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())


async def test_S5_all_doors_of_a_program_open_when_a_person_approves_and_the_journal_tells_all_of_it(office):
    staff, boss = await office.bench.client("staff"), await office.person(Role.TECHNICIAN, name="boss")
    made = (await staff.post("/mass-openings", json={"compartments": "all", "reason": "fire drill"})).json()
    page = await boss.get(PAGE)
    assert "fire drill" in page.text
    page = await boss.send(page, APPROVE)
    assert (await ended(office, made["id"])).ordered == tuple(office.doors)
    shown = (await staff.get(f"/mass-openings/{made['id']}")).json()
    assert (shown["state"], shown["ordered"]) == ("done", office.doors)
    assert sorted(pulsed(office)) == sorted(office.doors)
    orders = await office.bench.events("UnlockOrdered")
    assert {(each["by"], each["data"]["reason"]) for each in orders} == {("token:staff", "fire drill")}
    notes = [(each["by"], each["data"]["what"]) for each in await office.bench.events("Noted")]
    told = [each for each in notes if each[1].startswith("openings")]
    assert told == [("token:staff", "openings-asked"), ("staff:boss", "openings-approved")]
    extra = await staff.post(f"/compartments/{office.doors[0]}/open", json={"reason": "look"})
    assert extra.json().get("code") != "too-many-doors", "what was approved counts for nobody"


async def test_nobody_approves_what_they_asked_for_and_a_second_person_does(office):
    one, two = await office.person(Role.OPERATOR, name="one"), await office.person(Role.OPERATOR, name="two")
    page = await one.send(await one.get(PAGE), ASK, group="named", doors="A1, a2", reason="inspection")
    assert not page.has_form(APPROVE)
    csrf = page.forms[0][1]["csrf"]
    answer = await one.post(APPROVE, csrf=csrf, key=await newest(office))
    assert answer.status == 409
    assert "Somebody else must approve" in answer.text
    assert pulsed(office) == []
    await two.send(await two.get(PAGE), APPROVE)
    assert (await ended(office, await newest(office))).ordered == ("A1", "A2")


async def test_it_is_stopped_by_anybody_and_no_further_door_opens(office, monkeypatch):
    monkeypatch.setattr("locker.services.mass_openings.BETWEEN_DOORS_SECONDS", 3600)
    one, two = await office.person(Role.OPERATOR, name="one"), await office.person(Role.SUPERVISOR, name="two")
    await one.send(await one.get(PAGE), ASK, group="all", reason="inspection")
    await two.send(await two.get(PAGE), APPROVE)
    await office.bench.settle()
    await one.send(await one.get(PAGE), STOP)
    office.bench.clock.advance(3601)
    await office.bench.settle()
    found = await ended(office, await newest(office))
    assert (found.state, len(found.ordered)) == ("stopped", 1)
    assert len(pulsed(office)) == 1


async def test_a_request_that_nobody_approves_ends_and_a_stopped_one_is_not_approved(office):
    one, two = await office.person(Role.OPERATOR, name="one"), await office.person(Role.OPERATOR, name="two")
    await one.send(await one.get(PAGE), ASK, group="all", reason="inspection")
    page = await two.get(PAGE)
    office.bench.clock.advance(WAITS.total_seconds())
    page = await two.send(page, APPROVE) if page.has_form(APPROVE) else page
    assert pulsed(office) == []
    two, one = await office.person(Role.OPERATOR, name="three"), await office.person(Role.OPERATOR, name="four")
    await one.send(await one.get(PAGE), ASK, group="all", reason="inspection")
    page = await two.get(PAGE)
    await one.send(await one.get(PAGE), STOP)
    answer = await two.send(page, APPROVE)
    assert answer.status == 409
    assert pulsed(office) == []


async def test_both_persons_prove_that_it_is_them_first(office):
    one, two = await office.person(Role.OPERATOR, name="one"), await office.person(Role.OPERATOR, name="two")
    await one.send(await one.get(PAGE), ASK, group="all", reason="inspection")
    pages = [await one.get(PAGE), await two.get(PAGE)]
    office.bench.clock.advance(301)
    assert (await one.send(pages[0], ASK, group="all", reason="again")).answer.url.path == "/prove"
    assert (await two.send(pages[1], APPROVE)).answer.url.path == "/prove"
    assert pulsed(office) == []
    assert len(office.bench.context.mass_openings.listed()) == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"group": "named", "doors": "Z99", "reason": "inspection"}, 409),
        ({"group": "named", "doors": "", "reason": "inspection"}, 409),
        ({"group": "all", "reason": ""}, 422),
        ({"group": "most", "reason": "inspection"}, 422),
    ],
)
async def test_what_names_no_door_or_gives_no_reason_is_refused(office, form, status):
    one = await office.person(Role.OPERATOR, name="one")
    answer = await one.send(await one.get(PAGE), ASK, **form)
    assert answer.status == status
    assert office.bench.context.mass_openings.listed() == []


async def test_by_the_api_a_door_that_is_not_here_and_a_request_that_is_unknown_are_404(office):
    staff = await office.bench.client("staff")
    asked = await staff.post("/mass-openings", json={"compartments": ["Z99"], "reason": "look"})
    assert (asked.status_code, asked.json()["code"]) == (404, "unknown")
    assert (await staff.get("/mass-openings/o0")).status_code == 404
    assert (await staff.post("/mass-openings/o0/stop")).status_code == 404
    assert (await staff.post("/mass-openings", json={"compartments": [], "reason": "look"})).status_code == 422
    for number in range(8):
        body = {"compartments": "all", "reason": f"look {number}"}
        assert (await staff.post("/mass-openings", json=body)).status_code == 201
    assert (await staff.post("/mass-openings", json=body)).json()["code"] == "not-now"


async def test_at_the_panel_the_brake_says_what_to_do(office):
    one = await office.person(Role.OPERATOR, name="one")
    for door in office.doors[: office.alone]:
        page = await one.send(await one.get(f"/doors/{door}"), f"/doors/{door}/open", reason="look inside")
    door = office.doors[office.alone]
    page = await one.send(await one.get(f"/doors/{door}"), f"/doors/{door}/open", reason="look inside")
    assert "a second person approves them" in page.text
    assert pulsed(office) == office.doors[: office.alone]
