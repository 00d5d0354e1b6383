"""Orders of the operator: theirs, for here, for now, once; anything else does nothing and is recorded."""

import asyncio
import base64
import json
from datetime import timedelta
from functools import partial

import aiomqtt
import pytest
from fleet_wire import Wire

from locker.core.model import Policy, Seen, Use
from locker.journal.store import CannotWrite
from locker.services.fleet import ORDER_TYPE, OrderActions, OrderDesk
from locker.services.mass_openings import MassOpenings
from locker.services.policies import NewVersion, RuleKind, Tariff
from locker.signed_note import NoteSigner
from lockerd.fleet_wiring import restart_soon

OPERATOR = NoteSigner("operator", b"o" * 32)
STRANGER = NoteSigner("operator", b"s" * 32)
SITE = "tower-3"


@pytest.fixture
def openings(bench):
    return MassOpenings(bench.engine, bench.commands)


@pytest.fixture
def desk(bench, openings):
    bench.ends = asyncio.Event()
    bench.updates = []
    restart = partial(restart_soon, bench.engine, bench.ends.set)
    actions = OrderActions(bench.commands, openings, bench.rules, restart, bench.updates.append)
    return OrderDesk(bench.journal, bench.engine, actions, OPERATOR.public, SITE)


def order(bench, action="open", body=None, *, number=1, seconds=20, signer=OPERATOR, site=SITE, **more):
    told = {
        "id": f"order-{number:020}",
        "site": site,
        "action": action,
        "body": {"compartment": "A1", "reason": "resident at the door"} if body is None else body,
        "operator": "wu.min",
        "not_after": (bench.engine.now() + timedelta(seconds=seconds)).isoformat(),
        **more,
    }
    return json.dumps(signer.envelope(ORDER_TYPE, json.dumps(told).encode())).encode()


async def take(desk, message):
    return json.loads(await desk.take(message))


async def recorded(bench):
    rows = await bench.rows("select kind, data from event where kind in ('OrderTaken', 'OrderRefused') order by seq")
    return [(row["kind"], json.loads(row["data"])) for row in rows]


async def test_O5_a_restart_waits_until_nobody_is_at_a_door_and_its_answer_has_left(bench, desk):
    await bench.resident()
    deposit = await bench.deposit()
    busy = await take(desk, order(bench, "restart", {"reason": "screen is dark"}, seconds=300))
    assert (busy["state"], busy["why"]) == ("refused", "busy")
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    done = await take(desk, order(bench, "restart", {"reason": "screen is dark"}, seconds=300, number=2))
    assert (done["state"], bench.ends.is_set()) == ("done", False)
    late = await bench.deposit("SF2")
    bench.clock.advance(3)
    await bench.quiet()
    assert not bench.ends.is_set()
    await bench.door(late.compartment, Seen.OPEN, Seen.SHUT)
    bench.clock.advance(3)
    async with asyncio.timeout(10):
        await bench.ends.wait()


async def test_O4_an_order_for_another_version_is_written_down_and_handed_on_as_it_came_once(bench, desk):
    body = {"version": "0.2.0", "reason": "doors are seen sooner"}
    message = order(bench, "update", body, seconds=600)
    first = await take(desk, message)
    assert (first["state"], first["program"]) == ("done", "0.2.0")
    assert await take(desk, message) == {**first, "again": True}
    assert [each.envelope for each in bench.updates] == [message]
    assert (await recorded(bench))[0][1]["action"] == "update"
    late = await take(desk, order(bench, "update", body, number=2, seconds=1200))
    wrong = await take(desk, order(bench, "update", {**body, "version": "../0.2"}, number=3, seconds=600))
    assert (late["why"], wrong["why"], wrong["where"]) == ("good-for-too-long", "body-not-understood", "version")


