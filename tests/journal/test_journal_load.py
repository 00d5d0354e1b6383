"""What is read back is what was in memory, and what the log alone tells: after long random runs and restarts."""

import random

import pytest
from journal_bench import DOORS, Ledger

from locker.core.messages.commands import Cancel, Clear, Reopen, Resize, Restore, Retire, StaffOpen
from locker.core.messages.observations import Begun, WallJumped
from locker.core.model import Content, Size
from locker.core.reasons import Refused
from locker.journal.audit import audit

STEPS = 400


class Play:
    """Anything that can happen to a cabinet, by a seed."""

    def __init__(self, ledger, seed):
        self.ledger = ledger
        self.chance = random.Random(seed)
        self.parcels = []

    def step(self):
        acts = [self.deposit, self.deposit, self.door, self.door, self.visit, self.visit, self.code, self.courier]
        acts += [self.staff, self.later, self.later, self.jump, self.people]
        act = self.chance.choice(acts)
        try:
            act()
        except Refused:
            return act.__name__
        return act.__name__

    def deposit(self):
        self.parcels.append(self.ledger.deposit(label=f"L{self.chance.randrange(6)}"))

    def parcel(self):
        return self.chance.choice(self.parcels[-6:]) if self.parcels else "p0"

    def door(self):
        seen = self.chance.choice(["open", "shut", "shut", "unseen"])
        self.ledger.see(**{self.chance.choice(DOORS).id: seen})

    def visit(self):
        """Somebody is at a door, or just takes a parcel, and shuts it again."""
        parcel = self.parcel()
        if parcel in self.ledger.site.parcels:
            name = self.ledger.place(parcel)
            if self.chance.random() < 0.5:
                self.ledger.code(parcel)
            self.ledger.see(**{name: "open"})
            self.ledger.see(**{name: "shut"})

    def code(self):
        self.ledger.code(self.parcel(), second=self.chance.choice([None, None, "0001", "9"]))

    def courier(self):
        parcel = self.parcel()
        act = self.chance.choice(["cancel", "resize", "reopen", "back"])
        match act:
            case "cancel":
                self.ledger.do(Cancel(by="t", parcel=parcel))
            case "resize":
                self.ledger.do(Resize(by="t", parcel=parcel, size=Size.M))
            case _:
                self.ledger.do(Reopen(by="t", parcel=parcel, take_back=act == "back"))

    def staff(self):
        name = self.chance.choice(DOORS).id
        self.ledger.made += 1
        commands = [
            StaffOpen(by="s", order=f"s{self.ledger.made}", compartment=name, reason="x"),
            Clear(by="s", compartment=name, content=Content.EMPTY),
            Clear(by="s", compartment=name, content=Content.EMPTY),
            Clear(by="s", compartment=name, content=Content.PARCEL),
            Retire(by="s", compartment=name, reason="x"),
            Restore(by="s", compartment=name),
            Restore(by="s", compartment=name),
        ]
        self.ledger.do(self.chance.choice(commands))

    def later(self):
        self.ledger.later(self.chance.choice([1, 5, 30, 60, 120, 600, 4000]))

    def jump(self):
        if self.chance.random() < 0.3:
            self.ledger.do(WallJumped(seconds=self.chance.randrange(2, 10**6)))

    def people(self):
        self.ledger.resident("r1", consent=True, reach=self.chance.random() < 0.5)


def run(folder, seed):
    """One long random run; the uses that its compartments reached."""
    folder.mkdir()
    ledger = Ledger(folder, free_hours=1).open().begin()
    play = Play(ledger, seed)
    reached = set()
    for number in range(STEPS):
        act = play.step()
        assert ledger.loaded() == ledger.site, f"seed {seed}, step {number}: {act}"
        if number % 40 == 39:
            ledger.again()
            ledger.do(Begun(version="test"))
            if play.chance.random() < 0.8:
                ledger.see(**{d.id: "shut" for d in DOORS})
        reached |= {c.use.value for c in ledger.site.compartments.values()}
    assert ledger.folded() == ledger.site
    assert audit(ledger.journal.db) == ledger.journal.seq
    ledger.close()
    return reached


def test_the_tables_are_the_site_and_so_is_the_log_in_long_random_runs(tmp_path):
    reached = set().union(*(run(tmp_path / str(seed), seed) for seed in range(6)))
    assert reached == {"free", "filling", "loaded", "emptying", "check", "retired"}


def test_a_compartment_that_the_file_no_longer_names_is_kept_while_a_parcel_is_in_it(tmp_path):
    from locker.journal.rows import load

    ledger = Ledger(tmp_path).open().begin()
    parcel = ledger.stored()
    name = ledger.place(parcel)
    site = load(ledger.journal.db, ledger.policy, [d for d in DOORS if d.id != name])
    assert site.compartments[name].parcels == (parcel,)
    assert site.parcels[parcel].compartment == name
    ledger.close()


def test_a_new_compartment_of_the_file_is_free_and_unseen(tmp_path):
    from locker.core.model import Compartment
    from locker.journal.rows import load

    ledger = Ledger(tmp_path).open().begin()
    site = load(ledger.journal.db, ledger.policy, [*DOORS, Compartment(id="B1", size=Size.L, bank="x")])
    assert (site.compartments["B1"].use.value, site.compartments["B1"].seen.value) == ("free", "unseen")
    ledger.close()


def test_an_event_with_an_unknown_field_or_a_missing_new_one_is_still_read():
    from locker.journal.codec import event_from

    event = event_from(
        "ParcelStored", '{"parcel":"p1","compartment":"A1","deadline":"2026-03-01T08:00:00.000Z","later":1}'
    )
    assert (event.parcel, event.again) == ("p1", False)


@pytest.mark.parametrize(
    ("kind", "data"), [("Nonsense", "{}"), ("DoorShut", "{}"), ("DoorShut", "[]"), ("DoorShut", "{")]
)
def test_an_event_that_cannot_be_understood_is_unreadable(kind, data):
    from locker.journal.codec import UnreadableRecord, event_from

    with pytest.raises(UnreadableRecord):
        event_from(kind, data)
