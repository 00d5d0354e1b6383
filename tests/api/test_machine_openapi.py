"""The OpenAPI document is served and true: what it says is what the calls do."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine_bench import COURIER, a_bench
from public_alerts import cap, info
from pydantic import TypeAdapter, ValidationError

from api.machine import request_models, response_models
from api.machine.case_operations import CASE_OPERATIONS
from api.machine.desk_operations import DESK_OPERATIONS
from api.machine.dispatch_operations import DISPATCH_OPERATIONS
from api.machine.openapi import document as openapi_text
from api.machine.operations import OPERATIONS
from api.machine.parcel_operations import PARCEL_OPERATIONS
from api.machine.phone_status import PHONE_OPERATIONS
from api.machine.problems import PROBLEMS
from api.machine.redelivery import REDELIVERY_OPERATIONS
from locker.services.evidence import keep_signature

CONTRACT = {
    ("get", "/health"): (None, 200),
    ("get", "/compartments"): ("read", 200),
    ("get", "/compartments/{compartment}"): ("read", 200),
    ("put", "/residents"): ("staff", 200),
    ("post", "/deposits"): ("deposit", 201),
    ("get", "/deposits/{deposit}"): ("deposit", 200),
    ("post", "/deposits/{deposit}/cancel"): ("deposit", 200),
    ("post", "/deposits/{deposit}/resize"): ("deposit", 200),
    ("post", "/deposits/{deposit}/reopen"): ("deposit", 200),
    ("post", "/pickups"): ("pickup", 201),
    ("post", "/pickups/{pickup}/put-back"): ("pickup", 200),
    ("post", "/pickups/{pickup}/reject"): ("pickup", 200),
    ("post", "/pickups/{pickup}/accept"): ("pickup", 200),
    ("post", "/parcels/{parcel}/credentials"): ("staff", 201),
    ("get", "/parcels/{parcel}/credentials"): ("read", 200),
    ("delete", "/parcels/{parcel}/credentials/{credential}"): ("staff", 200),
    ("post", "/outbound"): ("deposit", 201),
    ("get", "/outbound"): ("read", 200),
    ("get", "/delivery-price"): ("read", 200),
    ("get", "/outbound/{parcel}"): ("read", 200),
    ("post", "/dispatch"): ("staff", 200),
    ("post", "/outbound/{parcel}/offer"): ("staff", 200),
    ("post", "/outbound/{parcel}/answer"): ("deposit", 200),
    ("post", "/outbound/{parcel}/eta"): ("deposit", 200),
    ("post", "/outbound/{parcel}/news"): ("deposit", 200),
    ("post", "/parcels/{parcel}/hand-over"): ("deposit", 201),
    ("get", "/parcels"): ("read", 200),
    ("get", "/parcels/{parcel}"): ("read", 200),
    ("get", "/parcels/{parcel}/snapshots"): ("read", 200),
    ("get", "/parcels/{parcel}/signature"): ("read", 200),
    ("post", "/mass-openings"): ("staff", 201),
    ("get", "/mass-openings/{opening}"): ("staff", 200),
    ("post", "/mass-openings/{opening}/stop"): ("staff", 200),
    ("get", "/incident"): ("read", 200),
    ("put", "/incident"): ("staff", 200),
    ("delete", "/incident"): ("staff", 200),
    ("post", "/alerts"): ("staff", 200),
    ("post", "/phone-status"): ("phone", 200),
    ("get", "/crm/contacts"): ("staff", 200),
    ("get", "/snapshots/{sha256}"): ("read", 200),
    ("post", "/compartments/{compartment}/open"): ("staff", 201),
    ("post", "/compartments/{compartment}/clear"): ("staff", 200),
    ("post", "/compartments/{compartment}/retire"): ("staff", 200),
    ("post", "/compartments/{compartment}/restore"): ("staff", 200),
    ("post", "/parcels/{parcel}/hold"): ("staff", 200),
    ("post", "/parcels/{parcel}/unhold"): ("staff", 200),
    ("post", "/parcels/{parcel}/extend"): ("pickup", 200),
    ("post", "/parcels/{parcel}/move"): ("staff", 200),
    ("post", "/parcels/{parcel}/reassign"): ("staff", 200),
    ("post", "/parcels/{parcel}/withdraw"): ("deposit", 200),
    ("post", "/parcels/{parcel}/take-over"): ("staff", 200),
    ("post", "/desk"): ("staff", 201),
    ("post", "/desk/bookings"): ("deposit", 201),
    ("post", "/parcels/{parcel}/release"): ("staff", 200),
    ("get", "/places"): ("read", 200),
    ("post", "/places/{place}/parcels"): ("staff", 201),
    ("post", "/deadlines"): ("staff", 200),
    ("post", "/expected"): ("deposit", 201),
    ("get", "/expected"): ("read", 200),
    ("delete", "/expected/{tracking}"): ("deposit", 200),
    ("post", "/entries"): ("entry", 201),
    ("get", "/deposit-rights"): ("deposit", 200),
    ("post", "/deposit-rights/revoke"): ("deposit", 200),
    ("get", "/events"): ("read", 200),
    ("get", "/events/stream"): ("read", 200),
    ("get", "/events/schema"): ("read", 200),
    ("post", "/cases"): ("staff", 201),
    ("get", "/cases"): ("read", 200),
    ("get", "/cases/{number}"): ("read", 200),
    ("post", "/cases/{number}/words"): ("staff", 200),
    ("post", "/cases/{number}/stage"): ("staff", 200),
    ("post", "/cases/{number}/fields"): ("staff", 200),
    ("post", "/cases/{number}/owner"): ("staff", 200),
    ("post", "/cases/{number}/urgent"): ("staff", 200),
    ("post", "/cases/{number}/forwards"): ("staff", 200),
    ("post", "/cases/{number}/forwards/{entry}/return"): ("staff", 200),
    ("post", "/cases/{number}/compensation"): ("staff", 200),
    ("post", "/cases/{number}/compensation/approval"): ("staff", 200),
    ("post", "/cases/{number}/close"): ("staff", 200),
    ("post", "/cases/{number}/photos"): ("staff", 200),
    ("get", "/cases/{number}/photos/{sha256}"): ("staff", 200),
    ("get", "/case-reports/{month}"): ("read", 200),
    ("get", "/parcels/{parcel}/delivery-proof"): ("read", 200),
    ("post", "/call-records"): ("staff", 200),
    ("delete", "/call-records/{name}"): ("staff", 200),
    ("get", "/answer-waits"): ("read", 200),
    ("post", "/parcels/{parcel}/sender-check"): ("deposit", 200),
    ("get", "/emergencies"): ("read", 200),
    ("post", "/emergencies"): ("staff", 201),
    ("post", "/emergencies/{number}/end"): ("staff", 200),
    ("put", "/working-days/{year}"): ("staff", 200),
    ("post", "/rules/peak/{version}/approval"): ("staff", 200),
    ("get", "/rules"): ("read", 200),
    ("get", "/rules/{kind}"): ("read", 200),
    ("put", "/rules/{kind}/{version}"): ("staff", 200),
    ("get", "/parcels/{parcel}/fee"): ("read", 200),
    ("put", "/parcels/{parcel}/fee/waiver"): ("staff", 200),
    ("get", "/broadcasts"): ("read", 200),
    ("put", "/broadcasts/{broadcast}"): ("staff", 200),
    ("put", "/parcels/{parcel}/redelivery"): ("staff", 200),
    ("get", "/webhooks"): ("read", 200),
    ("post", "/webhooks/{webhook}/replay"): ("staff", 200),
    ("post", "/webhooks/{webhook}/dead-letters/send"): ("staff", 200),
}


UNTIL = "2026-03-02T08:00:00Z"


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


@pytest.fixture
async def document(bench):
    anyone = await bench.client()
    answer = await anyone.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def calls(document):
    return {(method, path): call for path, item in document["paths"].items() for method, call in item.items()}


async def test_D1_it_names_every_call_of_the_contract_with_scope_and_success(document):
    told = {}
    for which, call in calls(document).items():
        scopes = [name for way in call["security"] for name in way["token"]]
        (good,) = [int(status) for status in call["responses"] if status < "300"]
        told[which] = (scopes[0] if scopes else None, good)
    assert told == CONTRACT
    assert document["servers"] == [{"url": "/api/v1"}]
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}


async def test_D5_the_plain_document_has_the_same_calls_and_fields_without_conditions(bench, document):
    anyone = await bench.client()
    plain = (await anyone.get("/openapi-plain.json")).json()
    assert calls(plain).keys() == calls(document).keys()
    bodies = document["components"]["schemas"]
    for name, schema in plain["components"]["schemas"].items():
        assert schema.get("properties", {}).keys() == bodies[name].get("properties", {}).keys()
        assert schema.get("required") == bodies[name].get("required")
        assert "properties" not in schema or not {"oneOf", "anyOf", "not"} & schema.keys()
    assert "prefixItems" in json.dumps(document)
    assert "prefixItems" not in json.dumps(plain)


async def test_every_reference_leads_somewhere_and_every_operation_has_its_own_id(document):
    text = json.dumps(document)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', text)):
        there, _, name = reference.rpartition("/")
        assert there == "#/components/schemas"
        assert name in document["components"]["schemas"]
    assert "$defs" not in text
    for call in calls(document).values():
        assert call["summary"].endswith(".")
    ids = [call["operationId"] for call in calls(document).values()]
    assert len(ids) == len(set(ids))
    assert "HTTPValidationError" not in text


async def test_every_problem_is_a_problem_document_and_its_codes_have_that_status(document):
    for call in calls(document).values():
        for status, answer in call["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"]
                codes = re.findall(r"`([a-z-]+)`", answer["description"])
                assert codes
                assert {PROBLEMS[code][0] for code in codes} == {int(status)}


async def test_the_pages_of_the_framework_are_off(bench):
    anyone = await bench.client()
    for path in ("/docs", "/redoc", "http://locker/docs", "http://locker/redoc", "http://locker/openapi.json"):
        assert (await anyone.get(path)).status_code in {401, 404}


async def test_answers_have_the_shape_and_the_status_that_the_document_says(bench, document):
    """A walk through every call, each answer held against the model that the document was made from."""
    reader, staff = await bench.client("read"), await bench.client("staff")
    courier, gate, door = [await bench.client(each) for each in ("deposit", "pickup", "entry")]
    carrier = await bench.client("deposit", company="SF")
    stored, other = await bench.store("SF1"), await bench.store("SF0", size="L")
    waiting = (await courier.post("/deposits", json=bench.deposit_body("SF2"))).json()
    await bench.settle()
    card = {"unit": "7", "name": "Zoe", "phone": "+8613800000007", "consent": True, "email": "zoe@example.org"}
    announced = {"tracking": "SF8", "recipient": {"unit": "1-201"}, "size": "S", "carrier": "SF", "until": UNTIL}
    placed = {"tracking": "SF7", "recipient": {"unit": "1-201"}, "size": "S", "courier": COURIER}
    incident = {"words": {"en": {"cause": "Power cut", "alternative": "The desk"}}, "recovers_at": UNTIL}
    drawn = '{"width": 640, "height": 400, "strokes": [[[0, 0, 0], [90, 90, 5]]]}'
    await keep_signature(bench.engine, stored["parcel"], stored["compartment"], "k1", drawn, "kiosk")
    called = {"time": "2026-03-01T00:00:00Z", "waited_s": 12, "answered": True}
    sent = {"sender": {"unit": "1-201", "name": "Wang Ming"}, "carrier": "SF", "size": "S", "type": "return"}
    seen = set()
    for client, method, where, body in [
        (reader, "GET", "/health", None),
        (reader, "GET", "/compartments", None),
        (reader, "GET", "/compartments/A1", None),
        (staff, "PUT", "/residents", card),
        (courier, "POST", "/deposits", bench.deposit_body("SF3", consent="given", flags=["fragile"])),
        (courier, "GET", f"/deposits/{stored['deposit']}", None),
        (courier, "POST", f"/deposits/{waiting['deposit']}/resize", {"size": "M"}),
        (courier, "POST", f"/deposits/{stored['deposit']}/reopen", None),
        (courier, "POST", f"/deposits/{waiting['deposit']}/cancel", None),
        (gate, "POST", "/pickups", {"code": stored["code"]}),
        (reader, "GET", "/parcels", None),
        (reader, "GET", f"/parcels/{stored['parcel']}", None),
        (reader, "GET", f"/parcels/{stored['parcel']}/snapshots", None),
        (staff, "POST", "/compartments/A6/open", {"reason": "x"}),
        (staff, "POST", "/compartments/A6/clear", {"content": "empty"}),
        (staff, "POST", "/compartments/A6/retire", {"reason": "x"}),
        (staff, "POST", "/compartments/A6/restore", None),
        (staff, "POST", f"/parcels/{other['parcel']}/hold", {"reason": "x"}),
        (staff, "POST", f"/parcels/{other['parcel']}/unhold", None),
        (gate, "POST", f"/parcels/{other['parcel']}/extend", {"hours": 1}),
        (staff, "POST", f"/parcels/{other['parcel']}/reassign", {"recipient": {"unit": "7"}, "reason": "x"}),
        (door, "POST", "/entries", {"point": "Parcel room", "passage": "granted", "at": "2026-03-01T08:00:00Z"}),
        (carrier, "POST", "/deposit-rights/revoke", {"right": "R-1"}),
        (carrier, "GET", "/deposit-rights", None),
        (staff, "POST", "/deadlines", {"hours": 1, "reason": "x"}),
        (courier, "POST", "/parcels/THIRD/withdraw", {"courier": COURIER}),
        (staff, "POST", "/places/shelf/parcels", placed),
        (staff, "POST", f"/parcels/{other['parcel']}/move", {"to": "shelf"}),
        (staff, "POST", f"/parcels/{other['parcel']}/release", {"identity": "seen", "reason": "x"}),
        (reader, "GET", "/places", None),
        (courier, "POST", "/expected", announced),
        (reader, "GET", "/expected", None),
        (courier, "DELETE", "/expected/SF8", None),
        (staff, "POST", "/mass-openings", {"compartments": ["A6"], "reason": "x"}),
        (staff, "GET", "/mass-openings/OPENING", None),
        (staff, "POST", "/mass-openings/OPENING/stop", None),
        (reader, "GET", "/events", None),
        (reader, "GET", "/events/schema", None),
        (reader, "GET", "/rules", None),
        (staff, "PUT", "/rules/tariff/1", {"body": {"cap": 500}, "reason": "x"}),
        (reader, "GET", "/rules/tariff", None),
        (reader, "GET", f"/parcels/{stored['parcel']}/fee", None),
        (staff, "PUT", f"/parcels/{stored['parcel']}/fee/waiver", {"reason": "x"}),
        (staff, "PUT", "/broadcasts/i1", {"template": "incident", "texts": {"en": "x"}}),
        (reader, "GET", "/broadcasts", None),
        (staff, "PUT", "/incident", incident),
        (reader, "GET", "/incident", None),
        (staff, "DELETE", "/incident", None),
        (staff, "POST", "/alerts", {"cap": cap(info())}),
        (reader, "GET", f"/parcels/{stored['parcel']}/signature", None),
        (reader, "GET", "/webhooks", None),
        (staff, "POST", "/call-records", {"source": "pbx", "calls": [called]}),
        (reader, "GET", "/answer-waits", None),
        (staff, "DELETE", "/call-records/LIST", None),
        (courier, "POST", "/parcels/BOOKED/sender-check", {"checked_by": "carrier"}),
    ]:
        path = where
        if path.endswith("/clear"):
            await bench.shut("A6")
        if path == "/pickups":
            await bench.shut(stored["compartment"])
        if "THIRD" in path:
            path = path.replace("THIRD", (await bench.store("SF5", size="XL"))["parcel"])
        if "OPENING" in path:
            path = path.replace("OPENING", bench.context.mass_openings.listed()[0].id)
        if "BOOKED" in path:
            path = path.replace("BOOKED", (await courier.post("/outbound", json=sent)).json()["parcel"])
        if "LIST" in path:
            path = path.replace("LIST", (await bench.context.cases.calls.lists())[0].id)
        if path.endswith("/release"):
            await bench.shut(other["compartment"])
        answer = await client.request(method, path, json=body)
        told = _told(method, path)
        seen.add((told.method, told.path))
        assert answer.status_code == told.status, (path, answer.text)
        TypeAdapter(told.answer).validate_json(answer.content, strict=True)
    # test_machine_parcels.py, test_machine_cases.py, test_machine_desk.py, test_mass_openings.py, test_staff_dispatch
    others = (*PARCEL_OPERATIONS, *DISPATCH_OPERATIONS, *CASE_OPERATIONS, *REDELIVERY_OPERATIONS, *DESK_OPERATIONS)
    others = (*others, *PHONE_OPERATIONS)  # test_machine_phone.py
    elsewhere = {(each.method, each.path) for each in others if each.answer}
    # test_machine_webhooks.py
    whole = ("/mass-openings", "/webhooks/")
    elsewhere |= {(each.method, each.path) for each in OPERATIONS if each.path.startswith(whole)}
    assert seen | elsewhere == {(each.method, each.path) for each in OPERATIONS if each.answer is not None}


async def test_refusals_along_the_way_are_told_in_the_document(bench, document):
    """Every refusal that the other tests provoke stands in its call's answers; here the whole of one call."""
    call = calls(document)["post", "/deposits"]
    courier = await bench.client("deposit")
    for status, content in [
        (409, json.dumps(bench.deposit_body(damaged=True))),
        (422, "{}"),
        (413, " " * 40_000),
    ]:
        answer = await courier.post("/deposits", content=content)
        assert answer.status_code == status
        assert answer.json()["code"] in call["responses"][str(status)]["description"]
        response_models.ProblemView.model_validate_json(answer.content)


