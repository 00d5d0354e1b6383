"""Which rows an outcome changed, written beside its events; and the site read back from them.

Laws:

1. The tables are what folding the events gives, row for row and column for column: `audit` compares them. So a row is
   written from the site after the outcome, never from an event by hand, except what is private (`_insert_parcel`,
   `_write_private`), which no event holds.
2. All of it happens in the transaction that the caller opened: events without their rows, or rows without their
   events, can not be on the disk.
3. What did not change is not named. SQLite writes every index again in which a named column stands, and a card wears
   out by pages: a state alone costs two pages, not nine.
4. Which rows changed is told by identity (`changed`): every change makes a new value and leaves all others as they are.
   That costs a look at each name, no comparison, and forgets nothing, however many doors and parcels an event touches.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from locker.core.credential import CredentialKind
from locker.core.deposit_right import KnownRight
from locker.core.events.any_event import AnyEvent
from locker.core.events.custody_events import ParcelReassigned
from locker.core.events.door_events import ClockJumped, Restored, Started
from locker.core.events.parcel_events import CredentialAdded, CredentialEnded, HandOverStarted, OutboundBooked
from locker.core.events.picture_events import ClipTaken, SnapshotTaken
from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import ResidentErased, ResidentSaved
from locker.core.events.visit_events import CodeRenewed, DepositReopened, DepositStarted
from locker.core.evolve.doors import moves_from
from locker.core.evolve.site_updates import changed
from locker.core.messages.commands import CommandAnswer
from locker.core.model import Bucket, Compartment, Parcel, ParcelState, Resident, Seen, Site, Size, Use
from locker.core.staff_order import StaffOrder
from locker.core.visit import Visit
from locker.frozen import dataclass
from locker.journal.codec import columns, from_columns, packed, unpacked
from locker.journal.erasure import forget

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.core.model import Policy
    from locker.core.outcome import Outcome

STATE_OF_COMPARTMENT = ("id", "use", "seen", "since", "parcels", "openings", "faults", "reason", "staff_orders")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that must be given again to the same key."""

    key: str
    body: str
    answer: CommandAnswer


def write(db: Database, outcome: Outcome, recorded: list[Recorded], keep: KeptAnswer | None) -> None:
    """Write events, changed rows and the kept answer into the open transaction."""
    if recorded:
        marks = ",".join(["(?,?,?,?,?,?)"] * len(recorded))
        values = [v for r in recorded for v in (r.seq, r.at, r.kind, r.by, r.data, r.hash)]
        db.execute(f"insert into event (seq, at, kind, by, data, hash) values {marks}", values)  # noqa: S608  marks only
        _write_state(db, outcome)
        for event in outcome.events:
            if isinstance(event, Started):
                _lose_sight_of_others(db, outcome.after)
            if isinstance(event, ClockJumped) and event.durations:
                _move_answers(db, event, moves_from(outcome.before, event, outcome.at))
        _write_buckets(db, outcome)
        _write_rights(db, outcome)
        for event in outcome.events:
            _write_private(db, event)
    if keep is not None:
        body = json.dumps(asdict(keep.answer), ensure_ascii=False)
        db.execute(
            "insert or replace into answer (key, body, kind, answer, at) values (?,?,?,?,?)",
            (keep.key, keep.body, type(keep.answer).__name__, body, rfc3339(outcome.at)),
        )


def _write_state(db: Database, outcome: Outcome) -> None:
    before, after = outcome.before, outcome.after
    doors = (*changed(before.compartments, after.compartments), *changed(before.visits, after.visits))
    for name in dict.fromkeys(doors):
        _put(db, "compartment", "id", door_columns(after.compartments[name], after.visits.get(name)))
    forgotten = [name for name in after.parcels if name not in outcome.site.parcels]
    for name in dict.fromkeys((*changed(before.parcels, after.parcels), *forgotten)):
        _write_parcel(db, outcome, name)


def door_columns(door: Compartment, visit: Visit | None) -> dict[str, Any]:
    """The row of a door: how it stands, and who is at it."""
    row = columns(door)
    return {key: row[key] for key in STATE_OF_COMPARTMENT} | {"visit": None if visit is None else packed(visit)}


def _write_parcel(db: Database, outcome: Outcome, name: str) -> None:
    before, after = outcome.before.parcels.get(name), outcome.after.parcels[name]
    live = name in outcome.site.parcels
    told = next((e for e in outcome.events if getattr(e, "parcel", "") == name and hasattr(e, "tracking")), None)
    if before is None:
        _put(db, "parcel", "id", columns(after) | {"in_site": int(live)} | _private(told, rfc3339(outcome.at)))
    else:
        _update_parcel(db, before, after, live=live)
        if told is not None:
            _fill_in(db, name, told)


