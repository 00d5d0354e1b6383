"""What stands on the wire is as the AsyncAPI document says."""

import asyncio
import json
from pathlib import Path

import aiomqtt
import jsonschema_rs
import pytest
from fleet_wire import Wire
from test_fleet_orders import OPERATOR, SITE, desk, openings, order  # noqa: F401  fixtures

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "fleet-asyncapi.json").read_text(encoding="utf-8"))


def judge(name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return jsonschema_rs.validator_for(schema)


def test_D7_every_channel_and_reference_of_the_document_is_there():
    assert DOCUMENT["asyncapi"].startswith("3.")
    assert set(DOCUMENT["channels"]) == {"ev", "hello", "state", "online", "checkpoint", "result", "ack", "order"}
    for channel in DOCUMENT["channels"].values():
        for message in channel["messages"].values():
            judge(message["payload"]["$ref"].rpartition("/")[2])
    assert {each["channel"]["$ref"].rpartition("/")[2] for each in DOCUMENT["operations"].values()} == set(
        DOCUMENT["channels"]
    )


async def test_D7_what_a_locker_tells_fits_its_document(bench, broker, desk):  # noqa: F811  the fixture
    heard = {}
    await bench.resident()
    await bench.collect(await bench.store())
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe(f"lockers/{SITE}/#", 1)
        wire = Wire(bench, SITE, broker.port, desk.take, operator_key="b3Blc2VzYW1lb3Blc2VzYW1lb3Blc2VzYW1lb3Blc2U=")
        wire.start()
        async with asyncio.timeout(60):
            async for message in client.messages:
                leaf = str(message.topic).rpartition("/")[2]
                heard.setdefault(leaf, message.payload)
                if leaf == "online" and message.payload == b"1":
                    await client.publish(f"lockers/{SITE}/order", order(bench), 1)
                if {"ev", "hello", "state", "online", "order", "result"} <= set(heard):
                    break
        await wire.stop()
    for leaf, name in (("ev", "EventBatch"), ("hello", "Hello"), ("state", "State"), ("result", "Result")):
        judge(name).validate(json.loads(heard[leaf]))
    envelope = json.loads(heard["order"])
    judge("Envelope").validate(envelope)
    judge("Online").validate(heard["online"].decode())


@pytest.mark.parametrize("payload", [{"epoch": "e", "seq": 1}, {"epoch": "e", "seq": 0, "asked": True}])
def test_D7_an_acknowledgement_fits_its_document(payload):
    judge("Held").validate(payload)
