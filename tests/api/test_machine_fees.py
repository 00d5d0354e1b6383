"""Fees and callbacks over HTTP: the bill, its waiver, what the payment provider and gateways of notices tell."""

import json

import pytest
from machine_bench import a_bench, said

from locker.services.fees import signature
from locker.services.fees.signed_callback import secret_key
from locker.services.policies import NewVersion, Tariff

SECRET = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl"
TARIFF = Tariff(charges=True, free_hours=72, step_hours=12, step_price=50, cap=300)


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


@pytest.fixture
async def parcel(bench):
    """A parcel of which its recipient heard, twenty hours behind its free time."""
    await bench.context.rules.add(NewVersion(1, TARIFF, "a tariff"), "staff:boss")
    stored = await bench.store("SF1")
    at = (await (await bench.client("read")).get(f"/parcels/{stored['parcel']}")).json()["timeline"][-1]
    row = ["n1", at["seq"], "r1", "arrival", stored["parcel"], at["at"], 1, "sent", "", at["at"], at["at"]]
    await bench.context.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at,"
            " done_at, channel) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'phone')",
            row,
        )
    )
    bench.clock.advance(92 * 3600)
    return stored["parcel"]


async def test_FEE_02_the_bill_is_told_item_by_item_with_its_version_and_when_that_began(bench, parcel):
    bill = await said(await (await bench.client("read")).get(f"/parcels/{parcel}/fee"))
    assert (bill["tariff"], bill["steps"], bill["step_price"], bill["amount"], bill["due"]) == (1, 2, 50, 100, 100)
    assert bill["effective_from"] < bill["free_until"]
    assert bill["references"] == []


async def test_FEE_01_a_waiver_is_for_staff_and_says_why(bench, parcel):
    reader, staff = await bench.client("read"), await bench.client("staff")
    path = f"/parcels/{parcel}/fee/waiver"
    assert (await reader.put(path, json={"reason": "x"})).status_code == 403
    assert (await staff.put(path, json={})).status_code == 422
    assert (await said(await staff.put(path, json={"reason": "was ill"})))["due"] == 0
    assert (await said(await staff.put(path, json={"reason": "was ill"})))["waived"] == 100
    detail = await said(await reader.get(f"/parcels/{parcel}"))
    assert [each["kind"] for each in detail["timeline"]].count("FeeWaived") == 1
    assert (await staff.get("/parcels/p404/fee")).status_code == 403
    assert (await reader.get("/parcels/p404/fee")).status_code == 404


def signed(bench, body, **other):
    raw = json.dumps(body).encode()
    stamp = str(int(bench.context.engine.now().timestamp()))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret_key(other.pop("secret", SECRET)), "msg_1", stamp, raw),
    }
    return {"content": raw, "headers": headers | other}


async def test_FEE_08_a_payment_is_believed_by_its_signature_alone(bench, parcel):
    anyone, staff = await bench.client(), await bench.client("staff")
    body = {"parcel": parcel, "amount": 100, "currency": "CNY", "reference": "tx-1"}
    path = "/callbacks/payments"
    assert (await anyone.post(path, **signed(bench, body))).status_code == 404, "no secret, no payments"
    object.__setattr__(bench.context, "payment_secret", SECRET)
    assert (await anyone.post(path, json=body)).status_code == 404
    assert (await staff.post(path, json=body)).status_code == 404
    forged = signed(bench, body, secret="whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==")
    assert (await anyone.post(path, **forged)).status_code == 404
    good = signed(bench, body)
    assert (await anyone.post(path, content=good["content"] + b" ", headers=good["headers"])).status_code == 404
    for _ in range(2):
        assert await said(await anyone.post(path, **good)) == {"parcel": parcel, "paid": 100, "due": 0}
    other = signed(bench, {**body, "currency": "EUR", "reference": "tx-2"})
    assert (await said(await anyone.post(path, **other), 409))["code"] == "wrong-payment"
    assert (await anyone.post(path, **signed(bench, {**body, "amount": -1}))).status_code == 422
    bench.clock.advance(400)
    assert (await anyone.post(path, **good)).status_code == 404


async def test_R13_a_gateway_tells_what_became_of_a_notice_and_the_parcel_tells_it_too(bench, parcel):
    anyone, reader = await bench.client(), await bench.client("read")
    token = bench.context.vault.receipt_token("n1")
    body = {"id": "n1", "token": token, "state": "delivered"}
    assert (await anyone.post("/callbacks/receipts", json={**body, "token": "0" * 32})).status_code == 404
    assert (await anyone.post("/callbacks/receipts", json={**body, "state": "read"})).status_code == 422
    assert (await anyone.post("/callbacks/receipts", content=b"x" * 40_000)).status_code == 413
    for _ in range(2):
        assert await said(await anyone.post("/callbacks/receipts", json=body)) == {"id": "n1", "state": "delivered"}
    told = (await said(await reader.get(f"/parcels/{parcel}")))["notices"]
    assert [(each["state"], each["receipt"]) for each in told if each["id"] == "n1"] == [("sent", "delivered")]
