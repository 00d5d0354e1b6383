"""A change for many lockers goes out in stages, stops at the first refusal, and is taken back everywhere."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import aiomqtt
import psycopg
import pytest

from fleet import rollouts
from fleet.event_intake import EventIntake
from fleet.rollout_runner import RolloutRunner
from fleet.rollouts import Change, LockerPart, RolloutNotPossible, stage_of, staged
from fleet.schema import migrate
from fleet.settings import FleetSettings

CHANGE = Change("tariff", {"per_day": 100}, "one tariff for all")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
async def db(database):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await migrate(connection)
        await connection.execute("truncate locker, given_order, rollout, position, event, day_count cascade")
        yield connection


def test_O2_a_few_come_first_then_a_tenth_then_the_rest():
    lockers = [f"l{n:02}" for n in range(30)]
    stages = staged(lockers, ["l07", "unknown"])
    assert [name for name, stage in stages.items() if stage == 1] == ["l07"]
    assert [sum(stage == n for stage in stages.values()) for n in (1, 2, 3)] == [1, 3, 26]
    assert staged(["a"], ["a"]) == {"a": 1}


def test_O2_the_next_stage_waits_until_the_one_before_was_watched():
    def part(stage, state, minutes=0):
        return LockerPart("x", stage, state, 1, NOW - timedelta(minutes=minutes) if state == "done" else None, "")

    watch = timedelta(minutes=60)
    assert stage_of([part(1, "done", 10), part(2, "waiting")], watch, NOW) is None
    assert stage_of([part(1, "done", 60), part(2, "waiting")], watch, NOW) == 2
    assert stage_of([part(1, "ordered"), part(2, "waiting")], watch, NOW) == 1
    assert stage_of([part(1, "done", 90), part(2, "done", 90)], watch, NOW) is None


class FarLocker:
    """What a locker says on the wire: how it stands, and what became of an order."""

    def __init__(self, name):
        self.name = name
        self.version = 0
        self.refuses = ""
        self.sealed = False
        self.orders = []

    def state(self):
        told = {"doors": {}, "free": {}, "parcels": {}, "warnings": [], "rules": {"tariff": self.version}}
        return json.dumps({**told, "name": self.name, "sealed": self.sealed}).encode()

    def answer(self, message):
        order = json.loads(base64.b64decode(json.loads(message)["payload"]))
        self.orders.append((order["action"], order["body"]["version"]))
        if self.refuses:
            return {"id": order["id"], "state": "refused", "why": self.refuses}
        self.version += 1
        return {"id": order["id"], "state": "done", "version": self.version}

    async def live(self, port):
        async with aiomqtt.Client("127.0.0.1", port) as wire:
            self.wire = wire
            await wire.subscribe(f"lockers/{self.name}/order", 1)
            await wire.publish(f"lockers/{self.name}/online", b"1", 1, retain=True)
            await self.tell()
            async for message in wire.messages:
                answer = json.dumps(self.answer(message.payload)).encode()
                await wire.publish(f"lockers/{self.name}/result", answer, 1)
                await self.tell()

    async def tell(self):
        await self.wire.publish(f"lockers/{self.name}/state", self.state(), 1, retain=True)


@asynccontextmanager
async def a_fleet(db, database, broker, tmp_path, count):
    settings = FleetSettings(f"mqtt://127.0.0.1:{broker.port}", database.dsn, tmp_path / "keys", instance=tmp_path.name)
    lockers = [FarLocker(f"l{n}") for n in range(count)]
    tasks = [asyncio.create_task(EventIntake(settings).run())]
    tasks += [asyncio.create_task(one.live(broker.port)) for one in lockers]
    try:
        await until(db, f"select count(*) = {count} from locker where online and state <> '{{}}'")
        yield RolloutRunner(settings), lockers
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(db, query):
    async with asyncio.timeout(30):
        while not (await (await db.execute(query)).fetchone())[0]:  # noqa: ASYNC110  other programs bring it about
            await asyncio.sleep(0.02)


async def looked(runner, db, query):
    """Look again and again, as the program does every few seconds, until it is so."""
    async with asyncio.timeout(30):
        while not (await (await db.execute(query)).fetchone())[0]:
            await runner.look(db)
            await asyncio.sleep(0.02)


async def test_O2_a_change_reaches_all_stage_by_stage_and_is_taken_back(db, database, broker, tmp_path):
    async with a_fleet(db, database, broker, tmp_path, 4) as (runner, lockers):
        lockers[3].version = 6
        await lockers[3].tell()
        await until(db, "select (state->'rules'->>'tariff')::int = 6 from locker where id = 'l3'")
        name = await rollouts.begin(db, CHANGE, ["l2"], 60, "wu.min")
        await looked(runner, db, "select bool_and(state = 'done') from rollout_locker where stage = 1")
        await runner.look(db)
        assert [len(one.orders) for one in lockers] == [0, 0, 1, 0]
        await db.execute("update rollout set watch_minutes = 0")
        await looked(runner, db, "select state = 'done' from rollout")
        assert [one.orders for one in lockers] == [*[[("add-rule", 1)]] * 3, [("add-rule", 7)]]
        await rollouts.decide(db, name, "take-back")
        await looked(runner, db, "select state = 'taken-back' from rollout")
        assert [one.orders[1:] for one in lockers] == [*[[("undo-rule", 1)]] * 3, [("undo-rule", 7)]]
        with pytest.raises(RolloutNotPossible):
            await rollouts.decide(db, name, "go-on")


async def test_O2_a_refusal_and_a_locker_that_needs_somebody_since_stop_it_for_a_person(db, database, broker, tmp_path):
    async with a_fleet(db, database, broker, tmp_path, 3) as (runner, lockers):
        lockers[0].refuses = "body-not-understood"
        name = await rollouts.begin(db, CHANGE, ["l0"], 0, "wu.min")
        with pytest.raises(RolloutNotPossible, match="under_way"):
            await rollouts.begin(db, CHANGE, [], 0, "wu.min")
        await looked(runner, db, "select state = 'halted' from rollout")
        assert (await rollouts.one(db, name))[0]["why"] == "l0: body-not-understood"
        assert [len(one.orders) for one in lockers] == [1, 0, 0]
        lockers[0].refuses, lockers[0].sealed = "", True
        await rollouts.decide(db, name, "go-on")
        await looked(runner, db, "select state = 'halted' from rollout")
        assert (await rollouts.one(db, name))[0]["why"] == "l0"
        assert [len(one.orders) for one in lockers] == [2, 0, 0]
        await rollouts.decide(db, name, "go-on")  # a person has seen it
        await looked(runner, db, "select state = 'done' from rollout")


async def test_O2_a_locker_that_is_offline_gets_its_order_when_it_is_there_and_none_before(db, database, tmp_path):
    await db.execute("""insert into locker (id, online, state) values ('away', false, '{"rules": {"tariff": 0}}')""")
    await rollouts.begin(db, CHANGE, [], 0, "wu.min")
    await RolloutRunner(FleetSettings("mqtt://127.0.0.1:1", database.dsn, tmp_path)).look(db)
    assert (await (await db.execute("select count(*) from given_order")).fetchone())[0] == 0
    assert (await (await db.execute("select state from rollout_locker")).fetchone())[0] == "waiting"
