"""A change for many lockers goes out in stages, stops at the first refusal, and is taken back everywhere."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import aiomqtt
import psycopg
import pytest

from fleet import rollout_decisions, rollouts
from fleet.event_intake import EventIntake
from fleet.rollout_contents import PROGRAM, GivenOrder, ProgramContent
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
    assert stage_of([part(1, "left-out"), part(2, "waiting")], watch, NOW) == 2
    assert stage_of([part(1, "left-out"), part(2, "left-out")], watch, NOW) is None


class FarLocker:
    """What a locker says on the wire: how it stands, and what became of an order."""

    def __init__(self, name):
        self.name = name
        self.version = 0
        self.refuses = ""
        self.silent = False
        self.sealed = False
        self.orders = []
        self.program = {"version": "0.1.0", "updates": True}

    def state(self):
        told = {"doors": {}, "free": {}, "parcels": {}, "warnings": [], "rules": {"tariff": self.version}}
        return json.dumps({**told, "name": self.name, "sealed": self.sealed, "program": self.program}).encode()

    async def tried(self, version, reason=""):
        """It has tried the version that was ordered last, and kept it or not."""
        kept = not reason
        last = {"order": self.last, "new": version, "kept": kept, "reason": reason}
        self.program = {"version": version if kept else "0.1.0", "updates": True, "last": last}
        await self.tell()

    def answer(self, message):
        order = json.loads(base64.b64decode(json.loads(message)["payload"]))
        self.orders.append((order["action"], order["body"]["version"]))
        self.last = order["id"]
        if self.refuses:
            return {"id": order["id"], "state": "refused", "why": self.refuses}
        self.version += order["action"] != "update"
        return {"id": order["id"], "state": "done", "version": self.version}

    async def live(self, port):
        async with aiomqtt.Client("127.0.0.1", port) as wire:
            self.wire = wire
            await wire.subscribe(f"lockers/{self.name}/order", 1)
            await wire.publish(f"lockers/{self.name}/online", b"1", 1, retain=True)
            await self.tell()
            async for message in wire.messages:
                answer = json.dumps(self.answer(message.payload)).encode()
                if self.silent:
                    continue
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
        await rollout_decisions.decide(db, name, "take-back", "wu.min")
        await looked(runner, db, "select state = 'taken-back' from rollout")
        assert [one.orders[1:] for one in lockers] == [*[[("undo-rule", 1)]] * 3, [("undo-rule", 7)]]
        with pytest.raises(RolloutNotPossible):
            await rollout_decisions.decide(db, name, "go-on", "wu.min")


async def test_O2_a_refusal_and_a_locker_that_needs_somebody_since_stop_it_for_a_person(db, database, broker, tmp_path):
    async with a_fleet(db, database, broker, tmp_path, 3) as (runner, lockers):
        lockers[0].refuses = "body-not-understood"
        name = await rollouts.begin(db, CHANGE, ["l0"], 60, "wu.min")
        with pytest.raises(RolloutNotPossible, match="under_way"):
            await rollouts.begin(db, CHANGE, [], 0, "wu.min")
        await looked(runner, db, "select state = 'halted' from rollout")
        assert (await rollouts.one(db, name))[0]["why"] == "l0: body-not-understood"
        assert [len(one.orders) for one in lockers] == [1, 0, 0]
        lockers[0].refuses, lockers[0].sealed = "", True
        await rollout_decisions.decide(db, name, "go-on", "wu.min")
        await looked(runner, db, "select state = 'halted' from rollout")
        assert (await rollouts.one(db, name))[0]["why"] == "l0"
        assert [len(one.orders) for one in lockers] == [2, 0, 0]
        await rollout_decisions.decide(db, name, "go-on", "wu.min")  # a person has seen it
        await db.execute("update rollout set watch_minutes = 0")
        await looked(runner, db, "select state = 'done' from rollout")


async def test_O2_a_locker_that_is_offline_gets_its_order_when_it_is_there_and_none_before(db, database, tmp_path):
    await db.execute("""insert into locker (id, online, state) values ('away', false, '{"rules": {"tariff": 0}}')""")
    await rollouts.begin(db, CHANGE, [], 0, "wu.min")
    await RolloutRunner(FleetSettings("mqtt://127.0.0.1:1", database.dsn, tmp_path)).look(db)
    assert (await (await db.execute("select count(*) from given_order")).fetchone())[0] == 0
    assert (await (await db.execute("select state from rollout_locker")).fetchone())[0] == "waiting"


UPDATE = Change(PROGRAM, {"version": "0.2.0"}, "doors are seen sooner")


async def state_of(db, name):
    change, parts = await rollouts.one(db, name)
    return change["state"], {part.locker: part.state for part in parts}, change["why"]


async def test_O4_a_program_goes_on_only_where_lockers_said_that_they_run_it_and_for_as_long_as_was_wished(
    db, database, broker, tmp_path
):
    async with a_fleet(db, database, broker, tmp_path, 4) as (runner, lockers):
        lockers[3].program["updates"] = False
        await lockers[3].tell()
        await until(db, "select count(*) = 3 from locker where state->'program'->'updates' = 'true'")
        name = await rollouts.begin(db, UPDATE, ["l1"], 60, "wu.min")
        await looked(runner, db, "select count(*) = 1 and bool_and(result is not null) from given_order")
        await runner.look(db)
        assert (await state_of(db, name))[1] == {"l1": "ordered", "l0": "waiting", "l2": "waiting"}
        await lockers[1].tried("0.2.0")
        await looked(runner, db, "select bool_and(state = 'done') from rollout_locker where stage = 1")
        await runner.look(db)
        assert [one.orders for one in lockers] == [[], [("update", "0.2.0")], [], []]
        lockers[2].program["version"] = "0.2.0"  # somebody was there: it needs no order
        await lockers[2].tell()
        await until(db, "select state->'program'->>'version' = '0.2.0' from locker where id = 'l2'")
        await db.execute("update rollout set watch_minutes = 0")
        await looked(runner, db, "select count(*) = 2 from given_order")
        await until(db, "select bool_and(result is not null) from given_order")
        await lockers[0].tried("0.2.0")
        await looked(runner, db, "select state = 'done' from rollout")
        assert [len(one.orders) for one in lockers] == [1, 1, 0, 0]
        with pytest.raises(RolloutNotPossible):
            await rollout_decisions.decide(db, name, "take-back", "wu.min")


async def test_O4_a_locker_that_went_back_stops_a_program_and_is_named_and_a_person_stops_it_for_good(
    db, database, broker, tmp_path
):
    async with a_fleet(db, database, broker, tmp_path, 3) as (runner, lockers):
        name = await rollouts.begin(db, UPDATE, ["l0"], 0, "wu.min")
        await looked(runner, db, "select count(*) = 1 and bool_and(result is not null) from given_order")
        await lockers[0].tried("0.2.0", reason="it does not see A2")
        await looked(runner, db, "select state = 'halted' from rollout")
        assert await state_of(db, name) == (
            "halted", {"l0": "failed", "l1": "waiting", "l2": "waiting"}, "l0: it does not see A2"
        )  # fmt: skip
        await rollout_decisions.decide(db, name, "stop", "wu.min")
        await runner.look(db)
        assert [len(one.orders) for one in lockers] == [1, 0, 0]
        assert (await state_of(db, name))[0] == "stopped"
        made = await rollout_decisions.decisions(db, name)
        assert [(one.operator, one.wish) for one in made] == [("wu.min", "stop")]


async def test_O4_a_version_that_is_gone_again_while_it_is_watched_stops_the_rest(db, database, broker, tmp_path):
    async with a_fleet(db, database, broker, tmp_path, 2) as (runner, lockers):
        await rollouts.begin(db, UPDATE, ["l0"], 60, "wu.min")
        await looked(runner, db, "select count(*) = 1 and bool_and(result is not null) from given_order")
        await lockers[0].tried("0.2.0")
        await looked(runner, db, "select bool_and(state = 'done') from rollout_locker where stage = 1")
        await lockers[0].tried("0.1.9")
        await looked(runner, db, "select state = 'halted' and why = 'l0: fleet.why_another' from rollout")
        assert lockers[1].orders == []


def test_O4_the_answer_says_that_it_is_tried_and_only_the_locker_that_it_is_kept():
    def outcome(result, minutes=5, **last):
        given = GivenOrder("x" * 24, NOW - timedelta(minutes=minutes), result)
        return ProgramContent().outcome(given, {"program": {"version": "0.1.0", "last": last}}, NOW)

    done, mine = {"state": "done"}, {"order": "x" * 24, "new": "0.2.0"}
    assert outcome(None) is None
    assert outcome(None, 12) == ("waiting", "")
    assert outcome(done, 119) is None
    assert outcome(done, 120) == ("failed", "fleet.why_no_word")
    assert outcome({"state": "interrupted"}, 119) is None
    assert outcome({"state": "interrupted"}, 120) == ("waiting", "")
    assert outcome({"state": "refused", "why": "not-now"}) == ("failed", "not-now")
    assert outcome(done, **mine, kept=True) == ("done", "")
    assert outcome(done, **mine, kept=False, reason="") == ("failed", "fleet.why_went_back")
    assert outcome(done, order="y" * 24, new="0.2.0", kept=True) is None


async def test_O2_O4_a_locker_that_never_comes_is_left_out_with_a_reason_and_brought_in_again(
    db, database, broker, tmp_path
):
    async with a_fleet(db, database, broker, tmp_path, 2) as (runner, lockers):
        await db.execute(
            """insert into locker (id, online, state) values ('away', false, '{"rules": {"tariff": 0}}')"""
        )
        name = await rollouts.begin(db, CHANGE, ["away"], 0, "wu.min")
        await runner.look(db)
        assert [one.orders for one in lockers] == [[], []]
        await rollout_decisions.leave_out(db, name, "away", "torn down", "wu.min")
        with pytest.raises(RolloutNotPossible):
            await rollout_decisions.leave_out(db, name, "away", "twice", "wu.min")
        await looked(runner, db, "select state = 'done' from rollout")
        assert [len(one.orders) for one in lockers] == [1, 1]
        with pytest.raises(RolloutNotPossible):  # it has it
            await rollout_decisions.leave_out(db, name, "l0", "no", "wu.min")
        (part,) = [one for one in (await rollouts.one(db, name))[1] if one.locker == "away"]
        assert (part.state, part.why) == ("left-out", "torn down")
        await rollout_decisions.bring_in(db, name, "away", "li.na")
        await runner.look(db)
        assert (await state_of(db, name))[:2] == ("running", {"away": "waiting", "l0": "done", "l1": "done"})
        made = await rollout_decisions.decisions(db, name)
        assert [(one.operator, one.wish, one.locker, one.reason) for one in made] == [
            ("li.na", "bring-in", "away", ""),
            ("wu.min", "leave-out", "away", "torn down"),
        ]
        await rollout_decisions.leave_out(db, name, "away", "gone for good", "wu.min")
        await rollout_decisions.decide(db, name, "take-back", "wu.min")
        await looked(runner, db, "select state = 'taken-back' from rollout")
        assert (await state_of(db, name))[1] == {"away": "left-out", "l0": "undone", "l1": "undone"}


async def test_O2_an_order_that_was_under_way_when_its_locker_was_left_out_is_counted_and_can_be_taken_back(
    db, database, broker, tmp_path
):
    async with a_fleet(db, database, broker, tmp_path, 1) as (runner, lockers):
        lockers[0].silent = True
        name = await rollouts.begin(db, CHANGE, [], 0, "wu.min")
        await looked(runner, db, "select count(*) = 1 from given_order")
        await rollout_decisions.leave_out(db, name, "l0", "slow", "wu.min")
        await db.execute("update given_order set given_at = given_at - interval '12 minutes'")
        await runner.look(db)
        assert (await state_of(db, name))[1] == {"l0": "left-out"}, "nobody waits for it, and nobody asks it again"
        await db.execute("""update given_order set result = '{"state": "done"}'""")
        await runner.look(db)
        assert (await state_of(db, name))[1] == {"l0": "done"}
        await db.execute("update rollout_locker set state = 'left-out'")
        lockers[0].silent = False
        await rollout_decisions.decide(db, name, "take-back", "wu.min")
        await looked(runner, db, "select state = 'taken-back' from rollout")
        assert [action for action, _ in lockers[0].orders] == ["add-rule", "undo-rule"]
