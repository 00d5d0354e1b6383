"""`/cases`, `/emergencies`, `/working-days`: a walk in which each answer has its documented shape; every refusal."""

import base64
import csv
import io
import re
import struct
import zlib

import pytest
from machine_bench import a_bench
from pydantic import TypeAdapter

from api.machine.operations import OPERATIONS
from api.machine.response_models import ProblemView
from locker.services.people import Role

DUE = "2026-03-04T08:00:00Z"


def picture():
    def chunk(kind, body):
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">LLBBBBB", 1, 1, 8, 2, 0, 0, 0)) + chunk(b"tEXt", b"GPS\x0031.2")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00\x01\x02\x03")) + chunk(b"IEND", b"")


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        for name in ("he.jun", "lu.yan"):
            await bench.context.staff.add(name, Role.SUPERVISOR, "test")
        yield bench


async def ask(client, method, path, body=None, **headers):
    """An answer of the documented status and shape; a problem of a documented code."""
    answer = await client.request(method, path, json=body, headers=headers)
    told = next(
        each
        for each in OPERATIONS
        if each.method == method
        and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path.partition("?")[0])
        and not (each.path.endswith("{version}") and path.endswith("approval"))
    )
    if answer.status_code == told.status and told.answer is not None:
        TypeAdapter(told.answer).validate_json(answer.content, strict=True)
    elif answer.status_code >= 400:
        ProblemView.model_validate_json(answer.content)
        assert answer.json()["code"] in {*told.refusals, "invalid", "body-too-large", "forbidden", "key-reused"}
    return answer