async def test_O4_a_locker_that_takes_no_program_from_the_centre_does_not_know_such_an_order(bench, desk, openings):
    actions = OrderActions(bench.commands, openings, bench.rules, bench.ends.set)
    plain = OrderDesk(bench.journal, bench.engine, actions, OPERATOR.public, SITE)
    told = await take(plain, order(bench, "update", {"version": "0.2.0", "reason": "x"}, seconds=600))
    assert (told["state"], told["why"]) == ("refused", "unknown-action")


async def test_a_signed_order_opens_one_door_and_is_recorded_before(bench, desk):
    told = await take(desk, order(bench))
    assert told["state"] == "done"
    assert bench.pulses == ["A1"]
    (kind, body), *rest = await recorded(bench)
    assert (kind, body["action"], body["operator"], rest) == ("OrderTaken", "open", "wu.min", [])
    kinds = [row["kind"] for row in await bench.rows("select kind from event order by seq")]
    assert kinds.index("OrderTaken") < kinds.index("UnlockOrdered")


async def test_D3_an_order_that_comes_again_is_answered_and_opens_nothing(bench, desk):
    message = order(bench)
    first = await take(desk, message)
    for _ in range(3):
        assert await take(desk, message) == {**first, "again": True}
    assert bench.pulses == ["A1"]
    assert len(await recorded(bench)) == 1


async def test_D3_an_order_is_known_again_after_a_restart_and_long_after_it_expired(bench, desk, openings):
    message = order(bench)
    await take(desk, message)
    bench.clock.advance(3600)
    again = OrderDesk(bench.journal, bench.engine, desk._actions, OPERATOR.public, SITE)
    await again.load()
    assert (await take(again, message))["again"] is True
    assert bench.pulses == ["A1"]


async def test_D3_an_order_that_a_power_cut_caught_is_never_followed_later(bench, desk):
    message = order(bench)
    await desk.take(message)
    await bench.journal.write(lambda db: db.execute("update fleet_order set answer = ''"))  # cut before the answer
    await desk.load()
    assert (await take(desk, message))["state"] == "interrupted"
    assert bench.pulses == ["A1"]


async def answered(bench):
    rows = await bench.rows("select data from event where kind = 'OrderAnswered' order by seq")
    return [json.loads(row["data"]) for row in rows]


async def test_D3_what_became_of_an_order_stands_in_the_journal_and_so_reaches_the_centre(bench, desk):
    await take(desk, order(bench))
    await take(desk, order(bench, body={"compartment": "Z9", "reason": "no such door"}, number=2))
    await take(desk, order(bench, "add-rule", {"kind": "tariff", "version": 1, "body": {}, "reason": "x"}, number=3))
    await take(desk, order(bench, "retire", {"compartment": "A2", "reason": "dented"}, number=4))
    await bench.journal.write(lambda db: db.execute("update fleet_order set answer = '' where id like '%4'"))
    await desk.load()
    told = [(each["order"][-1], each["state"], each["why"], each["version"]) for each in await answered(bench)]
    assert told == [
        ("1", "done", "", None),
        ("2", "refused", "unknown", None),
        ("3", "done", "", 1),
        ("4", "done", "", None),
        ("4", "interrupted", "", None),
    ]
    assert len(await answered(bench)) == 5
    await desk.load()
    assert len(await answered(bench)) == 5


async def test_D3_an_answer_for_which_there_is_no_room_is_kept_without_its_event(bench, desk, monkeypatch):
    recorded_with, calls = bench.engine.record_with, []

    async def room_for_one(work, by):
        calls.append(by)
        if len(calls) > 1:
            raise CannotWrite("no space")
        return await recorded_with(work, by)

    monkeypatch.setattr(bench.engine, "record_with", room_for_one)
    message = order(bench, "stop-many", {"opening": "none"})  # its refusal writes nothing itself
    first = await take(desk, message)
    assert await take(desk, message) == {**first, "again": True}


