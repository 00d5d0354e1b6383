"""A real journal on a folder of the test's own, driven by the pure core without an engine."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from locker.core.doors.deadlines import next_deadline
from locker.core.events.record import moment
from locker.core.evolve.evolve import evolve, forget
from locker.core.messages.commands import Collect, Deposit, SaveResident
from locker.core.messages.observations import Begun, SwitchesSeen, Tick
from locker.core.model import Compartment, Policy, Seen, Site, Size
from locker.core.reasons import Refused
from locker.core.rules import decide
from locker.journal.codec import event_from
from locker.journal.history import events_after
from locker.journal.rows import load
from locker.journal.store import Journal
from locker.key_check import open_vault

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DOORS = [Compartment(id=f"A{n}", size=Size.M, bank="left", bottom_mm=1300, top_mm=1500) for n in range(1, 5)]


class Ledger:
    """One data folder: opened, written through `append`, closed as a killed process closes it."""

    def __init__(self, folder, **policy):
        self.folder = folder
        self.policy = Policy(**policy)
        self.now = BEGIN
        self.made = 0
        self.secrets = {}

    def open(self):
        self.journal = Journal(self.folder, threads=False)
        self.journal.open()
        self.vault, _ = open_vault(self.journal)
        self.site = self.loaded()
        return self

    def loaded(self):
        return load(self.journal.db, self.policy, DOORS)

    def close(self):
        self.journal.close()

    def again(self):
        self.close()
        return self.open()

    def do(self, message):
        """Decide and append in one transaction, as the engine does; what a refusal keeps is appended too."""
        try:
            outcome = decide(self.site, message, self.now)
        except Refused as refused:
            if refused.record is not None:
                self.append(refused.record)
            raise
        self.append(outcome)
        return outcome

    def append(self, outcome, by="test", keep=None):
        recorded = self.journal.append_durably(outcome, by, keep)
        self.site = outcome.site
        return recorded

    def later(self, seconds):
        target = self.now + timedelta(seconds=seconds)
        while (due := next_deadline(self.site)) is not None and due <= target:
            self.now = max(self.now, due)
            self.do(Tick(synced=True))
        self.now = target
        self.do(Tick(synced=True))

    def see(self, **doors):
        self.do(SwitchesSeen({name: Seen(value) for name, value in doors.items()}))

    def begin(self):
        self.do(Begun(version="test"))
        self.see(**{d.id: "shut" for d in DOORS})
        self.resident()
        return self

    def resident(self, name="r1", **more):
        said = {"unit": "UNIT-1203", "name": "Wang Ming", "phone": "+8613800000001", "email": "wang@example.org"}
        said |= {"language": "en", "consent": True, "reach": False}
        self.do(SaveResident(by="staff:t", id=name, **(said | more)))

    def deposit(self, label=None, **more):
        self.made += 1
        parcel = f"p{self.made:010d}"
        secrets = self.secrets[parcel] = self.vault.mint(8)
        said = {
            "by": "token:t",
            "parcel": parcel,
            "size": Size.M,
            "recipients": ("r1",),
            "label_hash": self.vault.label_hash(label or parcel),
            "code_hash": secrets.code_hash,
            "token_hash": secrets.token_hash,
            "sealed": secrets.sealed,
            "tracking": f"TRACKING-{parcel}",
            "unit": "UNIT-1203",
            "company": "SF",
            "courier": "COURIER LI",
        }
        self.do(Deposit(**(said | more)))
        return parcel

    def place(self, parcel):
        return self.site.parcels[parcel].compartment

    def stored(self, **more):
        parcel = self.deposit(**more)
        self.see(**{self.place(parcel): "open"})
        self.see(**{self.place(parcel): "shut"})
        return parcel

    def code(self, parcel, **more):
        self.made += 1
        hashed = self.secrets[parcel].code_hash if parcel in self.secrets else f"wrong {self.made}"
        said = {"by": "kiosk", "pickup": f"k{self.made:010d}", "hash": hashed, "token": False, "source": "kiosk"}
        self.do(Collect(**(said | more)))

    def collected(self):
        parcel = self.stored()
        self.code(parcel)
        self.see(**{self.place(parcel): "open"})
        self.see(**{self.place(parcel): "shut"})
        return parcel

    def rows(self, sql, *values):
        """What another process would read from the disk now."""
        with contextlib.closing(sqlite3.connect(f"file:{self.journal.path}?mode=ro", uri=True)) as other:
            return other.execute(sql, values).fetchall()

    def folded(self):
        """The site as the log alone tells it; only the residents' personal part comes from their table."""
        site = Site(policy=self.policy, compartments={d.id: d for d in DOORS})
        after = 0
        while page := events_after(self.journal.db, after, 500):
            for one in page:
                event = event_from(one.kind, one.data)
                before, site = site, evolve(site, event, moment(one.at))
                site = forget(before, site)
            after = page[-1].seq
        return replace(site, residents=self.loaded().residents)