async def opened(client, **body):
    answer = await ask(client, "POST", "/cases", {"kind": "lost", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


async def test_CLM_01_a_program_opens_a_case_and_takes_it_to_its_end(bench):
    staff, reader = await bench.client("staff", "read"), await bench.client("read")
    other = await bench.client("staff")
    await bench.resident()
    parcel = (await bench.store())["parcel"]
    number = await opened(staff, text="The box was empty", parcel=parcel, unit="1-201", source="phone")
    assert number == "T1-0001"
    assert [each["number"] for each in (await ask(reader, "GET", "/cases")).json()["items"]] == [number]
    assert (await ask(reader, "GET", "/cases?kind=fee")).json()["items"] == []
    of = f"/cases/{number}"
    photo = base64.b64encode(picture()).decode()
    for path, body in [
        ("words", {"what": "reply", "text": "We look for it"}),
        ("words", {"what": "apology", "text": "We are sorry"}),
        ("urgent", None),
        ("owner", {"owner": "he.jun", "partners": ["lu.yan"]}),
        ("stage", {"stage": "investigate"}),
        ("photos", {"photo": photo}),
        ("forwards", {"to": "carrier", "party": "SF", "due": DUE, "text": "Where is it?"}),
    ]:
        answer = await ask(staff, "POST", f"{of}/{path}", body)
        assert answer.status_code == (409 if path == "urgent" else 200), answer.text
    whole = (await ask(staff, "GET", of)).json()
    entry = whole["forwards"][0]["entry"]
    stored = await staff.get(f"{of}/photos/{whole['photos'][0]}")
    assert stored.headers["content-type"] == "image/png"
    assert b"GPS" not in stored.content
    money = {"party": "carrier", "actual": 42000, "declared": 30000}
    for path, body, status in [
        (f"forwards/{entry}/return", {"text": "Not found"}, 200),
        ("fields", {"field": "cause", "value": "read out on the stairs"}, 200),
        ("fields", {"field": "prevention", "value": "second item"}, 200),
        ("stage", {"stage": "decide"}, 200),
        ("compensation", money, 200),
        ("compensation/approval", {"approved": True}, 409),
        ("stage", {"stage": "feedback"}, 200),
        ("close", {"outcome": "compensated"}, 409),
    ]:
        answer = await ask(staff, "POST", f"{of}/{path}", body)
        assert answer.status_code == status, answer.text
    assert answer.json()["missing"] == ["make-good", "approval"]
    assert (await ask(other, "POST", f"{of}/compensation/approval", {"approved": True})).status_code == 200
    assert (await ask(staff, "POST", f"{of}/fields", {"field": "make-good", "value": "paid"})).status_code == 200
    assert (await ask(staff, "POST", f"{of}/close", {"outcome": "compensated"})).json()["stage"] == "closed"
    assert [each["number"] for each in (await ask(reader, "GET", "/cases?state=closed")).json()["items"]] == [number]


async def test_CLM_01_what_people_wrote_and_who_they_are_is_for_the_scope_staff_alone(bench):
    staff, reader = await bench.client("staff", "read"), await bench.client("read")
    await opened(staff, text="The box was empty", unit="1-201")
    whole = await ask(reader, "GET", "/cases/T1-0001")
    assert "empty" not in whole.text
    assert "1-201" not in whole.text
    assert "The box was empty" in (await ask(staff, "GET", "/cases/1")).text


async def test_CLM_09_a_carrier_gets_a_report_by_case_and_month_that_names_nobody(bench):
    staff = await bench.client("staff", "read")
    await bench.resident()
    parcel = (await bench.store("SF0001"))["parcel"]
    number = await opened(staff, parcel=parcel, unit="1-201", text="mine")
    other = await opened(staff, text="not a parcel's")
    rows = list(csv.DictReader(io.StringIO((await staff.get("/case-reports/2026-03")).text)))
    assert [(row["case"], row["carrier"], row["tracking"]) for row in rows] == [
        (number, "SF Express", "SF0001"),
        (other, "", ""),
    ]
    assert "mine" not in str(rows)
    assert "1-201" not in str(rows)
    only = (await staff.get("/case-reports/2026-03?carrier=sf%20express")).text
    assert number in only
    assert other not in only
    assert len((await staff.get("/case-reports/2026-02")).text.splitlines()) == 1
    for month in ("2026-13", "2026", "x", "0000-01"):
        assert (await ask(staff, "GET", f"/case-reports/{month}")).status_code == 404


async def test_SLA_05_an_emergency_freezes_at_once_and_lets_go(bench):
    staff = await bench.client("staff", "read", "deposit")
    await bench.resident()
    stored = await bench.store()
    answer = await ask(staff, "POST", "/emergencies", {"danger": "leak", "text": "It smells"})
    number = answer.json()["number"]
    assert (await ask(staff, "GET", "/emergencies")).json() == [
        {"number": number, "danger": "leak", "compartments": []}
    ]
    uses = {each["id"]: each["use"] for each in (await staff.get("/compartments")).json()}
    assert set(uses.values()) == {"retired", "loaded"}
    gate = await bench.client("pickup")
    assert (await gate.post("/pickups", json={"code": stored["code"]})).json()["code"] == "held"
    assert (await ask(staff, "POST", f"/emergencies/{number}/end")).status_code == 200
    uses = {each["id"]: each["use"] for each in (await staff.get("/compartments")).json()}
    assert set(uses.values()) == {"free", "loaded"}
    assert (await gate.post("/pickups", json={"code": stored["code"]})).status_code == 201
    assert (await ask(staff, "GET", "/emergencies")).json() == []


async def test_N13_working_days_are_put_in_and_say_how_many_cases_have_other_limits(bench):
    staff = await bench.client("staff")
    days = [{"day": "2027-01-01", "kind": "off", "name": "New Year"}, {"day": "2027-01-02", "kind": "work"}]
    answer = await ask(staff, "PUT", "/working-days/2027", {"days": days, "source": "State Council"})
    assert answer.json() == {"year": 2027, "days": 2, "moved": 0}


async def test_SLA_07_a_second_person_approves_the_limits_of_a_busy_time(bench):
    author, second = await bench.client("staff"), await bench.client("staff", "read")
    rule = {
        "body": {"case_reply_hours": 48, "case_working_days": 7},
        "reason": "sale",
        "ends_at": "2026-03-20T00:00:00Z",
    }
    assert (await author.put("/rules/peak/1", json=rule)).status_code == 200
    assert (await ask(author, "POST", "/rules/peak/1/approval")).json()["code"] == "second-person"
    assert (await opened(second)) == "T1-0001"
    usual = (await ask(second, "GET", "/cases/1")).json()
    assert (await ask(second, "POST", "/rules/peak/1/approval")).status_code == 200
    await opened(second)
    longer = (await ask(second, "GET", "/cases/2")).json()
    assert usual["reply_due"][:10] == "2026-03-02"
    assert longer["reply_due"][:10] == "2026-03-03"
    assert longer["due"][:10] == "2026-03-08"  # the law's seven days, though seven working days would be later


CASE, SALE = "/cases/T1-0001", {"days": [{"day": "2027-01-01", "kind": "off"}], "source": "x"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/cases", {"kind": "nonsense"}, 404, "unknown"),
        ("POST", "/cases", {"kind": "LOST"}, 422, "kind"),
        ("POST", "/cases", {"kind": "lost", "text": ""}, 422, "text"),
        ("POST", "/cases", {"kind": "lost", "text": "x" * 4001}, 422, "text"),
        ("POST", "/cases", {"kind": "lost", "parcel": "p0000000000"}, 404, "unknown"),
        ("POST", "/cases", {"kind": "lost", "compartment": "Z9"}, 404, "unknown"),
        ("POST", "/cases", {"kind": "lost", "resident": "r1"}, 409, "unknown-recipient"),
        ("POST", "/cases", {"kind": "lost", "source": "kiosk"}, 422, "source"),
        ("POST", "/cases", {"kind": "lost", "more": 1}, 422, "more"),
        ("POST", f"{CASE}/words", {"what": "shout", "text": "x"}, 422, "what"),
        ("POST", f"{CASE}/words", {"what": "note", "text": "  "}, 422, "text"),
        ("POST", f"{CASE}/stage", {"stage": "closed"}, 422, "stage"),
        ("POST", f"{CASE}/stage", {"stage": "feedback"}, 409, "not-now"),
        ("POST", f"{CASE}/fields", {"field": "colour", "value": "x"}, 422, "field"),
        ("POST", f"{CASE}/owner", {"owner": "nobody"}, 404, "unknown"),
        (
            "POST",
            f"{CASE}/forwards",
            {"to": "carrier", "party": "SF", "due": "2020-01-01T00:00:00Z", "text": "x"},
            422,
            "due",
        ),
        ("POST", f"{CASE}/forwards", {"to": "carrier", "party": "SF", "due": "tomorrow", "text": "x"}, 422, "due"),
        ("POST", f"{CASE}/forwards/9/return", {"text": "x"}, 409, "not-now"),
        ("POST", f"{CASE}/forwards/x/return", {"text": "x"}, 404, "unknown"),
        ("POST", f"{CASE}/compensation", {"party": "operator", "actual": -1}, 422, "actual"),
        ("POST", f"{CASE}/compensation", {"party": "operator", "actual": 1.5}, 422, "actual"),
        ("POST", f"{CASE}/compensation", {"party": "moon", "actual": 1}, 422, "party"),
        ("POST", f"{CASE}/compensation/approval", {"approved": True}, 409, "not-now"),
        ("POST", f"{CASE}/close", {"outcome": "solved"}, 409, "not-now"),
        ("POST", f"{CASE}/photos", {"photo": "R0lGODlh"}, 422, "photo"),
        ("POST", f"{CASE}/photos", {"photo": "iVBORw0KGgo="}, 422, "photo"),
        ("POST", f"{CASE}/photos", {"photo": "****"}, 422, "photo"),
        ("GET", f"{CASE}/photos/{'0' * 64}", None, 404, "unknown"),
        ("POST", "/cases/T1-9999/urgent", None, 404, "unknown"),
        ("GET", "/cases/R2-0001", None, 404, "unknown"),
        ("POST", "/emergencies", {"danger": "boredom"}, 422, "danger"),
        ("POST", "/emergencies", {"danger": "fire", "compartments": ["Z9"]}, 404, "unknown"),
        ("POST", f"/emergencies/{CASE[7:]}/end", None, 409, "not-now"),
        ("PUT", "/working-days/2026x", SALE, 404, "unknown"),
        ("PUT", "/working-days/2026", SALE, 422, "days"),
        ("PUT", "/working-days/2027", {**SALE, "days": SALE["days"] * 2}, 422, "days"),
        ("PUT", "/working-days/2027", {**SALE, "days": [{"day": "2027-01-04", "kind": "work"}]}, 422, "days"),
        ("PUT", "/working-days/2027", {**SALE, "days": []}, 422, "days"),
        ("POST", "/rules/peak/1/approval", None, 404, "unknown"),
        ("POST", "/rules/peak/x/approval", None, 404, "unknown"),
    ],
)
async def test_what_cannot_be_read_or_done_is_refused_by_name_and_changes_nothing(
    bench, method, path, body, status, said
):
    staff = await bench.client("staff", "read")
    await opened(staff)
    seq = bench.context.journal.seq
    answer = await ask(staff, method, path, body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert said in {problem["code"], problem.get("field", "").split("[")[0].split(".")[0]}
    assert bench.context.journal.seq == seq


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "case" in each.path or "emerg" in each.path])
async def test_each_call_wants_its_scope(bench, operation):
    wrong = await bench.client("deposit", "pickup", *(("read",) if operation.scope == "staff" else ("staff",)))
    path = re.sub(r"\{\w+\}", "1", operation.path)
    assert (await wrong.request(operation.method, path, json={})).status_code == 403


async def test_a_repeat_with_the_same_key_opens_one_case(bench):
    staff = await bench.client("staff", "read")
    first = await ask(staff, "POST", "/cases", {"kind": "fee"}, **{"Idempotency-Key": "k1"})
    again = await ask(staff, "POST", "/cases", {"kind": "fee"}, **{"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert (await ask(staff, "POST", "/cases", {"kind": "help"}, **{"Idempotency-Key": "k1"})).status_code == 422
    word = {"what": "note", "text": "once"}
    for _ in range(2):
        await ask(staff, "POST", "/cases/1/words", word, **{"Idempotency-Key": "k2"})
    assert len((await ask(staff, "GET", "/cases/1")).json()["entries"]) == 2