async def test_a_full_disk_at_start_ends_nothing(bench, desk, monkeypatch):
    message = order(bench)
    await desk.take(message)
    await bench.journal.write(lambda db: db.execute("update fleet_order set answer = ''"))

    async def on_a_full_disk(_):
        raise CannotWrite("no space")

    with monkeypatch.context() as full:
        full.setattr(bench.journal, "write", on_a_full_disk)
        await desk.load()
    assert (await take(desk, message))["state"] == "interrupted"
    assert bench.pulses == ["A1"]


def altered(bench):
    envelope = json.loads(order(bench))
    payload = base64.b64decode(envelope["payload"]).replace(b"A1", b"A2")
    return json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}).encode()


BAD = {
    "foreign": (lambda bench: order(bench, signer=STRANGER), "not-signed-by-the-operator"),
    "altered": (altered, "not-signed-by-the-operator"),
    "expired": (lambda bench: order(bench, seconds=-1), "expired"),
    "a door's that is good for an hour": (lambda bench: order(bench, seconds=3600), "good-for-too-long"),
    "another site's": (lambda bench: order(bench, site="tower-4"), "for-another-site"),
    "unknown action": (lambda bench: order(bench, action="format"), "unknown-action"),
    "garbled": (lambda _: b"{", "garbled"),
    "nested": (lambda _: b"[" * 100_000, "garbled"),
    "no order": (lambda bench: order(bench, surplus=1), "garbled"),
    "short id": (lambda bench: order(bench, id="1"), "garbled"),
    "time without zone": (lambda bench: order(bench, not_after="2026-03-01T08:00:00"), "garbled"),
    "body of another action": (lambda bench: order(bench, body={"opening": "o1"}), "body-not-understood"),
    "no reason": (lambda bench: order(bench, body={"compartment": "A1", "reason": ""}), "body-not-understood"),
}


@pytest.mark.parametrize("case", BAD)
async def test_X10_a_bad_order_does_nothing_and_is_recorded(bench, desk, case):
    make, why = BAD[case]
    told = await take(desk, make(bench))
    assert (told["state"], told["why"]) == ("refused", why)
    assert bench.pulses == []
    assert [(kind, body["cause"]) for kind, body in await recorded(bench)] == [("OrderRefused", why)]


async def test_an_id_is_good_for_one_order(bench, desk):
    await take(desk, order(bench))
    other = await take(desk, order(bench, body={"compartment": "A2", "reason": "another"}))
    assert other["why"] == "id-used-before"
    assert bench.pulses == ["A1"]


async def test_many_bad_orders_do_not_fill_the_journal(bench, desk):
    for _ in range(50):
        await take(desk, b"{")
    assert len(await recorded(bench)) == 1
    bench.clock.advance(61)
    await take(desk, b"{")
    assert (await recorded(bench))[-1][1]["more"] == 49


async def test_what_the_cabinet_refuses_is_told_with_its_reason(bench, desk):
    told = await take(desk, order(bench, body={"compartment": "Z9", "reason": "no such door"}))
    assert (told["state"], told["why"]) == ("refused", "unknown")


async def test_nothing_is_followed_while_nothing_can_be_recorded(bench, desk):
    bench.engine.seal("the key is missing")
    told = await take(desk, order(bench))
    assert told["why"] == "sealed"
    assert bench.pulses == []


@pytest.fixture
def at_most_three_doors(monkeypatch):
    monkeypatch.setattr("services_bench.Policy", lambda: Policy(many_doors=3, many_minutes=10))


async def test_X10_the_brake_on_many_doors_holds_against_the_centre(at_most_three_doors, bench, desk):
    told = []
    for number in range(6):
        body = {"compartment": f"A{number + 1}", "reason": "all at once"}
        told.append(await take(desk, order(bench, body=body, number=number, operator=f"operator {number}")))
        bench.clock.advance(3)
    assert [each["state"] for each in told] == [*["done"] * 3, *["refused"] * 3]
    assert {each["why"] for each in told[3:]} == {"too-many-doors"}
    assert len(bench.pulses) == 3


