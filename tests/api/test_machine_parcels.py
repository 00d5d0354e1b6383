"""One parcel beside its door over the machine API: who may fetch it, what is said at the open door, what goes out."""

import re

import pytest
from machine_bench import COURIER, a_bench
from pydantic import TypeAdapter

from api.machine.parcel_operations import PARCEL_OPERATIONS
from locker.core.model import Seen
from locker.journal.audit import audit
from locker.journal.store import read_only
from locker.services.policies import NewVersion, Promise, PromiseTable, PromiseUnit

UNTIL = "2026-03-02T08:00:00Z"


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench
    audit(read_only(tmp_path))


async def pickup(bench, **said):
    caller = await bench.client("pickup")
    answer = await caller.post("/pickups", json=said)
    await bench.settle()
    return answer


async def state(bench, parcel):
    reader = await bench.client("read")
    return (await reader.get(f"/parcels/{parcel}")).json()["state"]


async def delegate(bench, parcel, name="Ann", until=UNTIL, **headers):
    staff = await bench.client("staff")
    body = {"kind": "delegate", "name": name, "until": until}
    return await staff.post(f"/parcels/{parcel}/credentials", json=body, headers=headers)


async def test_REL_05_a_delegate_gets_code_and_token_once_and_opens_that_parcel(bench):
    stored = await bench.store()
    answer = await delegate(bench, stored["parcel"])
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["until"]) == ("delegate", "2026-03-02T08:00:00.000Z")
    listed = (await (await bench.client("read")).get(f"/parcels/{stored['parcel']}/credentials")).json()
    assert [(one["kind"], one["name"], one["ended"]) for one in listed] == [
        ("code", None, None),
        ("token", None, None),
        ("delegate", "Ann", None),
    ]
    assert made["code"] not in str(listed)
    opened = await pickup(bench, code=made["code"])
    assert opened.json()["openings"] == [{"parcel": stored["parcel"], "compartment": stored["compartment"]}]
    assert (await pickup(bench, token=made["token"])).json() == opened.json()


async def test_REL_05_the_same_key_tells_the_same_code_again_and_no_table_holds_it(bench):
    stored = await bench.store()
    key = {"Idempotency-Key": "once"}
    first, again = await delegate(bench, stored["parcel"], **key), await delegate(bench, stored["parcel"], **key)
    assert first.json() == again.json()
    dump = "\n".join(bench.context.journal.db.conn.iterdump())
    assert first.json()["code"] not in dump
    assert first.json()["token"] not in dump


async def test_REL_05_used_expired_and_revoked_are_three_ends_inside_and_one_unknown_code_outside(bench):
    stored = await bench.store()
    sent = [(await delegate(bench, stored["parcel"])).json() for _ in range(2)]
    soon = (await delegate(bench, stored["parcel"], until="2026-03-01T08:10:00+00:00")).json()
    staff = await bench.client("staff")
    path = f"/parcels/{stored['parcel']}/credentials"
    assert (await staff.delete(f"{path}/{sent[0]['id']}")).json()["ended"] == "revoked"
    assert (await staff.delete(f"{path}/{sent[0]['id']}")).status_code == 404
    bench.clock.advance(601)
    await bench.settle()
    opened = await pickup(bench, code=sent[1]["code"])
    await bench.shut(stored["compartment"])
    bench.clock.advance(61)
    await bench.settle()
    told = set()
    for code in (sent[0]["code"], soon["code"], sent[1]["code"], stored["code"], "00000000"):
        bench.clock.advance(2)
        refused = await pickup(bench, code=code)
        told.add(refused.text)
    assert len(told) == 1
    assert '"unknown-code"' in told.pop()
    assert opened.status_code == 201
    listed = (await (await bench.client("read")).get(path)).json()
    ends = {one["id"]: one["ended"] for one in listed}
    assert [ends[one["id"]] for one in (sent[0], soon, sent[1])] == ["revoked", "expired", "used"]
    assert all(one["name"] is None for one in listed), "names are kept no longer than what they are for"


