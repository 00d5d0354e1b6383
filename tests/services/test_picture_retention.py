"""Pictures go when their time is over, by rule; what is disputed stays; never on a wrong clock."""

import pytest

from locker.core.events.record import rfc3339
from locker.services.evidence import PictureRetention, SnapshotStore
from locker.services.policies import RuleBook
from locker.services.policies.rule_bodies import Retention
from locker.services.policies.rule_book import NewVersion

DAY = 86400


@pytest.fixture
async def keeper(bench):
    rules = RuleBook(bench.journal, bench.engine)
    await rules.load()
    bench.counted = []
    made = PictureRetention(bench.journal, bench.engine, bench.clock, rules, lambda: bench.counted.append(1))
    made.rules = rules
    return made


async def picture(bench, parcel="", compartment="A1", content=None):
    """A picture of the event that is recorded now: its file and its row."""
    await bench.engine.note("door-looked-at", compartment, "test")
    seq, at = bench.journal.seq, rfc3339(bench.engine.now())
    saved = SnapshotStore(bench.folder).save(content or f"{seq}".encode(), at[:10])
    values = [seq, saved.sha256, compartment, parcel, "x", saved.day, saved.size]
    sql = "insert into snapshot (of, sha256, compartment, parcel, cause, day, bytes, removed) values (?,?,?,?,?,?,?,0)"
    await bench.journal.write(lambda db: db.execute(sql, values))
    return SnapshotStore(bench.folder).path(saved.day, saved.sha256)


async def test_SEC_09_pictures_go_after_the_days_of_the_rule_and_the_journal_tells_how_many(bench, keeper):
    old = [await picture(bench), await picture(bench)]
    bench.clock.advance(29 * DAY)
    young = await picture(bench)
    await keeper.look()
    assert all(each.exists() for each in (*old, young))
    bench.clock.advance(DAY + 60)
    await keeper.look()
    assert [each.exists() for each in (*old, young)] == [False, False, True]
    assert bench.counted == [1]
    rows = await bench.rows("select data from event where kind = 'Noted' order by seq desc limit 1")
    assert "pictures-ended" in rows[0]["data"]
    assert "2, older than 30 days" in rows[0]["data"]


async def test_SEC_09_the_profile_is_the_number_of_the_rule_three_days_for_europe(bench, keeper):
    await keeper.rules.add(NewVersion(1, Retention(pictures_days=3), "EDPB 3/2019"), "staff:boss")
    old = await picture(bench)
    bench.clock.advance(3 * DAY + 60)
    await keeper.look()
    assert not old.exists()


async def test_X9_legal_hold_what_a_case_is_about_or_is_held_stays_until_that_is_over(bench, keeper):
    kept = await picture(bench, parcel="p1")
    at_door = await picture(bench, compartment="A2")
    gone = await picture(bench, parcel="p2", compartment="A3")
    columns = (
        "number, serial, epoch, kind, priority, source, stage, parcel, compartment, unit, resident, urgent, owner,"
    )
    columns += " partners, opened_at, opened_by, reply_due, due, provisional, warned, of, outcome, erase"
    for number, parcel, door in (("c1", "p1", "A1"), ("c2", "", "A2")):
        values = [number, int(number[1]), "e", "loss", 1, "panel", "open", parcel, door, "", "", 0, "", "[]"]
        values += ["x", "t", "x", "x", 0, "[]", int(number[1]), "", 0]
        sql = f"insert into cases ({columns}) values ({','.join('?' * len(values))})"
        await bench.journal.write(lambda db, sql=sql, values=values: db.execute(sql, values))
    bench.clock.advance(31 * DAY)
    await keeper.look()
    assert [each.exists() for each in (kept, at_door, gone)] == [True, True, False]
    await bench.journal.write(lambda db: db.execute("update cases set closed_at = 'x'"))
    await keeper.look()
    assert [each.exists() for each in (kept, at_door)] == [False, False]


async def test_nothing_goes_while_the_clock_is_not_synchronised(bench, keeper, monkeypatch):
    old = await picture(bench)
    bench.clock.advance(400 * DAY)
    monkeypatch.setattr(bench.clock, "synced", lambda: False)
    await keeper.look()
    assert old.exists()


async def test_a_file_goes_with_the_last_row_that_names_it(bench, keeper):
    first = await picture(bench, content=b"same")
    bench.clock.advance(60)
    assert await picture(bench, content=b"same") == first
    bench.clock.advance(30 * DAY - 30)
    await keeper.look()
    assert first.exists()
    bench.clock.advance(60)
    await keeper.look()
    assert not first.exists()
