"""Who is at a door stands in the row of that door, in tables of before too."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from journal_bench import Ledger
from sqlite_utils import Database

from locker.core.model import Compartment, Policy, Size
from locker.core.visit import Leaving, Visit, VisitKind
from locker.journal import schema
from locker.journal.codec import UnreadableRecord, columns, packed, unpacked
from locker.journal.door_tables import VISITS_IN_THEIR_DOORS
from locker.journal.rows import load

AT = datetime(2026, 3, 1, 8, 0, 0, 250000, tzinfo=UTC)
ORDERED = Visit(
    id="d1", kind=VisitKind.DEPOSIT, compartment="A1", parcels=("p1",), by="kiosk", began_at=AT, pulsed_at=AT
)
FULL = Visit(
    id="k1", kind=VisitKind.PICKUP, compartment="A2", parcels=("p2", "p3"), by="token:多媒体", began_at=AT,
    pulsed_at=AT, pulses=2, asked=1, opened_at=AT, shut_at=AT, leaving=next(iter(Leaving)), inside=True, blind=True,
    doubt=True,
    put_back=("p3",), accepted=("p2",), door_open_seconds=60, reopen_seconds=0, place="desk", target="A3", origin="A4",
)  # fmt: skip
DOORS = [Compartment(id=name, size=Size.S, bank="b") for name in ("A1", "A2", "A3")]


def test_every_field_of_the_full_visit_differs_from_its_default():
    assert {f.name for f in fields(Visit) if getattr(FULL, f.name) == f.default} == set()


@pytest.mark.parametrize("visit", [ORDERED, FULL])
def test_O1_a_visit_that_was_under_way_at_an_update_goes_on(monkeypatch, visit):
    db = Database(memory=True)
    before = schema.STEPS[: schema.STEPS.index(VISITS_IN_THEIR_DOORS)]
    with monkeypatch.context() as early:
        early.setattr(schema, "STEPS", before)
        schema.migrate(db)
    for name in ("A1", "A2", "A3"):
        db.execute(
            "insert into compartment (id, use, seen, since, openings, faults, reason, parcels, staff_orders)"
            " values (?, 'filling', 'open', '2026-03-01T08:00:00.000Z', 7, 1, 'why', '[\"p9\"]', '[]')",
            [name],
        )
    row = columns(visit)
    db.execute(f"insert into visit ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
    schema.migrate(db)
    site = load(db, Policy(), DOORS)
    assert site.visits == {visit.compartment: visit}
    door = site.compartments["A3"]
    assert (door.use.value, door.seen.value, door.openings, door.faults, door.reason, door.parcels) == (
        "filling", "open", 7, 1, "why", ("p9",)
    )  # fmt: skip


@pytest.mark.parametrize("visit", [ORDERED, FULL])
def test_a_packed_value_is_read_back_and_says_only_what_it_must(visit):
    assert unpacked(Visit, packed(visit)) == visit
    assert "opened_at" not in packed(ORDERED)


@pytest.mark.parametrize("text", ["[]", "{}", '{"id":1}', '{"later":1}', "nothing"])
def test_what_is_no_visit_is_said_to_be_unreadable(text):
    with pytest.raises(UnreadableRecord):
        unpacked(Visit, text)


def test_a_step_of_a_visit_writes_one_page_of_its_door(tmp_path):
    """Besides the event and its place under its door. What grows may split a page now and then: the least counts."""
    ledger = Ledger(tmp_path).open().begin()
    log = tmp_path / "locker.db-wal"
    frame = 24 + ledger.rows("pragma page_size")[0][0]
    counted = []
    for _ in range(4):
        name = ledger.place(ledger.deposit())
        before = log.stat().st_size
        ledger.see(**{name: "open"})
        counted.append((log.stat().st_size - before) / frame)
        ledger.see(**{name: "shut"})
    ledger.close()
    assert min(counted) == 3, counted
