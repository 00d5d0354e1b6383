"""What staff do at a door through the panel, over the real app, engine and a bank whose doors spring open."""

import asyncio

import pytest
from staff_bench import an_office

from locker.core.events.picture_events import SnapshotTaken
from locker.core.model import Seen
from locker.services.evidence import SnapshotStore
from locker.services.people import Right, Role

OPEN, CLEAR = "/doors/{}/open", "/doors/{}/clear"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def look(admin, browser, door="A1", reason="Look inside"):
    """Open a door by order; the page afterwards."""
    await browser.send(await browser.get(f"/doors/{door}"), f"/doors/{door}/open", reason=reason)
    await admin.bench.settle()
    return await browser.get(f"/doors/{door}")


async def test_S4_a_door_is_opened_once_and_recorded_with_name_and_reason(admin):
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    page = await look(admin, browser, reason="Resident asked")
    assert admin.bench.doors.pulses == ["A1"]
    ordered = (await admin.bench.events("UnlockOrdered"))[-1]
    assert (ordered["by"], ordered["data"]["reason"]) == ("staff:chen.lin", "Resident asked")
    assert "A1 is open" in page.text
    assert "Resident asked" in page.text


async def test_a_form_that_is_sent_twice_opens_once(admin):
    browser = await admin.person()
    form = (await browser.get("/doors/A1")).form("/doors/A1/open") | {"reason": "Test the lock"}
    answers = await asyncio.gather(*(browser.raw("/doors/A1/open", form) for _ in range(5)))
    await admin.bench.settle()
    later = await browser.raw("/doors/A1/open", form)
    assert {answer.status_code for answer in (*answers, later)} == {303}
    await admin.bench.settle()
    assert admin.bench.doors.pulses == ["A1"]
    assert "changed meanwhile" not in (await browser.get("/doors/A1")).text


async def test_the_door_can_be_opened_again_with_the_next_form(admin):
    browser = await admin.person()
    await look(admin, browser)
    await admin.bench.shut("A1")
    await look(admin, browser)
    assert admin.bench.doors.pulses == ["A1", "A1"]


@pytest.mark.parametrize("reason", ["", "  ", " a "])
async def test_without_a_reason_nothing_opens_and_the_sentence_stands_beside_the_button(admin, reason):
    browser = await admin.person()
    page = await browser.send(await browser.get("/doors/A1"), "/doors/A1/open", reason=reason)
    assert "Write a reason first" in page.text
    assert 'role="alert"' in page.html
    assert admin.bench.doors.pulses == []


async def test_an_order_for_a_door_that_a_courier_took_meanwhile_is_not_carried_out(admin):
    browser = await admin.person()
    page = await browser.get("/doors/A1")
    courier = await admin.bench.client("deposit")
    deposit = (await courier.post("/deposits", json=admin.bench.deposit_body())).json()
    door = deposit["compartment"]
    assert door == "A1"
    answer = await browser.send(page, "/doors/A1/open", reason="my own words")
    assert "This door has changed meanwhile" in answer.text
    await admin.bench.settle()
    assert admin.bench.doors.pulses == [door]


async def test_what_was_typed_stays_after_a_refusal(admin):
    browser = await admin.person()
    await look(admin, browser)
    await admin.bench.shut("A1")
    admin.bench.doors.see("A1", Seen.UNSEEN)
    await admin.bench.settle()
    page = await browser.get("/doors/A1")
    assert not page.has_form("/doors/A1/clear")
    page = await browser.send(page, "/doors/A1/retire", reason="a")
    assert page.form("/doors/A1/retire")["reason"] == "a"


async def test_a_door_with_somebody_at_it_has_no_orders(admin):
    browser = await admin.person()
    courier = await admin.bench.client("deposit")
    door = (await courier.post("/deposits", json=admin.bench.deposit_body())).json()["compartment"]
    await admin.bench.settle()
    page = await browser.get(f"/doors/{door}")
    assert "A courier is at" in page.text
    assert not page.has_form(OPEN.format(door))


