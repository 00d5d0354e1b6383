"""A deposit belongs to who began it: another carrier's token cannot touch it, and learns nothing of it."""

import httpx
import pytest
from machine_bench import a_bench

from locker.core.model import Size
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import DepositActor, DepositRequest


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def another(bench, *scopes):
    text = await bench.context.tokens.create("another", scopes, by="test")
    made = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=bench.app),
        base_url="http://locker/api/v1",
        headers={"Authorization": f"Bearer {text}"},
    )
    bench._clients.append(made)
    return made


CALLS = [("cancel", {}), ("resize", {"size": "S"}), ("reopen", None)]


@pytest.mark.parametrize(("call", "body"), CALLS)
async def test_another_token_cannot_touch_a_deposit_and_is_told_that_there_is_none(bench, call, body):
    own = await bench.client("deposit")
    deposit = (await own.post("/deposits", json=bench.deposit_body())).json()["deposit"]
    other = await another(bench, "deposit")
    refused = await other.post(f"/deposits/{deposit}/{call}", json=body)
    nobody = await other.post(f"/deposits/dnobody/{call}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown")
    assert refused.json() == nobody.json()
    assert (await other.get(f"/deposits/{deposit}")).status_code == 404
    assert (await own.get(f"/deposits/{deposit}")).json()["state"] == "depositing"
    assert (await own.post(f"/deposits/{deposit}/cancel", json={})).status_code == 200


async def test_a_token_of_the_staff_may_go_on_with_any_deposit(bench):
    own = await bench.client("deposit")
    deposit = (await own.post("/deposits", json=bench.deposit_body())).json()["deposit"]
    staff = await another(bench, "deposit", "staff")
    assert (await staff.get(f"/deposits/{deposit}")).status_code == 200
    assert (await staff.post(f"/deposits/{deposit}/cancel", json={})).status_code == 200


async def test_the_owner_is_known_after_the_parcel_has_left(bench):
    stored = await bench.store()
    pickup = await bench.client("pickup")
    await pickup.post("/pickups", json={"code": stored["code"]})
    await bench.shut(stored["compartment"])
    bench.clock.advance(120)
    await bench.settle()
    assert (await (await bench.client("deposit")).get(f"/deposits/{stored['deposit']}")).json()["state"] == "collected"
    assert (await (await another(bench, "deposit")).get(f"/deposits/{stored['deposit']}")).status_code == 404


async def test_couriers_at_the_kiosk_go_on_with_deposits_of_their_company_only(bench):
    request = DepositRequest(
        by="courier:c1", tracking="SF9", size=Size.S, company="SF Express", courier="Li", unit="1-201"
    )
    commands = bench.context.commands
    deposit = (await commands.deposit(request)).deposit
    with pytest.raises(Refused) as refused:
        await commands.cancel(deposit, DepositActor("courier:c2", "ZTO"))
    assert refused.value.reason is RefusalReason.UNKNOWN
    assert (await commands.cancel(deposit, DepositActor("courier:c3", "sf express"))).deposit == deposit


async def test_a_courier_is_no_colleague_of_a_carriers_own_program(bench):
    own = await bench.client("deposit")
    deposit = (await own.post("/deposits", json=bench.deposit_body())).json()["deposit"]
    with pytest.raises(Refused):
        await bench.context.commands.cancel(deposit, DepositActor("courier:c3", "SF Express"))


async def test_metrics_tell_of_notices_that_failed(bench):
    await bench.context.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at,"
            " done_at) values ('x', 1, 'staff:1', 'staff-alarm', '', ?1, 3, 'failed', 'refused: 400', ?1, ?1)",
            [bench.engine.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")],
        )
    )
    text = (await (await bench.client()).get("http://locker/metrics")).text
    assert 'lockerd_notices{state="failed"} 1' in text
    assert 'lockerd_notices{state="waiting"} 0' in text
