"""Questions about the past cost what their answer is long, not what the past is long: counted in steps of SQLite."""

import pytest
from journal_bench import Ledger

from locker.core.events.record import rfc3339
from locker.core.messages.commands import Cancel
from locker.journal.history import (
    compartment_timeline,
    events_after,
    first_event_from,
    last_fault,
    parcels_page,
    timeline,
    unseen_since,
)
from locker.services.evidence.temperature_monitor import was_out_of_limits

SHORT, LONG = 12, 120
QUESTIONS = {
    "all parcels": lambda db, _: parcels_page(db, limit=5),
    "parcels of a state": lambda db, _: parcels_page(db, state="cancelled", limit=5),
    "parcels of a unit": lambda db, _: parcels_page(db, unit="UNIT-1203", limit=5),
    "a tracking number": lambda db, parcel: parcels_page(db, tracking=f"TRACKING-{parcel}", limit=5),
    "the timeline of a parcel": timeline,
    "the newest events of a door": lambda db, _: compartment_timeline(db, "A1", 10),
    "a page of events": lambda db, _: events_after(db, 5, 10),
    "a fault that never was": lambda db, _: last_fault(db, "A1", "LockFault"),
    "since when doors are unseen": lambda db, _: unseen_since(db),
    "a sensor that never spoke": lambda db, _: was_out_of_limits(db, "chest"),
    "the first event of a day": lambda db, _: first_event_from(db, "2026-03-01T12:00:00.000Z"),
}


def steps(db, ask):
    counted = [0]

    def step():
        counted[0] += 1

    db.conn.set_progress_handler(step, 1)
    ask()
    db.conn.set_progress_handler(None, 0)
    return counted[0]


@pytest.fixture(scope="module")
def cost(tmp_path_factory):
    """What each question costs after a short past and after one ten times as long."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger")).open().begin()
    first, found, made = ledger.collected(), {}, 1
    ledger.do(Cancel(by="t", parcel=ledger.deposit()))
    ledger.later(600)
    for length in (SHORT, LONG):
        for _ in range(length - made):
            ledger.collected()
            ledger.later(600)
        made = length
        for name, ask in QUESTIONS.items():
            found.setdefault(name, []).append(steps(ledger.journal.db, lambda ask=ask: ask(ledger.journal.db, first)))
    yield found
    ledger.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_past_ten_times_as_long_costs_no_more(cost, question):
    short, long = cost[question]
    assert long <= short * 1.5 + 50


def test_a_timeline_holds_what_its_doors_did_and_nothing_of_the_next_parcel(tmp_path):
    ledger = Ledger(tmp_path).open().begin()
    parcels = []
    for _ in range(6):  # four doors: some of them are used again
        parcels.append(ledger.collected())
        ledger.later(600)
    every = events_after(ledger.journal.db, 0, 10_000)
    for parcel in parcels:
        visits = {
            f"d{parcel[1:]}",
            *(said["pickup"] for said in map(body, every) if said.get("parcel") == parcel and "pickup" in said),
        }
        told = [line.seq for line in every if body(line).get("parcel") == parcel or body(line).get("visit") in visits]
        assert [line.seq for line in timeline(ledger.journal.db, parcel)] == told
        assert {"DoorOpened", "DoorShut", "VisitEnded"} <= {line.kind for line in timeline(ledger.journal.db, parcel)}
    ledger.close()


def body(line):
    return line.body()


def test_pages_follow_each_other_without_a_gap_and_a_foreign_cursor_is_none(tmp_path):
    ledger = Ledger(tmp_path).open().begin()
    parcels = []
    for _ in range(7):
        parcels.append(ledger.collected())
        ledger.later(600)
    paged, cursor = [], None
    while True:
        page, cursor = parcels_page(ledger.journal.db, after=cursor, limit=3)
        paged += [row["id"] for row in page]
        if cursor is None:
            break
    assert paged == parcels[::-1]
    with pytest.raises(ValueError, match="cursor"):
        parcels_page(ledger.journal.db, after="2026-03-01T08:00:00.000Z~p-nobody")
    ledger.close()


def test_the_first_event_of_a_moment_is_found_by_halves(tmp_path):
    ledger = Ledger(tmp_path).open()
    assert first_event_from(ledger.journal.db, rfc3339(ledger.now)) == 1
    ledger.begin()
    for _ in range(3):
        ledger.collected()
        ledger.later(600)
    every = events_after(ledger.journal.db, 0, 10_000)
    for moment in {line.at for line in every}:
        assert first_event_from(ledger.journal.db, moment) == min(line.seq for line in every if line.at >= moment)
    assert first_event_from(ledger.journal.db, "2027-01-01T00:00:00.000Z") == every[-1].seq + 1
    ledger.close()
