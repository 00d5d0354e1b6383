"""A data folder of an earlier release opens, audits clean and goes on: files, tables and events keep their form.

`folder_of_0_1_0` was written before modules were renamed and folders regrouped: two days of a town with faults and a
power cut, accounts, tokens, a courier, notices, a snapshot, and two visits that were under way.
"""

import asyncio
import contextlib
import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from virtual import VirtualClock, virtually

from locker.core.messages.commands import Collect
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Compartment, Policy, Seen, Size
from locker.journal import schema
from locker.journal.audit import audit
from locker.journal.backup import newest_good, unpack
from locker.journal.codec import data_to_hand_out
from locker.journal.connections import connect
from locker.journal.event_schema import event_schema
from locker.journal.schema import STEPS, tables_number
from locker.journal.store import Journal, read_only
from locker.services.people import CourierAccounts, MachineTokens, ResidentDirectory, StaffAccounts
from locker.startup import open_engine

BEFORE = Path(__file__).parent / "folder_of_0_1_0"
EVENTS = 278
SIZES = {"A1": "S", "A2": "S", "A3": "M", "A4": "S", "A5": "M", "A6": "L", "A7": "S", "A8": "M", "A9": "XL", "A10": "S"}
DOORS = [Compartment(id=name, size=Size(size), bank="wire") for name, size in (SIZES | {"B1": "S", "B2": "S"}).items()]


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(BEFORE, copy)
    return copy


def code_of(number):
    """The code that the town gave to its n-th parcel."""
    return f"{number * 7919 % 10**8:08d}"


def test_a_folder_of_before_audits_clean_as_it_lies(folder):
    assert audit(read_only(folder), folder) == EVENTS


def started(folder):
    """One start of today's release on this folder."""

    async def start():
        journal = Journal(folder, threads=False)
        engine, _ = open_engine(journal, VirtualClock(), Policy(), DOORS, print)
        assert engine.sealed is None
        journal.close()

    virtually(start)


def every_release():
    return sorted(BEFORE.parent.glob("folder_of_*"))


@pytest.mark.parametrize("release", every_release(), ids=lambda place: place.name)
def test_the_folder_of_every_release_opens_and_its_tables_are_copied_before_they_change(tmp_path, release):
    folder = tmp_path / "data"
    shutil.copytree(release, folder)
    number = tables_number(folder / "locker.db")
    assert 0 < number < len(STEPS), "a release of today needs no folder of its own here"
    for _ in range(2):  # the second start changes nothing and copies nothing
        started(folder)
    assert tables_number(folder / "locker.db") == len(STEPS)
    [copy] = folder.glob("before-tables-*.backup")
    assert newest_good(folder) == copy
    unpack(copy, tmp_path / "unpacked")
    assert tables_number(tmp_path / "unpacked/locker.db") == number


def test_without_room_for_the_copy_the_cabinet_starts_too(folder):
    (folder / f"before-tables-{tables_number(folder / 'locker.db')}.backup").mkdir()
    started(folder)
    assert tables_number(folder / "locker.db") == len(STEPS)


def test_a_folder_of_before_goes_on_and_its_codes_open(folder):
    pulses = []

    async def life():
        journal = Journal(folder, threads=False)
        engine, vault = open_engine(journal, VirtualClock(), Policy(), DOORS, pulses.append)
        assert engine.sealed is None
        assert journal.db.execute("select value from meta where key = 'key-check'").fetchone() == (vault.check_value,)
        actor = asyncio.create_task(engine.run())
        engine.observe(Begun(version="after"))
        engine.observe(SwitchesSeen(dict.fromkeys(SIZES, Seen.SHUT) | {"B1": Seen.SHUT, "B2": Seen.SHUT}))
        await engine.heartbeat()
        assert {name: c.use.value for name, c in engine.site.compartments.items() if c.use != "loaded"} == {
            **dict.fromkeys(("A3", "A4"), "check"),
            **dict.fromkeys(("A6", "A8", "A9", "B2"), "free"),
        }
        answer = await engine.ask(
            Collect(by="kiosk", pickup="k1", hash=vault.code_hash(code_of(47)), token=False, source="kiosk")
        )
        assert answer.openings == (("p0000000047", "A7"),)
        people = (
            ResidentDirectory(journal, engine),
            MachineTokens(journal, engine),
            CourierAccounts(journal, engine, vault),
        )
        for each in people:
            await each.load()
        assert [*people[2].companies()] == ["SF"]
        names = [account.name for account in await StaffAccounts(journal, engine, vault).accounts()]
        assert names == ["chen.lin", "wang.wu"]
        actor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await actor
        journal.close()

    virtually(life)
    assert [order.door for order in pulses] == ["A7"]
    assert audit(read_only(folder), folder) > EVENTS


def test_N6_events_of_an_earlier_release_are_as_the_documented_schema_says(folder):
    judge = jsonschema_rs.validator_for(event_schema())
    db = read_only(folder)
    rows = db.execute("select seq, at, kind, by, data, hash from event").fetchall()
    db.conn.close()
    assert len(rows) == EVENTS
    for seq, at, kind, by, data, line_hash in rows:
        body = json.loads(data_to_hand_out(kind, data))
        told = {"seq": seq, "at": at, "kind": kind, "by": by, "data": body, "hash": line_hash}
        assert [str(fault) for fault in judge.iter_errors(told)] == [], kind


def test_a_first_start_makes_at_once_what_every_step_comes_to(tmp_path, monkeypatch):
    """And whatever a step leaves, a cabinet of before gets too: no step may put a row that a new one would not have."""
    drawn = "select type, name, tbl_name, sql from sqlite_master order by type, name"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", STEPS[:1])
        before = connect(tmp_path / "before.db")
        assert schema.migrate(before) == 1
    new = connect(tmp_path / "new.db")
    assert schema.migrate(new) == schema.migrate(before) == len(STEPS)
    assert new.execute(drawn).fetchall() == before.execute(drawn).fetchall()
    assert len(new.table_names()) > 40
    for db in (new, before):
        assert {name: db[name].count for name in db.table_names() if db[name].count} == {}
        assert tables_number(Path(db.execute("pragma database_list").fetchone()[2])) == len(STEPS)
        db.close()