async def test_X10_many_doors_wait_for_a_person_at_the_cabinet(bench, desk, openings):
    told = await take(desk, order(bench, "ask-many", {"reason": "fire drill"}))
    assert (told["state"], openings.listed()[0].state.value) == ("waiting", "waiting")
    stopped = await take(desk, order(bench, "stop-many", {"opening": told["opening"]}, number=2))
    assert stopped["state"] == "stopped"
    assert bench.pulses == []


async def test_O2_a_rule_comes_from_the_centre_in_versions(bench, desk):
    body = {"kind": "tariff", "version": 1, "body": {}, "reason": "one tariff for all"}
    assert (await take(desk, order(bench, "add-rule", body, seconds=3600)))["version"] == 1
    again = await take(desk, order(bench, "add-rule", {**body, "version": 3}, number=2))
    assert again["why"] == "not-now"
    wrong = await take(desk, order(bench, "add-rule", {**body, "version": 2, "body": {"nonsense": 1}}, number=3))
    assert wrong["why"] == "body-not-understood"
    for number, name in enumerate(("starts_at", "ends_at"), 4):
        never = {**body, "version": 2, name: "9999-12-31T23:59:59-14:00"}
        told = await take(desk, order(bench, "add-rule", never, number=number))
        assert (told["why"], told["where"]) == ("body-not-understood", f"body.{name}")


async def test_O2_a_rule_that_is_the_newest_is_taken_back_once(bench, desk):
    body = {"kind": "tariff", "version": 1, "body": {"free_hours": 5}, "reason": "less time"}
    assert (await take(desk, order(bench, "add-rule", body, seconds=3600)))["state"] == "done"
    back = {"kind": "tariff", "version": 1, "reason": "too little"}
    assert (await take(desk, order(bench, "undo-rule", back, number=2)))["version"] == 2
    assert (await take(desk, order(bench, "undo-rule", back, number=3)))["version"] == 2
    assert len(bench.rules.versions(RuleKind.TARIFF)) == 2
    assert bench.rules.body(Tariff) == Tariff()
    other = await take(desk, order(bench, "undo-rule", {**back, "reason": "again"}, number=4))
    assert other["why"] == "not-now"
    never = await take(desk, order(bench, "undo-rule", {**back, "kind": "terms"}, number=5))
    assert never["why"] == "not-now"


async def test_O2_a_rule_that_people_here_wrote_is_not_taken_back_by_an_order(bench, desk):
    await bench.rules.add(NewVersion(1, Tariff(free_hours=5), "as the house wants it"), "staff:chen.lin")
    told = await take(desk, order(bench, "undo-rule", {"kind": "tariff", "version": 1, "reason": "back"}))
    assert told["why"] == "not-now"
    assert bench.rules.body(Tariff).free_hours == 5


async def test_a_door_is_taken_out_of_use_and_put_back(bench, desk):
    await take(desk, order(bench, "retire", {"compartment": "A2", "reason": "dented"}, seconds=3600))
    assert bench.engine.site.compartments["A2"].use is Use.RETIRED
    await take(desk, order(bench, "restore", {"compartment": "A2"}, number=2))
    assert bench.engine.site.compartments["A2"].use is Use.FREE


async def test_X10_an_order_that_a_broker_kept_is_not_followed(bench, desk, broker):
    topic = f"lockers/{SITE}/order"
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.publish(topic, order(bench), 1, retain=True)
        await client.subscribe(f"lockers/{SITE}/result", 1)
        wire = Wire(bench, SITE, broker.port, desk.take, operator_key=base64.b64encode(OPERATOR.public).decode())
        await client.subscribe(f"lockers/{SITE}/online", 1)
        wire.start()
        async with asyncio.timeout(60):
            async for message in client.messages:
                if message.payload == b"1":  # said after it listens to orders
                    await client.publish(topic, order(bench, number=2), 1)
                elif str(message.topic).endswith("/result"):
                    told = json.loads(message.payload)
                    break
        await wire.stop()
    assert told["id"].endswith("2")
    assert bench.pulses == ["A1"]
