"""The stream of a cabinet's data is documented: every event that is handed out is as its schema says."""

import json

import jsonschema_rs
import pytest
from machine_bench import a_bench

from locker.journal.codec import KINDS, data_to_hand_out
from locker.journal.event_schema import event_schema


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


def faults(schema, events):
    judge = jsonschema_rs.validator_for(schema)
    return [(each["seq"], each["kind"], str(fault)[:200]) for each in events for fault in judge.iter_errors(each)]


async def test_N6_every_event_of_a_day_is_as_the_documented_schema_says(bench):
    reader, staff, gate = await bench.client("read"), await bench.client("staff"), await bench.client("pickup")
    carrier = await bench.client("deposit")
    stored = await bench.store("SF1")
    await bench.store("SF2", size="L")
    await gate.post("/pickups", json={"code": stored["code"]})
    await bench.shut(stored["compartment"])
    await gate.post("/pickups", json={"code": "00000000"})
    await staff.put("/rules/tariff/1", json={"body": {"cap": 500}, "reason": "x"})
    await staff.put("/broadcasts/i1", json={"template": "incident", "texts": {"en": "x"}})
    expected = {"tracking": "SF8", "recipient": {"unit": "1-201"}, "size": "S", "carrier": "SF"}
    await carrier.post("/expected", json=expected | {"until": "2026-03-02T08:00:00Z"})
    await staff.post("/compartments/A6/open", json={"reason": "x"})
    events = (await reader.get("/events")).json()
    schema = (await reader.get("/events/schema")).json()
    assert len({each["kind"] for each in events}) > 12
    assert faults(schema, events) == []
    assert schema == event_schema()


def test_N6_the_schema_names_every_kind_and_no_field_that_is_handed_to_nobody():
    schema = event_schema()
    told = {each["properties"]["kind"]["const"]: each["properties"]["data"] for each in schema["oneOf"]}
    assert set(told) == set(KINDS)
    text = json.dumps(schema)
    for hidden in ("code_hash", "token_hash", "label_hash", '"tracking"', '"phone"'):
        assert hidden not in text
    assert all(each["description"] for each in told.values())
    assert all(field for each in told.values() for field in each["properties"].values()), "a field of no known type"


def test_N6_a_body_that_says_something_else_is_told_apart():
    line = {"seq": 1, "at": "2026-03-01T08:00:00.000Z", "by": "x", "hash": "0" * 64}
    good = line | {"kind": "FeeWaived", "data": {"parcel": "p1", "amount": 50, "currency": "CNY", "reason": "x"}}
    assert faults(event_schema(), [good]) == []
    for wrong in ({**good, "kind": "Unknown"}, {**good, "data": {"parcel": "p1"}}, {**good, "hash": "x"}):
        assert faults(event_schema(), [wrong])
    assert data_to_hand_out("FeeWaived", "{}") == "{}"