async def test_a_form_of_an_older_state_is_not_carried_out(admin):
    browser = await admin.person()
    stored = await admin.bench.store()
    door = stored["compartment"]
    await look(admin, browser, door)
    await admin.bench.shut(door)
    old = (await browser.get(f"/doors/{door}")).form(CLEAR.format(door), content="empty")
    admin.bench.clock.advance(5)
    other = await admin.person(Role.OPERATOR)
    await other.send(await other.get(f"/doors/{door}"), CLEAR.format(door), having={"content": "parcel"})
    await look(admin, other, door)
    await admin.bench.shut(door)
    page = await browser.post(CLEAR.format(door), **old)
    assert "This door has changed meanwhile" in page.text
    reader = await admin.bench.client("read")
    assert (await reader.get(f"/parcels/{stored['parcel']}")).json()["state"] == "check"


async def test_after_a_look_it_is_said_what_is_inside_in_two_steps(admin):
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    stored = await admin.bench.store()
    door = stored["compartment"]
    page = await look(admin, browser, door)
    assert "Step 1 of 2" in page.text
    assert not page.has_form(CLEAR.format(door))
    await admin.bench.shut(door)
    page = await browser.get(f"/doors/{door}")
    assert "Step 2 of 2" in page.text
    page = await browser.send(page, CLEAR.format(door), having={"content": "parcel"})
    assert "holds a parcel for unit 1-201" in page.text
    reader = await admin.bench.client("read")
    assert (await reader.get(f"/parcels/{stored['parcel']}")).json()["state"] == "stored"
    gate = await admin.bench.client("pickup")
    assert (await gate.post("/pickups", json={"code": stored["code"]})).status_code == 201


async def test_found_empty_the_parcel_ends_by_the_word_of_a_named_person(admin):
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    stored = await admin.bench.store()
    door = stored["compartment"]
    await look(admin, browser, door)
    await admin.bench.shut(door)
    page = await browser.send(await browser.get(f"/doors/{door}"), CLEAR.format(door), having={"content": "empty"})
    assert f"{door} is free" in page.text
    cleared = (await admin.bench.events("CompartmentCleared"))[-1]
    assert cleared["by"] == "staff:chen.lin"


async def test_an_empty_compartment_is_not_said_to_hold_a_parcel(admin):
    browser = await admin.person()
    await look(admin, browser)
    await admin.bench.shut("A1")
    page = await browser.get("/doors/A1")
    assert page.form("/doors/A1/clear", content="empty")
    with pytest.raises(AssertionError):
        page.form("/doors/A1/clear", content="parcel")


async def test_clearing_an_open_door_is_refused_with_its_sentence(admin):
    browser = await admin.person()
    await look(admin, browser)
    await admin.bench.shut("A1")
    form = (await browser.get("/doors/A1")).form("/doors/A1/clear", content="empty")
    admin.bench.doors.see("A1", Seen.OPEN)
    await admin.bench.settle()
    await browser.raw("/doors/A1/clear", form)
    reader = await admin.bench.client("read")
    assert (await reader.get("/compartments/A1")).json()["use"] == "check"
    admin.bench.doors.see("A1", Seen.SHUT)
    await admin.bench.settle()
    assert "Push the door shut first" in (await browser.get("/doors/A1")).text


async def test_S3_a_door_is_taken_out_of_use_with_a_reason_and_put_back(admin):
    browser = await admin.person(Role.TECHNICIAN, "zhou.k")
    page = await browser.send(await browser.get("/doors/A6"), "/doors/A6/retire", reason="<b>hinge</b> is bent")
    assert "A6 is out of use: <b>hinge</b> is bent" in page.text
    assert "<b>hinge" not in page.html
    retired = (await admin.bench.events("CompartmentRetired"))[-1]
    assert (retired["by"], retired["data"]["reason"]) == ("staff:zhou.k", "<b>hinge</b> is bent")
    page = await browser.send(page, "/doors/A6/restore")
    assert "A6 is free" in page.text


