"""The page of one parcel: everything that ever happened to it, and every order that it allows, asked like a person."""

import pytest
from staff_bench import an_office

from locker.core.model import Seen
from locker.services.cases import CaseRequest, Source
from locker.services.people import ParcelGroup, Role

HOUR = 3600


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        office.parcel = await office.bench.store("SF1029384740192", size="S")
        office.path = f"/parcels/{office.parcel['parcel']}"
        office.door = office.parcel["compartment"]
        office.bench.clock.advance(60)
        yield office


async def order(office, browser, name, **typed):
    return await browser.send(await browser.get(office.path), f"{office.path}/{name}", **typed)


def offered(office, page):
    """Which orders a page has."""
    start = f"{office.path}/"
    return {where.removeprefix(start) for where, _ in page.forms if (where or "").startswith(start)}


def here(office):
    return office.bench.context.engine.site.parcels.get(office.parcel["parcel"])


async def events_of(office, kind):
    return [each for each in await office.bench.events(kind) if each["data"].get("parcel") == office.parcel["parcel"]]


async def test_a_parcel_at_rest_offers_what_is_possible_and_nothing_else(office):
    browser = await office.person(Role.OPERATOR)
    page = await browser.get(office.path)
    assert offered(office, page) == {"show", "release", "new-code", "more-time", "move", "hold", "reassign"}
    courier = await office.bench.client("pickup")
    await courier.post("/pickups", json={"code": office.parcel["code"]})
    busy = await browser.get(office.path)
    assert not offered(office, busy) & {"release", "move", "hold", "new-code"}, "somebody is at its door"
    await office.bench.shut(office.door)
    office.bench.clock.advance(120)
    await office.bench.settle()
    assert offered(office, await browser.get(office.path)) == {"show"}, "it has left"


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR])
async def test_who_handles_no_parcels_sees_no_order(office, role):
    page = await (await office.person(role)).get(office.path)
    assert offered(office, page) == set()
    assert "Code and QR code" in page.text, "what opens it may be read, never the code"
    assert office.parcel["code"] not in page.html


async def test_REL_03_a_parcel_is_handed_out_only_with_the_identity_ticked_and_to_somebody_named(office):
    browser = await office.person(Role.OPERATOR, "chen")
    form = (await browser.get(office.path)).form(f"{office.path}/release")
    assert "identity" not in form, "nothing is ticked for them"
    page = await browser.post(f"{office.path}/release", **form)
    assert "tick that you have seen a document" in page.text
    page = await order(office, browser, "release", identity="1", who="other")
    assert "Say why" in page.text or "reason" in page.text.lower()
    assert office.bench.doors.pulses == [office.door], "only the drop-off has opened a door yet"
    page = await order(office, browser, "release", identity="1", who="resident")
    (released,) = await events_of(office, "ParcelReleased")
    assert (released["by"], released["data"]["reason"], released["data"]["identity"]) == (
        "staff:chen",
        "resident",
        "seen",
    )
    await office.bench.shut(office.door)
    assert here(office) is None or here(office).state == "collected"
    assert "Handed out by staff: identity seen" in (await browser.get(office.path)).text


@pytest.mark.parametrize("name", ["release", "unhold"])
async def test_REL_03_what_lets_a_parcel_go_without_its_code_needs_a_fresh_code_of_the_app(office, name):
    browser = await office.person(Role.OPERATOR)
    if name == "unhold":
        await order(office, browser, "hold", reason="dispute")
    form = (await browser.get(office.path)).form(f"{office.path}/{name}")
    office.bench.clock.advance(400)
    stale = await browser.get(office.path)
    assert f"/prove?next={office.path}" in stale.html, "the page says so before anything is typed"
    asked = await browser.post(f"{office.path}/{name}", **{**form, "who": "resident", "identity": "1"})
    assert asked.answer.url.path == "/prove"
    assert await events_of(office, "ParcelReleased") + await events_of(office, "HoldEnded") == []
    back = await browser.send(asked, f"/prove?next={office.path}", code=office.phone.code("operator.one"))
    assert back.answer.url.path == office.path
    await order(office, browser, name, **({"who": "resident", "identity": "1"} if name == "release" else {}))
    assert await events_of(office, "ParcelReleased") + await events_of(office, "HoldEnded") != []


async def test_REL_11_staff_hold_a_parcel_end_the_hold_and_the_code_works_again(office):
    browser = await office.person(Role.OPERATOR)
    page = await order(office, browser, "hold", reason="x")
    assert here(office).held == "", "a reason of one letter is none"
    page = await order(office, browser, "hold", reason="dispute")
    assert here(office).held == "dispute"
    assert "is held" in page.text
    assert offered(office, page) & {"release", "new-code", "hold", "move", "more-time"} == set()
    pickup = await office.bench.client("pickup")
    assert (await pickup.post("/pickups", json={"code": office.parcel["code"]})).status_code != 201
    await order(office, browser, "unhold")
    office.bench.clock.advance(2)
    assert (await pickup.post("/pickups", json={"code": office.parcel["code"]})).status_code == 201


