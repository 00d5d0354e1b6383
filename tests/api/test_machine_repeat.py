"""Idempotency-Key: a repeat gets the first answer and moves nothing, whatever came between."""

import asyncio
import json

import pytest
from machine_bench import a_bench

KEY = {"Idempotency-Key": "order-1"}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_a_repeated_deposit_gets_the_first_answer_and_no_second_compartment(bench):
    courier = await bench.client("deposit")
    first = await courier.post("/deposits", json=bench.deposit_body(), headers=KEY)
    await bench.shut(first.json()["compartment"])
    again = await courier.post("/deposits", json=bench.deposit_body(), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(bench.doors.pulses) == 1


async def test_a_repeat_during_the_first_waits_for_its_answer(bench):
    courier = await bench.client("deposit")
    calls = [courier.post("/deposits", json=bench.deposit_body(), headers=KEY) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    await bench.settle()
    assert len(bench.doors.pulses) == 1


@pytest.mark.parametrize("more", [{"size": "M"}, {"tracking": "SF2"}])
async def test_the_same_key_with_another_body_is_422_key_reused(bench, more):
    courier = await bench.client("deposit")
    await courier.post("/deposits", json=bench.deposit_body(), headers=KEY)
    answer = await courier.post("/deposits", json={**bench.deposit_body(), **more}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")


async def test_the_same_key_at_another_path_is_422_key_reused(bench):
    staff = await bench.client("staff")
    await staff.post("/compartments/A5/open", json={"reason": "look"}, headers=KEY)
    answer = await staff.post("/compartments/A6/open", json={"reason": "look"}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
    await bench.settle()
    assert bench.doors.pulses == ["A5"]


async def test_a_refusal_is_not_kept(bench):
    courier = await bench.client("deposit")
    body = bench.deposit_body(recipient={"unit": "3-3"})
    refused = await courier.post("/deposits", json=body, headers=KEY)
    assert refused.status_code == 409
    await bench.resident("3-3", "Late Comer", "+8613800000009")
    assert (await courier.post("/deposits", json=body, headers=KEY)).status_code == 201


async def test_keys_of_two_tokens_do_not_meet(bench):
    one, other = await bench.client("deposit"), await bench.client("deposit", "read")
    first = await one.post("/deposits", json=bench.deposit_body("SF1"), headers=KEY)
    second = await other.post("/deposits", json=bench.deposit_body("SF2"), headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["deposit"] != second.json()["deposit"]


async def test_a_repeat_is_good_for_24_hours_and_not_for_longer(bench):
    staff = await bench.client("staff")
    body = {"reason": "look"}
    first = await staff.post("/compartments/A5/open", json=body, headers=KEY)
    bench.clock.advance(23 * 3600)
    assert (await staff.post("/compartments/A5/open", json=body, headers=KEY)).content == first.content
    await bench.settle()
    assert bench.doors.pulses == ["A5"]
    bench.clock.advance(2 * 3600)
    await staff.post("/compartments/A5/open", json=body, headers=KEY)
    await bench.settle()
    assert bench.doors.pulses == ["A5", "A5"]


async def test_a_used_code_s_pickup_is_repeated_by_its_key_after_the_grace(bench):
    stored = await bench.store()
    gate = await bench.client("pickup")
    first = await gate.post("/pickups", json={"code": stored["code"]}, headers=KEY)
    await bench.shut(stored["compartment"])
    bench.clock.advance(120)
    pulses = list(bench.doors.pulses)
    again = await gate.post("/pickups", json={"code": stored["code"]}, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    await bench.settle()
    assert bench.doors.pulses == pulses


async def test_a_key_outlives_a_restart_and_the_body_is_not_kept(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        courier = await bench.client("deposit")
        body = bench.deposit_body("SECRET-TRACKING")
        first = await courier.post("/deposits", json=body, headers=KEY)
        await bench.settle()
        kept = await bench.context.journal.read(
            lambda db: db.execute("select key, body, answer from answer").fetchall()
        )
        assert "SECRET-TRACKING" not in json.dumps(kept)
        assert kept[0][0] == "deposit:order-1"
        text = await bench.token("deposit")
    async with a_bench(tmp_path) as bench:
        client = await bench.client()
        headers = {**KEY, "Authorization": f"Bearer {text}"}
        again = await client.post("/deposits", json=body, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
        await bench.settle()
        assert bench.doors.pulses == []


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\xe4"])
async def test_a_key_that_is_none_is_422_and_names_the_header(bench, key):
    courier = await bench.client("deposit")
    headers = [("Idempotency-Key", key.encode("latin-1"))]
    answer = await courier.post("/deposits", json=bench.deposit_body(), headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert bench.engine.site.parcels == {}