async def test_a_lock_that_did_not_open_is_said_and_not_called_open(admin):
    admin.bench.doors.jammed.add("A1")
    browser = await admin.person()
    page = await look(admin, browser)
    assert "A1 opens now" in page.text
    assert "A1 is open" not in page.text
    for _ in range(6):
        admin.bench.clock.advance(31)
        await admin.bench.shut()
    page = await browser.get("/doors/A1")
    assert "A1 did not open" in page.text


async def photographed(admin, door="A1"):
    """A door forced open, and a picture of it kept as the camera does; the picture's name."""
    admin.bench.doors.see(door, Seen.OPEN)
    await admin.bench.settle()
    forced = (await admin.bench.events("DoorForced"))[-1]
    kept = SnapshotStore(admin.bench.context.journal.folder).save(b"\xff\xd8 a picture", "2026-03-01")
    taken = SnapshotTaken(
        compartment=door, parcel="", cause="forced", of=forced["seq"], sha256=kept.sha256, day=kept.day, size=kept.size
    )
    await admin.bench.engine.record(taken, "camera")
    return kept.sha256


async def test_pictures_are_seen_when_asked_for_and_that_is_recorded(admin):
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    sha256 = await photographed(admin)
    page = await browser.get("/doors/A1")
    assert sha256 not in page.html
    assert (await browser.get(f"/pictures/{sha256}")).status == 403
    page = await browser.send(page, "/doors/A1/pictures")
    assert f'src="/pictures/{sha256}"' in page.html
    answer = (await browser.get(f"/pictures/{sha256}")).answer
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\xd8 a picture", "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    noted = [each for each in await admin.bench.events("Noted") if each["data"]["what"] == "pictures-shown"]
    assert [(each["by"], each["data"]["about"], each["data"]["reason"]) for each in noted] == [
        ("staff:chen.lin", "door A1", "dispute")
    ]
    admin.bench.clock.advance(301)
    assert (await browser.get(f"/pictures/{sha256}")).status == 403


async def test_a_line_of_a_doors_history_leads_to_its_parcel_by_unit_of_those_that_left_too(admin):
    stored = await admin.bench.store()
    gate = await admin.bench.client("pickup")
    await gate.post("/pickups", json={"code": stored["code"]})
    await admin.bench.shut(stored["compartment"])
    page = await (await admin.person(Role.TECHNICIAN)).get(f"/doors/{stored['compartment']}")
    assert f'<a class="picture" href="/parcels/{stored["parcel"]}">Parcel for unit 1-201</a>' in page.html


async def test_a_picture_that_tells_of_two_doors_is_seen_at_the_one_that_was_asked_for(admin):
    browser = await admin.person(Role.OPERATOR)
    sha256 = await photographed(admin, "A1")
    assert await photographed(admin, "A2") == sha256, "the same front for both"
    page = await browser.send(await browser.get("/doors/A2"), "/doors/A2/pictures")
    assert f'src="/pictures/{sha256}"' in page.html
    assert (await browser.get(f"/pictures/{sha256}")).status == 200


async def test_who_may_not_see_names_sees_no_pictures(admin):
    browser = await admin.person(Role.TECHNICIAN)
    sha256 = await photographed(admin)
    page = await browser.get("/doors/A1")
    assert not page.has_form("/doors/A1/pictures")
    mark = (await browser.get("/me")).form("/sign-out")["csrf"]
    assert (await browser.raw("/doors/A1/pictures", {"csrf": mark})).status_code == 403
    assert (await browser.get(f"/pictures/{sha256}")).status == 403