def _told(method, path):
    for each in OPERATIONS:
        pattern = re.sub(r"\{\w+\}", "[^/]+", each.path)
        if each.method == method and re.fullmatch(pattern, path):
            return each
    raise AssertionError(path)


# --- what may be left out, or be null, together ------------------------------------------------------

BODIES = {
    "RecipientBody": {"unit": ["1203"], "name": ["Wang"], "phone": ["+8613800000001"]},
    "PickupBody": {"code": ["12345678"], "second": ["1203"], "token": ["ABC"]},
    "ClearBody": {"content": ["empty"], "by_word": [True, False], "reason": ["looked"], "witness": ["chen.lin"]},
    "ResidentBody": {
        "unit": ["1203"],
        "name": ["Wang"],
        "phone": ["+8613800000001"],
        "consent": [True, False],
        "language": ["en"],
        "reach": [True],
        "email": ["a@b.example"],
    },
}
SCHEMAS = json.loads(openapi_text("0", "/api/v1", OPERATIONS))["components"]["schemas"]
TYPES = {"string": str, "boolean": bool, "null": type(None), "object": dict}


def fits(schema, value):
    """As JSON Schema says, as far as these bodies use it; what a text must look like is left to other tests."""
    if "$ref" in schema:
        return fits(SCHEMAS[schema["$ref"].rpartition("/")[2]], value)
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "anyOf" in schema and not any(fits(each, value) for each in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(each, value) for each in schema["oneOf"]) != 1:
        return False
    if not isinstance(value, dict):
        return True
    inner = schema.get("properties", {})
    return set(schema.get("required", [])) <= set(value) and all(
        fits(inner[name], value[name]) for name in value if name in inner
    )


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_taken_just_where_the_document_says_so(name):
    wanted = {field: st.sampled_from([*values, None]) for field, values in BODIES[name].items()}
    model = getattr(request_models, name)

    @given(st.fixed_dictionaries({}, optional=wanted))
    def each(body):
        try:
            model.model_validate_json(json.dumps(body))
            taken = True
        except ValidationError:
            taken = False
        assert taken is fits(SCHEMAS[name], body), body

    each()


async def test_what_a_form_leaves_blank_in_a_query_is_as_good_as_not_sent_and_the_document_says_so(bench, document):
    client = await bench.client("read")
    for path in ("/parcels", "/events"):
        told = [each for each in document["paths"][path]["get"]["parameters"] if each["in"] == "query"]
        assert told
        assert all(each["allowEmptyValue"] for each in told)
        blank = "&".join(f"{each['name']}=" for each in told)
        assert (await client.get(f"{path}?{blank}")).json() == (await client.get(path)).json()


async def test_a_cursor_looks_as_the_document_says(bench, document):
    (after,) = [each for each in document["paths"]["/parcels"]["get"]["parameters"] if each["name"] == "after"]
    pattern = next(each["pattern"] for each in after["schema"]["anyOf"] if "pattern" in each)
    assert re.search(pattern, "2026-11-28T12:00:00.000Z~p1")
    assert not re.search(pattern, "0" * 80)
