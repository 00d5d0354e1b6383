"""Months of a whole cabinet in seconds: the pure core, people, faults and power cuts on one queue of virtual time.

One seed is one history: the same seed gives the same events, and so the same hash.
"""

import hashlib
import heapq
import itertools
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from locker.core.doors.deadlines import next_deadline
from locker.core.events.door_events import UnlockOrdered
from locker.core.evolve.evolve import evolve, forget
from locker.core.messages.commands import Cancel, Clear, Collect, Deposit, Restore, SaveResident
from locker.core.messages.observations import Begun, PulseFailed, SwitchesSeen, Tick
from locker.core.model import Compartment, Content, Policy, Seen, Site, Size, Use, VisitKind
from locker.core.reasons import Refused
from locker.core.rules import decide
from locker.journal.codec import event_data, event_from

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CABINET = ["S"] * 10 + ["M"] * 8 + ["L"] * 4 + ["XL"] * 2


@dataclass
class Leaf:
    """One door as it is."""

    open: bool = False
    load: str | None = None
    fault: str = ""


class Days:
    """A cabinet of 24 with `parcels` a day."""

    def __init__(self, seed, *, parcels=15, fold=False):
        self.chance = random.Random(seed)
        self.parcels = parcels
        self.now = BEGIN
        built = [Compartment(id=f"A{n}", size=Size(s), bank="w", top_mm=300) for n, s in enumerate(CABINET)]
        self.site = Site(policy=Policy(), compartments={c.id: c for c in built})
        self.folded = self.site if fold else None
        self.leaves = {c.id: Leaf() for c in built}
        self.trace = hashlib.sha256()
        self.counts = {"days": 0, "stored": 0, "collected": 0, "faults": 0, "cuts": 0, "events": 0}
        self._order = itertools.count()
        self._due = []
        self._made = 0
        self._codes = {}

    # --- time -----------------------------------------------------------------------------------

    def at(self, seconds, work, *arguments):
        moment = self.now + timedelta(milliseconds=round(seconds * 1000))
        heapq.heappush(self._due, (moment, next(self._order), work, arguments))

    def run(self, days):
        """Let so many days pass; the hash of all that was recorded."""
        self.tell(Begun("days"))
        self.tell(SwitchesSeen(dict.fromkeys(self.leaves, Seen.SHUT)))
        self._save_resident()
        for _ in range(days):
            self._plan_a_day()
            end = self.now + DAY
            while self._due and self._due[0][0] < end:
                moment, _, work, arguments = heapq.heappop(self._due)
                self._ticks(moment)
                self.now = moment
                work(*arguments)
            self._ticks(end)
            self.now = end
            self.tell(Tick(synced=True))
            self.counts["days"] += 1
        return self.trace.hexdigest()

    def _ticks(self, until):
        while (due := next_deadline(self.site)) is not None and due <= until:
            self.now = max(self.now, due)
            before = self.site
            self.tell(Tick(synced=True))
            assert self.site is not before, "a deadline that nothing ends would spin for ever"

    def _plan_a_day(self):
        chance = self.chance
        for _ in range(self.parcels):
            self.at(chance.uniform(8, 18) * 3600, self._courier)
        for _ in range(2):
            self.at(chance.uniform(0, 24) * 3600, self._fault)
        self.at(chance.uniform(0, 24) * 3600, self._forced)
        self.at(9 * 3600, self._rounds)
        self.at(19 * 3600, self._rounds)
        for _ in range(chance.randrange(3)):
            self.at(chance.uniform(8, 22) * 3600, self._cut)
            self.at(chance.uniform(8, 22) * 3600, self._wrong)

    # --- the engine's part ----------------------------------------------------------------------

    def tell(self, message):
        """Decide, record, check, and pulse."""
        before = self.site
        try:
            outcome = decide(before, message, self.now)
        except Refused as refused:
            if refused.record is not None:
                self._keep(refused.record)
            return None
        self._keep(outcome)
        return outcome

    def _keep(self, outcome):
        for event in outcome.events:
            line = f"{self.now.isoformat()} {type(event).__name__} {event_data(event)}\n"
            self.trace.update(line.encode())
            self.counts["events"] += 1
            if self.folded is not None:
                self._fold(event)
        self.site = outcome.site
        self._always()
        for event in outcome.events:
            if isinstance(event, UnlockOrdered):
                self._pulse(event.compartment)

    def _fold(self, event):
        told = event_from(type(event).__name__, event_data(event))
        after = evolve(self.folded, told, self.now)
        self.folded = forget(self.folded, after)

    def _always(self):
        """No parcel in two places, none offered, every code with its parcel."""
        site = self.site
        held = [parcel for c in site.compartments.values() for parcel in c.parcels]
        assert len(held) == len(set(held)), "a parcel is in two places"
        for name, compartment in site.compartments.items():
            if compartment.use is Use.FREE and name not in site.visits:
                assert not compartment.parcels, "a compartment is free with a parcel in it"
                stale = self.leaves[name].load is not None and self.leaves[name].fault != "lie"
                assert not stale, f"{name} is offered with a parcel in it"

    # --- doors and people -----------------------------------------------------------------------

    def _pulse(self, name):
        leaf = self.leaves[name]
        if leaf.fault not in {"dead", "lost"} and not leaf.open:
            self.at(0.2, self._springs, name)
        if leaf.fault == "lost":
            self.at(1, self.tell, PulseFailed(name, "no reply"))
            leaf.fault = ""

    def _springs(self, name):
        if not self.leaves[name].open:
            self.leaves[name].open = True
            self._see(name)
            self.at(self.chance.uniform(5, 60), self._person, name)
            if self.chance.random() < 0.02:
                self.at(300, self._person, name)

    def _see(self, name):
        leaf = self.leaves[name]
        self.tell(SwitchesSeen({name: Seen.OPEN if leaf.open else Seen.SHUT}))

    def _person(self, name):
        """Whoever is at this open door finishes; one in fifty walks away."""
        if self.leaves[name].open and self.chance.random() > 0.02:
            self._finish(name)

    def _finish(self, name):
        """Do what the visit is for, and shut the door."""
        leaf, visit = self.leaves[name], self.site.visits.get(name)
        if visit is not None and visit.kind is VisitKind.DEPOSIT and visit.parcel and visit.leaving is None:
            leaf.load = visit.parcel
        elif visit is not None:
            leaf.load = None
        leaf.open = False
        self._see(name)
        parcel = self.site.compartments[name].parcel
        if visit is not None and visit.kind is VisitKind.DEPOSIT and parcel in self._codes:
            self.counts["stored"] += 1
            self.at(self.chance.expovariate(1 / 40_000), self._resident, parcel)
        elif visit is not None and visit.kind is VisitKind.PICKUP:
            self.counts["collected"] += 1

    def _courier(self):
        self._made += 1
        parcel = f"p{self._made}"
        self._codes[parcel] = f"code-{parcel}"
        self.tell(
            Deposit(
                by="token:c",
                parcel=parcel,
                size=Size(self.chance.choice("SSSML")),
                recipients=("r1",),
                label_hash=f"label-{parcel}",
                code_hash=f"code-{parcel}",
                token_hash=f"token-{parcel}",
                sealed=b"",
                tracking="",
                unit="",
                company="SF",
                courier="",
            )
        )
        if self.chance.random() < 0.05:
            self.at(self.chance.uniform(0, 30), self.tell, Cancel(by="token:c", parcel=parcel))

    def _resident(self, parcel):
        self._made += 1
        told = self.tell(
            Collect(by="kiosk", pickup=f"k{self._made}", hash=f"code-{parcel}", token=False, source="kiosk")
        )
        if told is None and parcel in self.site.parcels:
            self.at(3600, self._resident, parcel)

    def _wrong(self):
        self.tell(Collect(by="kiosk", pickup="k0", hash="wrong", token=False, source="kiosk"))

    def _fault(self):
        self.counts["faults"] += 1
        leaf = self.leaves[self.chance.choice(sorted(self.leaves))]
        leaf.fault = self.chance.choice(["dead", "lost", ""])

    def _forced(self):
        name = self.chance.choice(sorted(self.leaves))
        if not self.leaves[name].open and self.chance.random() < 0.2:
            self.leaves[name].open = True
            self._see(name)

    def _cut(self):
        """The power goes, people push doors in the dark, and it comes back."""
        self.counts["cuts"] += 1
        for leaf in self.leaves.values():
            if leaf.open and self.chance.random() < 0.5:
                leaf.open = False
        self.now += timedelta(seconds=self.chance.choice([3, 60, 4000]))
        self._due = [(max(moment, self.now), *rest) for moment, *rest in self._due]
        heapq.heapify(self._due)
        orders = self.counts["events"]
        self.tell(Begun("days"))
        assert self.counts["events"] == orders + 1
        seen = {name: Seen.OPEN if leaf.open else Seen.SHUT for name, leaf in self.leaves.items()}
        told = self.tell(SwitchesSeen(seen))
        assert not any(isinstance(event, UnlockOrdered) for event in told.events), "a start ordered a door"

    def _rounds(self):
        """Staff mend locks, look into doubtful compartments, and put retired ones back."""
        for name, leaf in self.leaves.items():
            leaf.fault = ""
            if leaf.open:
                self._finish(name)
            compartment = self.site.compartments[name]
            if compartment.use is Use.CHECK:
                if leaf.load != compartment.parcel:
                    leaf.load = None
                content = Content.PARCEL if leaf.load else Content.EMPTY
                self.tell(Clear(by="staff:s", compartment=name, content=content))
                if leaf.load:
                    self.at(7200, self._resident, leaf.load)
            elif compartment.use is Use.RETIRED:
                self.tell(Restore(by="staff:s", compartment=name))

    def _save_resident(self):
        self.tell(
            SaveResident(
                by="staff:s", id="r1", unit="1", name="N", phone="1", language="en", email="", consent=True, reach=False
            )
        )