@pytest.mark.parametrize("name", ["0" * 64, "x", "..%2f..%2fkey"])
async def test_a_picture_that_is_none_is_404(admin, name):
    assert (await (await admin.person()).get(f"/pictures/{name}")).status == 404


ACTS = {
    Right.OPEN: {"reason": "look inside"},
    Right.CLEAR: {"content": "empty"},
    Right.RETIRE: {"reason": "lock is stiff"},
    Right.RESTORE: {},
}
MAY = {
    Role.OPERATOR: {Right.OPEN, Right.CLEAR},
    Role.TECHNICIAN: {Right.OPEN, Right.RETIRE, Right.RESTORE},
    Role.SUPERVISOR: set(ACTS),
    Role.AUDITOR: set(),
}


@pytest.mark.parametrize("role", list(Role))
async def test_SEC_03_each_role_has_the_orders_that_it_may_give_and_no_other(admin, role):
    browser = await admin.person(role)
    mark = (await browser.get("/me")).form("/sign-out")["csrf"]
    for right, said in ACTS.items():
        answer = await browser.raw(f"/doors/A1/{right.value}", {"csrf": mark, "state": "x", **said})
        assert answer.status_code == (303 if right in MAY[role] else 403), right
    page = await browser.get("/doors/A2")
    assert page.has_form("/doors/A2/open") == (Right.OPEN in MAY[role])
    assert page.has_form("/doors/A2/retire") == (Right.RETIRE in MAY[role])
    assert ("Your role reads" in page.text) == (role is Role.AUDITOR)
    assert admin.bench.doors.pulses == []


async def test_C16_a_shared_door_names_every_parcel_and_each_is_settled_by_itself(admin):
    bench = admin.bench
    first, second = await bench.store("SF0001"), await bench.store("SF0002", join=True)
    door = first["compartment"]
    assert second["compartment"] == door
    browser = await admin.person()
    page = await browser.get(f"/doors/{door}")
    for stored in (first, second):
        assert f'href="/parcels/{stored["parcel"]}"' in page.html
    await browser.send(page, f"/doors/{door}/open", reason="look inside")
    await bench.shut(door)
    page = await browser.get(f"/doors/{door}")
    form = page.form(f"/doors/{door}/clear", content="parcel")
    ticks = {f"found.{stored['parcel']}" for stored in (first, second)}
    assert ticks <= form.keys()
    del form[f"found.{first['parcel']}"]
    await browser.post(f"/doors/{door}/clear", **form)
    parcels = bench.engine.site.parcels
    assert first["parcel"] not in parcels
    assert parcels[second["parcel"]].state == "stored"


@pytest.mark.parametrize(
    "path", ["/doors/Z9", "/doors/a1", "/doors/%00", "/doors/..%2f..", "/parcels/none", "/parcels/%27%20or%201=1"]
)
async def test_what_is_not_there_is_404(admin, path):
    assert (await (await admin.person()).get(path)).status == 404


async def test_a_word_that_is_no_content_is_422(admin):
    browser = await admin.person()
    mark = (await browser.get("/me")).form("/sign-out")["csrf"]
    answer = await browser.raw("/doors/A1/clear", {"csrf": mark, "content": "bomb"})
    assert answer.status_code == 422
    assert "content" in answer.text


async def test_a_sealed_cabinet_says_so_and_can_be_looked_at(admin):
    browser = await admin.person()
    form = (await browser.get("/doors/A1")).form("/doors/A1/open")
    admin.bench.context.journal.db.execute("pragma query_only = on")
    page = await browser.post("/doors/A1/open", **form | {"reason": "look inside"})
    assert "Nothing can be opened or changed right now" in page.text
    assert "No door can be opened right now" in (await browser.get("/")).text
    assert admin.bench.doors.pulses == []
    other = admin.browser(source="192.0.2.77")
    assert "No door can be opened right now" in (await other.sign_in("supervisor.one")).text
    admin.bench.context.journal.db.execute("pragma query_only = off")