async def test_what_a_case_holds_is_let_go_by_the_case_and_the_page_says_so(office):
    service = office.bench.context.cases.service
    receipt = await service.open_case(
        CaseRequest(kind="damaged", source=Source.STAFF, by="staff:x", parcel=office.parcel["parcel"])
    )
    await office.bench.settle()
    assert here(office).held == f"case {receipt.number}"
    page = await (await office.person(Role.OPERATOR)).get(office.path)
    assert f"For case {receipt.number}" in page.text
    assert f'href="/cases/{receipt.number}"' in page.html
    assert "unhold" not in offered(office, page)


async def test_REL_11_staff_give_more_time_with_a_reason_as_often_as_there_is_one(office):
    browser = await office.person(Role.OPERATOR)
    before = here(office).deadline
    await order(office, browser, "more-time", hours="24", reason="in hospital")
    await order(office, browser, "more-time", hours="48", reason="in hospital still")
    assert (here(office).deadline - before).total_seconds() == 72 * HOUR
    assert [each["data"]["reason"] for each in await events_of(office, "DeadlineShifted")] == [
        "in hospital",
        "in hospital still",
    ]
    assert "how much time" in (await order(office, browser, "more-time", hours="9999", reason="for ever")).text


async def test_REL_11_staff_move_a_parcel_to_the_shelf(office):
    browser = await office.person(Role.OPERATOR)
    page = await browser.get(office.path)
    assert 'value="shelf"' in page.html
    await order(office, browser, "move", to="shelf")
    await office.bench.shut(office.door)
    assert here(office).place == "shelf"
    page = await browser.get(office.path)
    assert "At Shelf at the desk" in page.text
    listed = await browser.send(await browser.get("/parcels"), "/parcels", group="places", text="")
    assert "Shelf at the desk" in listed.text


async def test_a_new_code_goes_out_and_the_old_one_is_dead(office):
    browser = await office.person(Role.OPERATOR)
    page = await order(office, browser, "new-code")
    pickup = await office.bench.client("pickup")
    answer = await pickup.post("/pickups", json={"code": office.parcel["code"]})
    assert answer.status_code == 404
    assert page.text.count("Code and QR code") == 2, "the old one stands there as dead"
    assert "Dead" in page.text


async def test_S2_a_parcel_in_the_wrong_name_is_given_to_whose_it_is_and_the_code_told_before_is_dead(office):
    right = (await office.bench.resident(unit="2-305", name="Zhao Rui", phone="+8613900000002"))["id"]
    browser = await office.person(Role.OPERATOR)
    page = await order(office, browser, "reassign", unit="9-999", reason="typed wrongly")
    assert "Nobody of this unit" in page.text
    assert 'id="order-reassign" open' in page.html
    page = await order(office, browser, "reassign", unit="2-305", reason="typed wrongly")
    assert "Staff said that it is for somebody else" in page.text
    assert here(office).recipients == (right,)
    pickup, read = await office.bench.client("pickup"), await office.bench.client("read")
    assert (await pickup.post("/pickups", json={"code": office.parcel["code"]})).status_code == 404
    assert (await read.get(office.path)).json()["unit"] == "2-305"
    (told,) = await events_of(office, "ParcelReassigned")
    assert (told["by"], told["data"]["reason"], "unit" in told["data"]) == (
        "staff:operator.one",
        "typed wrongly",
        False,
    )
    found = await browser.send(await browser.get("/parcels"), "/parcels", text="2-305")
    assert office.path in found.html


async def test_S2_a_parcel_goes_to_somebody_else_only_after_a_fresh_code_of_the_app(office):
    browser = await office.person(Role.OPERATOR)
    form = (await browser.get(office.path)).form(f"{office.path}/reassign")
    office.bench.clock.advance(400)
    asked = await browser.post(f"{office.path}/reassign", **{**form, "unit": "1-201", "reason": "typed wrongly"})
    assert asked.answer.url.path == "/prove"
    assert await events_of(office, "ParcelReassigned") == []


async def test_S2_a_program_of_staff_says_for_whom_a_parcel_is_and_is_refused_by_the_words_of_the_document(office):
    bench, path = office.bench, f"{office.path}/reassign"
    staff = await bench.client("staff")
    to = {"recipient": {"unit": "1-201"}, "reason": "typed wrongly"}
    assert (await staff.post(path, json=to)).json()["code"] == "not-now", "it is theirs already"
    await bench.resident(unit="2-305", name="Zhao Rui", phone="+8613900000002", consent=False)
    for unit, code in (("9-999", "unknown-recipient"), ("2-305", "consent-needed")):
        answer = await staff.post(path, json={**to, "recipient": {"unit": unit}})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    await bench.resident(unit="2-306", name="Zhao Rui", phone="+8613900000003")
    answer = await staff.post(path, json={**to, "recipient": {"unit": "2-306"}})
    assert (answer.status_code, answer.json()["state"]) == (200, "stored")