def _private(told: Any, at: str) -> dict[str, Any]:
    """What is private of a new parcel, at once: filled in later, it would first stand in every index as empty."""
    consent = getattr(told, "consent", None)
    return {
        "tracking": told.tracking,
        "unit": told.unit,
        "courier": told.courier,
        "details": getattr(told, "details", ""),
        "consent": consent,
        "created_at": at,
    }


def _fill_in(db: Database, parcel: str, told: Any) -> None:
    """What a deposit says of a parcel that was expected; of its number nothing but what it is."""
    row = {name: value for name, value in _private(told, "").items() if value}
    marks = ", ".join(f"{name} = ?" for name in row)
    if row:
        db.execute(f"update parcel set {marks} where id = ?", [*row.values(), parcel])  # noqa: S608  own names


def _move_answers(db: Database, event: ClockJumped, since: datetime) -> None:
    """Answers that must be given again are kept for a day that passes, not for one that a clock skips."""
    db.execute(
        "update answer set at = strftime('%Y-%m-%dT%H:%M:%fZ', at, ? || ' seconds') where at > ?",
        (event.seconds, rfc3339(since)),
    )


def _lose_sight_of_others(db: Database, site: Site) -> None:
    """A start sees no door, those neither that the site file has left out and that are in no site any more."""
    here = json.dumps(list(site.compartments))
    sql = "update compartment set seen = ? where seen <> ? and id not in (select value from json_each(?))"
    db.execute(sql, (Seen.UNSEEN.value, Seen.UNSEEN.value, here))


def _write_buckets(db: Database, outcome: Outcome) -> None:
    for source, bucket in outcome.after.buckets.items():
        if bucket is not outcome.before.buckets.get(source):
            _put(db, "bucket", "source", {"source": source} | columns(bucket))


def _write_rights(db: Database, outcome: Outcome) -> None:
    before, after = outcome.before.rights, outcome.after.rights
    for name in changed(before, after):
        right = after.get(name)
        if right is None:
            db.execute("delete from deposit_right where id = ?", (name,))
        else:
            _put(db, "deposit_right", "id", columns(right), _differing(before.get(name), right))


def _update_parcel(db: Database, before: Parcel, parcel: Parcel, *, live: bool) -> None:
    row = columns(parcel) | {"in_site": int(live)}
    # What is not named needs no change in any index: a state alone costs two pages, not nine.
    differing = _differing(before, parcel)
    names = [name for name in row if name in differing or (name == "in_site" and not live)]
    marks = ", ".join(f"{name} = ?" for name in names)
    if names:
        db.execute(f"update parcel set {marks} where id = ?", [*(row[n] for n in names), parcel.id])  # noqa: S608  own names
    if parcel.state.ended or (parcel.from_resident and parcel.state is ParcelState.STORED):
        # The code of a booking is shown until it was used; from then on nobody is told what opens the door.
        db.execute("delete from sealed where parcel = ?", (parcel.id,))
    if parcel.state.ended and any(c.kind is CredentialKind.DELEGATE for c in parcel.credentials):
        db.execute("delete from credential_name where parcel = ?", (parcel.id,))


def _write_private(db: Database, event: AnyEvent) -> None:  # noqa: C901  one arm a kind
    """What stays out of the journal goes to its own row."""
    match event:
        case DepositStarted() | OutboundBooked() if event.sealed:
            db.execute("insert into sealed (parcel, blob) values (?, ?)", (event.parcel, event.sealed))
        case DepositReopened() if event.fetched_by:
            db.execute("update parcel set fetched_by = ? where id = ?", (event.fetched_by, event.parcel))
        case CodeRenewed():
            db.execute("insert or replace into sealed (parcel, blob) values (?, ?)", (event.parcel, event.sealed))
        case CredentialAdded() if event.name:
            name = (event.credential, event.parcel, event.name)
            db.execute("insert into credential_name (credential, parcel, name) values (?, ?, ?)", name)
        case CredentialEnded():
            ended = (event.parcel, event.credential)
            db.execute("delete from credential_name where parcel = ? and credential = ?", ended)
        case ParcelReassigned():
            db.execute("update parcel set unit = ? where id = ?", (event.unit, event.parcel))
        case HandOverStarted():
            db.execute("update parcel set courier = ? where id = ?", (event.courier, event.parcel))
        case SnapshotTaken() | ClipTaken():
            _put_picture(db, event)
        case ResidentSaved():
            row = {
                "id": event.resident,
                "unit": event.unit,
                "name": event.name,
                "phone": event.phone,
                "language": event.language,
                "email": event.email,
                "consent": None if event.consent is None else int(event.consent),
                "reach": int(event.reach),
            }
            _put(db, "resident", "id", row)
        case ResidentErased() | Restored():
            forget(db, event)
        case _:
            pass


