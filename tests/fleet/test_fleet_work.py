"""PK-07: work is moved from one person to another, and a full locker shares the room of its neighbours."""

import psycopg
import pytest

from fleet.assignments import NotAssigned, assign, changes, loads, move_work, people, set_area, spare_rooms
from fleet.overview import LockerLine, Need, lockers
from fleet.schema import migrate


def line(name, free=None, *, need=Need.NONE, online=True, area="north", person=""):
    return LockerLine(name, name, online, None, need, (), free or {}, 0, 0, person=person, area=area)


@pytest.fixture
async def db(database):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await migrate(connection)
        await connection.execute("truncate locker, assignment_change cascade")
        await connection.execute("insert into locker (id, online) values ('a', true), ('b', true), ('c', true)")
        yield connection


async def test_PK_07_the_work_of_one_person_is_given_to_another_and_every_move_is_kept(db):
    for name in ("a", "b"):
        await assign(db, name, "Wu  Min", "door A2", "boss")
    await assign(db, "c", "Chen Lin", "", "boss")
    assert await move_work(db, "Wu Min", "Chen Lin", "ill", "boss") == 2
    assert {each.id: (each.person, each.note) for each in await lockers(db)} == {
        "a": ("Chen Lin", "ill"),
        "b": ("Chen Lin", "ill"),
        "c": ("Chen Lin", ""),
    }
    assert await people(db) == ["Chen Lin"]
    assert [(each["locker"], each["before"], each["person"]) for each in await changes(db)][:2] == [
        ("b", "Wu Min", "Chen Lin"),
        ("a", "Wu Min", "Chen Lin"),
    ]
    await assign(db, "c", "", "", "boss")
    assert [(load.person, len(load.lockers)) for load in loads(await lockers(db))] == [("Chen Lin", 2)]


async def test_PK_07_what_cannot_be_moved_is_said_and_nothing_is_half_done(db):
    await assign(db, "a", "Wu Min", "", "boss")
    for wrong in (("Wu Min", "x" * 65), ("Wu Min", "\x1b"), ("Nobody", "Chen Lin"), ("Wu Min", "Wu Min")):
        with pytest.raises(NotAssigned):
            await move_work(db, *wrong, "", "boss")
    with pytest.raises(NotAssigned):
        await assign(db, "unknown", "Wu Min", "", "boss")
    with pytest.raises(NotAssigned):
        await set_area(db, "a", "x" * 65)
    assert [each.person for each in await lockers(db) if each.person] == ["Wu Min"]
    assert len(await changes(db)) == 1


def test_PK_07_who_needs_somebody_most_stands_first_and_what_nobody_has_last():
    lines = [line("a", person="Wu"), line("b", need=Need.NOW, person="Li"), line("c", need=Need.LOOK), line("d")]
    assert [(load.person, load.needing, [each.id for each in load.lockers]) for load in loads(lines)] == [
        ("Li", 1, ["b"]),
        ("Wu", 0, ["a"]),
        ("", 1, ["c"]),
    ]


def test_PK_07_a_full_locker_says_who_of_its_area_has_room_for_what_it_lacks():
    full = line("full", {"S": 2, "M": 0, "L": 0})
    lines = [
        full,
        line("some", {"M": 1}),
        line("most", {"M": 3, "L": 2}),
        line("none", {"M": 0, "S": 9}),
        line("sealed", {"M": 9}, need=Need.NOW),
        line("gone", {"M": 9}, online=False),
        line("far", {"M": 9}, area="south"),
    ]
    assert [(other.id, room) for other, room in spare_rooms(lines)["full"]] == [
        ("most", {"M": 3, "L": 2}),
        ("some", {"M": 1}),
    ]
    assert spare_rooms([line("alone", {"M": 0}, area=""), line("other", {"M": 1}, area="")]) == {}
