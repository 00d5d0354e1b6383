"""The proof: verifies the chain of events, folds them, and compares with the tables."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from locker.core.deposit_right import KnownRight
from locker.core.events.door_events import Restored, Started
from locker.core.events.record import GENESIS, Recorded, link, moment
from locker.core.events.service_events import Noted, RuleAdded
from locker.core.evolve.evolve import evolve, forget
from locker.core.model import Bucket, Compartment, Parcel, Policy, Site, Size
from locker.core.visit import Visit
from locker.journal.audit_accounts import Accounts
from locker.journal.audit_pictures import picture_faults
from locker.journal.audit_rules import Rules
from locker.journal.audit_signatures import signature_faults
from locker.journal.codec import UnreadableRecord, columns, event_from, unpacked
from locker.journal.rows import STATE_OF_COMPARTMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

_BATCH = 5000
_GUARDS = ("event_keep", "event_fixed")


class AuditFault(Exception):
    """The first thing that is not as it must be: `event SEQ: …` or `table NAME ID: …`."""


def audit(db: Database, folder: Path | None = None) -> int:
    """Verify everything, with `folder` the pictures too; the number of events. Raises AuditFault.

    Runs in one read transaction, so a running daemon may write on. Compartments begin free and
    unseen; what is private (names, numbers on labels) is in no event and so not compared.
    """
    db.execute("begin")
    try:
        fold = _Fold(db)
        count = fold.run()
        if folder is not None:
            for fault in (*signature_faults(db), *picture_faults(db, folder, fold.restored)):
                raise AuditFault(fault)
        _guards(db)  # last: who took a guard away did it to change something, and that is the news
        return count  # noqa: TRY300  the transaction ends either way
    except sqlite3.DatabaseError as broken:
        raise AuditFault(f"table event *: cannot be read: {broken}") from broken
    finally:
        db.execute("rollback")


def _guards(db: Database) -> None:
    standing = {row[0] for row in db.execute("select name from sqlite_master where type = 'trigger'")}
    for guard in _GUARDS:
        if guard not in standing:
            raise AuditFault(f"table event {guard}: this guard of the table is missing")


def chain(db: Database) -> Iterator[Recorded]:
    """All events in order, each verified against the one before. Raises AuditFault."""
    head, seq = GENESIS, 0
    while True:
        sql = "select seq, at, kind, by, data, hash from event where seq > ? order by seq limit ?"
        batch = [Recorded(*row) for row in db.execute(sql, (seq, _BATCH)).fetchall()]
        for line in batch:
            if line.seq != seq + 1:
                raise AuditFault(f"event {seq + 1}: is missing")
            if link(head, line.seq, line.at, line.kind, line.by, line.data) != line.hash:
                raise AuditFault(f"event {line.seq}: its hash does not fit what it says or the event before it")
            head, seq = line.hash, line.seq
            yield line
        if not batch:
            return


class _Fold:
    """The site as the events alone tell it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        names = [row[0] for row in db.execute("select id from compartment")]
        blank = {name: Compartment(id=name, size=Size.S, bank="") for name in names}
        self._site = Site(policy=Policy(), compartments=blank)
        self._accounts = Accounts()
        self._rules = Rules()
        self.restored = 0

    def run(self) -> int:
        count = 0
        for line in chain(self._db):
            self._one(line)
            count = line.seq
        self._compare()
        return count

    def _one(self, line: Recorded) -> None:
        try:
            event, at = event_from(line.kind, line.data), moment(line.at)
            name = getattr(event, "compartment", "")
            if name and name not in self._site.compartments:
                raise AuditFault(f"table compartment {name}: is missing, event {line.seq} speaks of it")
            before = self._site
            after = evolve(before, event, at)
        except (UnreadableRecord, ValueError, KeyError) as broken:
            raise AuditFault(f"event {line.seq}: its body cannot be understood") from broken
        if isinstance(event, Noted):
            self._accounts.take(event)
        elif isinstance(event, RuleAdded):
            self._rules.take(event)
        elif isinstance(event, Restored):
            self.restored = line.seq
        self._site = forget(before, after)
        if isinstance(event, Started):
            return
        for gone in before.parcels.keys() - self._site.parcels.keys():
            self._parcel(after.parcels[gone], live=False)

    def _compare(self) -> None:
        site = self._site
        for name in sorted(site.compartments):
            self._row("compartment", name, "id", columns(site.compartments[name]), STATE_OF_COMPARTMENT)
        self._visits({visit.compartment: visit for visit in site.visits.values()})
        self._all("bucket", "source", dict(site.buckets), tuple(f.name for f in fields(Bucket)))
        self._all("deposit_right", "id", dict(site.rights), tuple(f.name for f in fields(KnownRight)))
        live = [row[0] for row in self._db.execute("select id from parcel where in_site = 1")]
        self._same_names("parcel", live, site.parcels)
        for name in sorted(site.parcels):
            self._parcel(site.parcels[name], live=True)
        residents = {row[0]: row[1:] for row in self._db.execute("select id, consent, reach from resident")}
        self._same_names("resident", residents, site.residents)
        for name, resident in sorted(site.residents.items()):
            expected = (None if resident.consent is None else int(resident.consent), int(resident.reach))
            if residents[name] != expected:
                raise AuditFault(f"table resident {name}: consent or reach is not what the events tell")

        for faults in (self._accounts.faults(self._db), self._rules.faults(self._db)):
            for fault in faults:
                raise AuditFault(fault)

    def _all(self, table: str, key: str, values: dict[str, Any], names: tuple[str, ...]) -> None:
        standing = [row[0] for row in self._db.execute(f"select {key} from {table}")]  # noqa: S608  own names
        self._same_names(table, standing, values)
        for name in sorted(values):
            self._row(table, name, key, columns(values[name]), names)

    def _visits(self, expected: dict[str, Visit]) -> None:
        standing = dict(self._db.execute("select id, visit from compartment where visit is not null").fetchall())
        self._same_names("visit", standing, expected)
        for name, visit in sorted(expected.items()):
            try:
                told = columns(unpacked(Visit, standing[name]))
            except UnreadableRecord as broken:
                raise AuditFault(f"table visit {name}: {broken}") from broken
            for column, value in columns(visit).items():
                if told[column] != value:
                    raise AuditFault(f"table visit {name}: {column} is {told[column]!r}, the events tell {value!r}")

    def _same_names(self, table: str, standing: Iterable[str], expected: Iterable[str]) -> None:
        for name in sorted(set(standing) ^ set(expected)):
            fault = "stands there, but no event tells of it" if name in set(standing) else "is missing"
            raise AuditFault(f"table {table} {name}: {fault}")

    def _parcel(self, parcel: Parcel, *, live: bool) -> None:
        # What opened a parcel that has left opens nothing: a folder of before does not tell it any more.
        left = () if live else ("credentials",)
        names = (*(f.name for f in fields(Parcel) if f.name not in left), "in_site")
        self._row("parcel", parcel.id, "id", columns(parcel) | {"in_site": int(live)}, names)

    def _row(self, table: str, name: str, key: str, expected: dict[str, Any], names: tuple[str, ...]) -> None:
        sql = f"select {', '.join(names)} from {table} where {key} = ?"  # noqa: S608  own names
        row = self._db.execute(sql, (name,)).fetchone()
        if row is None:
            if table == "compartment" and expected["use"] == "free" and not expected["openings"]:
                return
            raise AuditFault(f"table {table} {name}: is missing")
        for column, stands in zip(names, row, strict=True):
            new = column == "since" and expected[column] is None  # a compartment that was only ever looked at
            if stands != expected[column] and not new:
                raise AuditFault(f"table {table} {name}: {column} is {stands!r}, the events tell {expected[column]!r}")