def _differing(before: Any, after: Any) -> frozenset[str]:
    """Which fields of one value are no longer what they were; all of them when there was none."""
    names = (f.name for f in fields(after))
    return frozenset(n for n in names if before is None or getattr(before, n) != getattr(after, n))


def _put_picture(db: Database, event: SnapshotTaken | ClipTaken) -> None:
    cause, frames = (f"clip-{event.cause}", event.frames) if isinstance(event, ClipTaken) else (event.cause, 0)
    db.execute(
        "insert into snapshot (of, sha256, compartment, parcel, cause, day, bytes, removed, frames) "
        "values (?, ?, ?, ?, ?, ?, ?, 0, ?)",
        (event.of, event.sha256, event.compartment, event.parcel, cause, event.day, event.size, frames),
    )


def _put(db: Database, table: str, key: str, row: dict[str, Any], changed: frozenset[str] | None = None) -> None:
    """Insert the row, or change these columns of the one of this key; any other likeness is an error.

    Columns that stay as they are must not be named: SQLite would write every index they stand in anew.
    """
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    changes = ", ".join(f"{n} = excluded.{n}" for n in row if n != key and (changed is None or n in changed))
    clash = f"update set {changes}" if changes else "nothing"
    db.execute(
        f"insert into {table} ({names}) values ({marks}) on conflict ({key}) do {clash}",  # noqa: S608  own names
        list(row.values()),
    )


def load(db: Database, policy: Policy, built: Iterable[Compartment]) -> Site:
    """The site as the tables tell it, for the cabinet as the site file builds it.

    A compartment that the file no longer names is kept, unseen, while a parcel is recorded in it or a visit is.
    """
    known = {row["id"]: row for row in _all(db, "select * from compartment")}
    compartments = {c.id: _stood(c, known.get(c.id)) for c in built}
    parcels = [from_columns(Parcel, row) for row in _all(db, "select * from parcel where in_site = 1")]
    visits = [unpacked(Visit, row["visit"]) for row in known.values() if row["visit"] is not None]
    sizes = {parcel.compartment: parcel.size for parcel in parcels}
    for name in sorted({*sizes, *(visit.compartment for visit in visits)} - {""} - compartments.keys()):
        ghost = Compartment(id=name, size=sizes.get(name, Size.S), bank="")
        compartments[name] = _stood(ghost, known.get(name))
    buckets = {row.pop("source"): from_columns(Bucket, row) for row in _all(db, "select * from bucket")}
    residents = [resident(row) for row in _all(db, "select * from resident")]
    rights = [from_columns(KnownRight, row) for row in _all(db, "select * from deposit_right")]
    return Site(
        policy=policy,
        compartments=compartments,
        parcels={p.id: p for p in parcels},
        visits={v.compartment: v for v in visits},
        residents={r.id: r for r in residents},
        codes={h: p.id for p in parcels for h in p.hashes},
        buckets=buckets,
        rights={r.id: r for r in rights},
    )


def resident(row: dict[str, Any]) -> Resident:
    """What rules must know of a resident."""
    consent = row["consent"]
    return Resident(
        id=row["id"],
        unit=row["unit"],
        phone_tail=row["phone"][-4:],
        consent=None if consent is None else bool(consent),
        reach=bool(row["reach"]),
    )


def _stood(built: Compartment, row: dict[str, Any] | None) -> Compartment:
    if row is None:
        return built
    state = {name: row[name] for name in STATE_OF_COMPARTMENT if name != "id"}
    return replace(built, **(state | _typed(state)))


def _typed(state: dict[str, Any]) -> dict[str, Any]:
    since = state["since"]
    return {
        "use": Use(state["use"]),
        "seen": Seen(state["seen"]),
        "since": None if since is None else moment(since),
        "parcels": tuple(json.loads(state["parcels"])),
        "staff_orders": tuple(StaffOrder(each["by"], moment(each["at"])) for each in json.loads(state["staff_orders"])),
    }


def _all(db: Database, sql: str) -> list[dict[str, Any]]:
    cursor = db.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