async def test_the_code_of_somebody_sent_is_ended_on_the_page(office):
    browser = await office.person(Role.OPERATOR)
    staff = await office.bench.client("staff")
    until = (office.bench.clock.now().replace(microsecond=0)).isoformat()
    until = until.replace("2026-03-01", "2026-03-02")
    made = await staff.post(
        f"/parcels/{office.parcel['parcel']}/credentials",
        json={"kind": "delegate", "name": "Sun Li", "until": until.replace("+00:00", "Z")},
    )
    assert made.status_code == 201, made.text
    page = await browser.get(office.path)
    assert "Sun" in page.text
    assert "Sun Li" not in page.text, "masked like every name"
    await browser.send(page, f"{office.path}/end-credential", having={"credential": made.json()["id"]})
    assert [each["data"]["credential"] for each in await events_of(office, "CredentialEnded")] == [made.json()["id"]]


async def test_REL_04_an_overdue_parcel_is_handed_back_to_a_courier_who_is_named(office):
    browser = await office.person(Role.OPERATOR)
    assert "return" not in offered(office, await browser.get(office.path)), "not before it is overdue"
    office.bench.clock.advance(73 * HOUR)
    await office.bench.settle()
    await browser.sign_in("operator.one")
    page = await browser.get(office.path)
    assert "Overdue since" in page.text
    assert "which courier" in (await order(office, browser, "return", courier=" ")).text
    await order(office, browser, "return", courier="Liu P.")
    await office.bench.shut(office.door)
    row = await office.bench.client("read")
    assert (await row.get(office.path)).json()["state"] == "returned"


async def test_a_form_that_is_sent_twice_is_done_once(office):
    browser = await office.person(Role.OPERATOR)
    form = (await browser.get(office.path)).form(f"{office.path}/more-time") | {"reason": "in hospital"}
    for _ in range(2):
        await browser.post(f"{office.path}/more-time", **form)
    assert len(await events_of(office, "DeadlineShifted")) == 1


async def test_a_refusal_stands_beside_its_form_with_what_was_typed(office):
    browser = await office.person(Role.OPERATOR)
    form = (await browser.get(office.path)).form(f"{office.path}/move")
    office.bench.doors.see(office.door, Seen.UNSEEN)
    await office.bench.settle()
    page = await browser.post(f"{office.path}/move", **form)
    assert "The switch does not answer" in page.text
    assert 'id="order-move" open' in page.html


@pytest.mark.parametrize("name", ["release", "hold", "new-code", "more-time", "move", "return", "take-over"])
async def test_what_has_left_or_never_was_takes_no_order(office, name):
    browser = await office.person(Role.OPERATOR)
    form = {"csrf": (await browser.get("/me")).form("/sign-out")["csrf"], "reason": "look inside"}
    assert (await browser.raw(f"/parcels/p0000000000/{name}", form)).status_code == 404


async def test_QRY_01_what_is_expected_held_and_going_out_has_its_tab_and_its_count(office):
    staff, browser = await office.bench.client("deposit"), await office.person(Role.OPERATOR)
    booked = await staff.post(
        "/outbound", json={"unit": "1-201", "name": "Wang Ming", "carrier": "SF Express", "size": "S", "type": "parcel"}
    )
    assert booked.status_code in {201, 422}, booked.text
    await order(office, browser, "hold", reason="dispute")
    form = (await browser.get("/parcels")).form("/parcels")
    page = await browser.post("/parcels", **{**form, "text": "", "group": "held"})
    assert ("SF…40192" in page.text, 'id="tab-held"' in page.html) == (True, True)
    for group in ParcelGroup:
        assert (await browser.post("/parcels", **{**form, "text": "", "group": group.value})).status == 200


async def test_QRY_01_a_search_says_by_what_each_parcel_was_found(office):
    await office.bench.resident("0192", "Zhao Lei", "+8613800007777")
    await office.bench.store("YT5550001177310", size="M", recipient={"unit": "0192"})
    browser = await office.person(Role.OPERATOR)
    page = await browser.send(await browser.get("/parcels"), "/parcels", text="0192", group="all")
    assert "2 parcels fit." in page.text
    unit, tracking = page.html.index("<h2>Unit</h2>"), page.html.index("<h2>Tracking number</h2>")
    assert unit < page.html.index("YT…") < tracking < page.html.index("SF…")


async def test_OB_15_staff_note_that_they_have_seen_who_sends_a_parcel(office):
    carrier = await office.bench.client("deposit")
    body = {"sender": {"unit": "1-201", "name": "Wang Ming"}, "carrier": "SF Express", "size": "S", "type": "return"}
    parcel = (await carrier.post("/outbound", json=body)).json()["parcel"]
    browser, path = await office.person(Role.OPERATOR, "chen"), f"/parcels/{parcel}"
    page = await browser.get(path)
    assert "nobody has checked it" in page.text
    form = page.form(f"{path}/sender-check")
    page = await browser.post(f"{path}/sender-check", **form)
    assert "tick that you have seen a document" in page.text
    page = await browser.send(page, f"{path}/sender-check", seen="1")
    assert "checked by staff" in page.text
    assert not page.has_form(f"{path}/sender-check")
    (checked,) = await office.bench.events("SenderChecked")
    assert (checked["by"], checked["data"]["checked_by"]) == ("staff:chen", "staff")
    assert "s identity" not in (await browser.get(office.path)).text, "what comes in has its carrier"
