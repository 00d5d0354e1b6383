"""`/webhooks`: how far each is, and what is sent again."""

import pytest
from machine_bench import a_bench, said
from pydantic import TypeAdapter

from api.machine.webhooks import WebhookView
from locker.services.fleet import EventHook


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        context = bench.context
        hook = EventHook(context.journal, context.engine, "site", "erp", ["ParcelStored"])
        context.hooks.hooks["erp"] = hook
        await hook.state()
        yield bench


async def test_D2_programs_see_how_far_a_webhook_is_and_have_events_sent_again(bench):
    reader, staff = await bench.client("read"), await bench.client("staff")
    await bench.resident()
    (told,) = await said(await reader.get("/webhooks"))
    TypeAdapter(WebhookView).validate_python(told)
    assert (told["name"], told["kinds"], told["behind"] > 0, told["dead_letters"]) == (
        "erp",
        ["ParcelStored"],
        True,
        [],
    )
    again = await said(await staff.post("/webhooks/erp/replay", json={"after": 0}))
    assert (again["done"], again["behind"]) == (0, told["done"] + told["behind"])
    assert (await said(await staff.post("/webhooks/erp/dead-letters/send")))["dead_letters"] == []
    for path in ("/webhooks/none/replay", "/webhooks/none/dead-letters/send"):
        assert (await staff.post(path, json={"after": 0} if "replay" in path else None)).status_code == 404
    for wrong in ({"after": 10**9}, {"after": -1}, {"after": "x"}, {}):
        assert (await staff.post("/webhooks/erp/replay", json=wrong)).status_code == 422
    assert (await reader.post("/webhooks/erp/replay", json={"after": 0})).status_code == 403