async def test_a_replaced_code_goes_out_by_notice_and_never_in_the_answer(bench):
    stored = await bench.store()
    staff = await bench.client("staff")
    answer = await staff.post(f"/parcels/{stored['parcel']}/credentials", json={"kind": "replacement"})
    assert answer.status_code == 201
    assert (answer.json()["code"], answer.json()["token"]) == (None, None)
    assert (await pickup(bench, code=stored["code"])).json()["code"] == "unknown-code"
    query = "select blob from sealed where parcel = ?"
    blob = bench.context.journal.db.execute(query, [stored["parcel"]]).fetchone()[0]
    new, _ = bench.context.vault.unseal(blob)
    bench.clock.advance(2)
    assert (await pickup(bench, code=new)).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "delegate"}, "body"),
        ({"kind": "delegate", "name": "Ann"}, "body"),
        ({"kind": "delegate", "name": "Ann", "until": "tomorrow"}, "until"),
        ({"kind": "delegate", "name": "Ann", "until": "2026-03-02T08:00:00"}, "until"),
        ({"kind": "delegate", "name": "Ann", "until": "9999-12-31T23:59:59-23:59"}, "until"),
        ({"kind": "replacement", "name": "Ann"}, "body"),
        ({"kind": "staff"}, "kind"),
    ],
)
async def test_REL_05_a_credential_that_cannot_be_read_is_422_and_names_what(bench, body, field):
    stored = await bench.store()
    answer = await (await bench.client("staff")).post(f"/parcels/{stored['parcel']}/credentials", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_R16_what_is_put_back_is_stored_again(bench):
    stored = await bench.store()
    opened = (await pickup(bench, code=stored["code"])).json()
    caller = await bench.client("pickup")
    answer = await caller.post(f"/pickups/{opened['pickup']}/put-back")
    assert answer.status_code == 200
    assert answer.json()["parcels"] == [
        {"parcel": stored["parcel"], "compartment": stored["compartment"], "state": "collecting", "held": None}
    ]
    await bench.shut(stored["compartment"])
    assert await state(bench, stored["parcel"]) == "stored"
    assert (await pickup(bench, code=stored["code"])).status_code == 201


async def test_REL_07_R16_what_is_rejected_is_held_and_staff_see_it(bench):
    stored = await bench.store()
    opened = (await pickup(bench, code=stored["code"])).json()
    other = await bench.client("pickup", "read")
    path = f"/pickups/{opened['pickup']}/reject"
    assert (await other.post(path, json={"why": "damaged"})).status_code == 404, "another's pickup"
    caller = await bench.client("pickup")
    answer = await caller.post(path, json={"why": "damaged"})
    assert answer.json()["parcels"] == [
        {
            "parcel": stored["parcel"],
            "compartment": stored["compartment"],
            "state": "check",
            "held": "rejected as damaged",
        }
    ]
    await bench.shut(stored["compartment"])
    assert (await pickup(bench, code=stored["code"])).json()["code"] == "held"
    assert [event["data"]["why"] for event in await bench.events("PickupRejected")] == ["damaged"]
    assert (await caller.post(path, json={"why": "damaged"})).status_code == 404


async def test_REL_07_acceptance_is_said(bench):
    stored = await bench.store(flags=["accept"])
    opened = (await pickup(bench, code=stored["code"])).json()
    caller = await bench.client("pickup")
    assert (await caller.post(f"/pickups/{opened['pickup']}/accept")).status_code == 200
    await bench.shut(stored["compartment"])
    bench.clock.advance(61)
    await bench.settle()
    assert [event["data"]["by_rule"] for event in await bench.events("PickupAccepted")] == [False]


async def test_R6_all_of_mine_opens_every_door_and_an_insured_one_asks_for_the_second_item(bench):
    one, two = await bench.store("T1"), await bench.store("T2", flags=["insured"])
    refused = await pickup(bench, token=one["token"], all=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "second-needed")
    opened = await pickup(bench, token=one["token"], all=True, second="0001")
    assert opened.status_code == 201, opened.text
    assert opened.json()["openings"] == [
        {name: each[name] for name in ("parcel", "compartment")} for each in (one, two)
    ]
    assert [bench.doors.truth[each["compartment"]] for each in (one, two)] == [Seen.OPEN, Seen.OPEN]
    assert (await pickup(bench, token=one["token"], second="0001")).status_code == 422


async def test_C16_a_joined_parcel_lies_behind_the_same_door_and_leaves_with_the_other(bench):
    one = await bench.store("T1")
    two = await bench.store("T2", join=True)
    assert two["compartment"] == one["compartment"]
    reader = await bench.client("read")
    door = (await reader.get(f"/compartments/{one['compartment']}")).json()
    assert door["parcels"] == [one["parcel"], two["parcel"]]
    opened = (await pickup(bench, code=two["code"])).json()
    assert [each["parcel"] for each in opened["openings"]] == [two["parcel"], one["parcel"]]
    await bench.shut(one["compartment"])
    assert {await state(bench, each["parcel"]) for each in (one, two)} == {"collected"}
    for each in (one, two):
        timeline = (await reader.get(f"/parcels/{each['parcel']}")).json()["timeline"]
        kinds = [event["kind"] for event in timeline]
        assert kinds.count("ParcelStored") == kinds.count("ParcelCollected") == 1
        assert kinds.count("UnlockOrdered") == kinds.count("DoorOpened") == kinds.count("DoorShut") == 2


async def test_C16_staff_say_which_of_several_parcels_is_inside(bench):
    one = await bench.store("T1")
    two = await bench.store("T2", join=True)
    door, staff = one["compartment"], await bench.client("staff")
    await staff.post(f"/compartments/{door}/open", json={"reason": "look"})
    await bench.shut(door)
    clear = f"/compartments/{door}/clear"
    wrong = await staff.post(clear, json={"content": "empty", "parcels": [two["parcel"]]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    unknown = await staff.post(clear, json={"content": "parcel", "parcels": ["p0000000000"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown")
    told = await staff.post(clear, json={"content": "parcel", "parcels": [two["parcel"]]})
    assert told.json()["parcels"] == [two["parcel"]]
    assert (await state(bench, one["parcel"]), await state(bench, two["parcel"])) == ("withdrawn", "stored")


async def book(bench, **more):
    caller = await bench.client("deposit")
    body = {"sender": {"unit": "1-201", "name": "Wang Ming"}, "carrier": "SF Express", "size": "S", "type": "return"}
    return await caller.post("/outbound", json=body | more)


async def test_EXC_06_OB_10_a_booking_goes_in_with_its_code_and_out_with_its_carrier(bench):
    answer = await book(bench, declared=300, return_code="SFR0001")
    assert answer.status_code == 201, answer.text
    booking = answer.json()
    assert await state(bench, booking["parcel"]) == "expected"
    opened = (await pickup(bench, code=booking["code"])).json()
    door = opened["openings"][0]["compartment"]
    await bench.shut(door)
    assert await state(bench, booking["parcel"]) == "stored"
    carrier = await bench.client("deposit")
    path = f"/parcels/{booking['parcel']}/hand-over"
    strange = {"courier": {"company": "YTO", "name": "Bo"}}
    assert (await carrier.post(path, json=strange)).status_code == 404, "another carrier's"
    answer = await carrier.post(path, json={"courier": COURIER, "weight_g": 1200})
    assert answer.status_code == 201, answer.text
    await bench.shut(door)
    reader = await bench.client("read")
    told = (await reader.get(f"/parcels/{booking['parcel']}")).json()
    assert (told["state"], told["tracking"], told["courier"]["name"]) == ("collected", "SFR0001", COURIER["name"])
    (handed,) = await bench.events("HandOverStarted")
    assert (handed["data"]["weight_g"], handed["data"]["company"]) == (1200, "SF Express")
    assert COURIER["name"] not in str(handed)


async def test_OB_15_who_checked_a_sender_and_when_is_kept_and_never_a_document(bench):
    booking = (await book(bench)).json()
    path = f"/parcels/{booking['parcel']}/sender-check"
    carrier, reader = await bench.client("deposit"), await bench.client("read")
    document = await carrier.post(path, json={"checked_by": "carrier", "document": "E12345678"})
    assert (document.status_code, document.json()["errors"][0]["field"]) == (422, "document")
    for claimed in ("somebody", "staff"):  # a carrier's token does not speak for staff
        refused = await carrier.post(path, json={"checked_by": claimed})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "checked_by")
    assert (await reader.get(f"/parcels/{booking['parcel']}")).json()["identity"] == ""
    assert (await carrier.post(path, json={"checked_by": "carrier"})).status_code == 200
    told = (await reader.get(f"/parcels/{booking['parcel']}")).json()
    (checked,) = [each for each in told["timeline"] if each["kind"] == "SenderChecked"]
    assert told["identity"] == "carrier"
    assert checked["by"].startswith("token:")
    assert set(checked["data"]) == {"parcel", "checked_by"}
    stored = await bench.store("SF1")
    answer = await carrier.post(f"/parcels/{stored['parcel']}/sender-check", json={"checked_by": "carrier"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-now")


@pytest.mark.parametrize("contents", ["battery", "cash", "drug", "flammable", "live-animal", "toxic", "weapon"])
async def test_OB_03_what_no_carrier_takes_along_is_refused_before_a_door_is_promised(bench, contents):
    answer = await book(bench, contents=contents)
    assert (answer.status_code, answer.json()["code"]) == (409, "prohibited")
    assert not bench.engine.site.parcels
    assert (await book(bench, contents="electronics")).status_code == 201


async def test_OB_03_the_address_is_that_of_a_resident_and_contents_are_a_word(bench):
    answer = await book(bench, sender={"unit": "9-999", "name": "Wang Ming"})
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown-recipient")
    answer = await book(bench, contents="my old shoes")
    assert (answer.status_code, answer.json()["field"]) == (422, "contents")


async def test_OB_16_who_shows_the_code_knows_the_service_its_price_and_its_time(bench):
    promise = Promise(name="delivery", company="SF Express", within=3, unit=PromiseUnit.DAYS)
    await bench.context.rules.add(NewVersion(1, PromiseTable(promises=(promise,)), "contract"), "staff:boss")
    told = (await book(bench, declared=100_000)).json()
    assert (told["carrier"], told["premium"]) == ("SF Express", 500)
    assert told["promise"] == {"within": 3, "unit": "days"}
    assert told["reserved_until"].startswith("2026-03-04T08:0")
    assert bench.doors.pulses == [], "nothing opens before"
    other = (await book(bench, carrier="YTO", return_code="SFR0009")).json()
    assert (other["promise"], other["premium"]) == (None, None), "what was not promised is not invented"


async def test_EXC_06_a_booking_goes_in_by_the_api_with_its_own_code_only(bench):
    booking, other = (await book(bench)).json(), (await book(bench)).json()
    caller = await bench.client("deposit")
    wrong = await caller.post("/deposits", json={"booking": booking["booking"], "code": other["code"]})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown-code")
    bench.clock.advance(2)
    body = {"booking": booking["booking"], "code": booking["code"]}
    answer = await caller.post("/deposits", json=body)
    assert answer.status_code == 201, answer.text
    deposit = answer.json()
    assert (deposit["parcel"], deposit["state"]) == (booking["parcel"], "depositing")
    assert (await caller.post("/deposits", json=body)).json() == deposit
    await bench.shut(deposit["compartment"])
    assert (await caller.get(f"/deposits/{deposit['deposit']}")).json()["state"] == "stored"
    bench.clock.advance(61)
    assert (await caller.post("/deposits", json=body)).json()["code"] == "unknown-code"
    missing = await caller.post("/deposits", json={"booking": "b1"})
    assert (missing.status_code, missing.json()["field"]) == (422, "code")
    assert (await caller.post("/deposits", json={**body, "tracking": "T1"})).status_code == 422


async def test_a_booking_of_nobody_or_of_a_code_that_is_booked_already_is_refused(bench):
    assert (await book(bench, sender={"unit": "1-201", "name": "Nobody"})).json()["code"] == "unknown-recipient"
    assert (await book(bench, return_code="SFR0001")).status_code == 201
    assert (await book(bench, return_code="SFR0001")).json()["code"] == "duplicate-tracking"
    assert (await book(bench, declared=-1)).status_code == 422


async def test_answers_have_the_shape_and_the_status_that_the_document_says(bench):
    """A walk through every call about parcels, each answer held against the model of the document."""
    reader, staff = await bench.client("read"), await bench.client("staff")
    courier, gate = await bench.client("deposit"), await bench.client("pickup")
    one, two = await bench.store("T1"), await bench.store("T2", size="M")
    booking = (await book(bench)).json()
    brought = (await pickup(bench, code=booking["code"])).json()
    await bench.shut(brought["openings"][0]["compartment"])
    opened = [(await pickup(bench, code=each["code"])).json()["pickup"] for each in (one, two)]
    sender = {"unit": "1-201", "name": "Wang Ming"}
    order = {"sender": sender, "carrier": "SF Express", "size": "S", "type": "parcel"}
    credentials = f"/parcels/{two['parcel']}/credentials"
    seen = set()
    for client, method, path, body in [
        (gate, "POST", f"/pickups/{opened[0]}/accept", None),
        (gate, "POST", f"/pickups/{opened[0]}/put-back", {"parcel": one["parcel"]}),
        (staff, "POST", credentials, {"kind": "replacement"}),
        (staff, "POST", credentials, {"kind": "delegate", "name": "Ann", "until": UNTIL}),
        (reader, "GET", credentials, None),
        (staff, "DELETE", f"{credentials}/t{two['parcel'][1:]}", None),
        (gate, "POST", f"/pickups/{opened[1]}/reject", {"why": "wrong-parcel"}),
        (courier, "POST", "/outbound", order),
        (courier, "POST", f"/parcels/{booking['parcel']}/hand-over", {"courier": COURIER}),
    ]:
        answer = await client.request(method, path, json=body)
        told = next(
            each
            for each in PARCEL_OPERATIONS
            if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path)
        )
        seen.add((told.method, told.path))
        assert answer.status_code == told.status, (path, answer.text)
        TypeAdapter(told.answer).validate_json(answer.content, strict=True)
    assert seen == {(each.method, each.path) for each in PARCEL_OPERATIONS}


async def test_what_goes_out_is_told_to_nobody_as_arrived(bench):
    booking = (await book(bench)).json()
    opened = (await pickup(bench, code=booking["code"])).json()
    await bench.shut(opened["openings"][0]["compartment"])
    assert bench.context.journal.db.execute(
        "select count(*) from sealed where parcel = ?", [booking["parcel"]]
    ).fetchone() == (0,)
