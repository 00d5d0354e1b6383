"""What history leaves beside parcels: notices that were sent or failed, pictures that made room, sign-ins of staff."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from locker.core.events.picture_events import SnapshotTaken
from locker.core.events.service_events import Noted
from locker.core.outcome import Draft
from locker.services.evidence import SnapshotStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path
    from random import Random

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.core.model import Site
    from locker.core.outcome import Outcome

CAMERA = "camera"
STAFF = ("staff:chen.lin", "staff:wang.wu")
FAILED_NOTICES = 0.005
PICTURES_KEPT = 200
_CAUSES = {"ParcelStored": "stored", "ParcelCollected": "collected"}
_NOTICE = (
    "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at, done_at)"
    " values (?, ?, ?, 'arrival', ?, ?, 1, ?, ?, ?, ?)"
)


def write_notices(db: Database, recorded: Iterable[Recorded], site: Site, rng: Random) -> None:
    """An arrival notice for each parcel that was stored, long since sent; a few failed for good."""
    for line in recorded:
        if line.kind != "ParcelStored":
            continue
        parcel = str(line.body()["parcel"])
        for recipient in site.parcels[parcel].recipients:
            failed = rng.random() < FAILED_NOTICES
            state, fault = ("failed", "unreachable: no phone and no mailbox is known") if failed else ("sent", "")
            name = f"n{line.seq}.{line.hash[:12]}.{recipient}"
            db.execute(_NOTICE, [name, line.seq, recipient, parcel, line.at, state, fault, line.at, line.at])


def pictures(recorded: Iterable[Recorded], site: Site, at: datetime) -> Outcome | None:
    """A picture of each storing and each pickup, no two alike; None when there was neither."""
    draft = Draft(site, at)
    for line in recorded:
        if line.kind in _CAUSES:
            body, picture = line.body(), _picture(line.seq)
            draft.add(
                SnapshotTaken(
                    compartment=str(body["compartment"]),
                    parcel=str(body["parcel"]),
                    cause=_CAUSES[line.kind],
                    of=line.seq,
                    sha256=hashlib.sha256(picture).hexdigest(),
                    day=line.at[:10],
                    size=len(picture),
                )
            )
    outcome = draft.outcome()
    return outcome if outcome.events else None


def sign_ins(site: Site, at: datetime) -> list[tuple[Outcome, str]]:
    """Everybody of the staff has signed in once."""
    outcomes = []
    for name in STAFF:
        draft = Draft(site, at)
        draft.add(Noted(what="staff-signed-in", about=name.partition(":")[2]))
        outcomes.append((draft.outcome(), name))
    return outcomes


def make_room(db: Database) -> None:
    """All pictures but the newest made room for newer ones."""
    newest = "select of from snapshot where removed = 0 order by of desc limit 1 offset ?"
    kept = db.execute(newest, [PICTURES_KEPT]).fetchone()
    if kept is not None:
        db.execute("update snapshot set removed = 1 where removed = 0 and of <= ?", [kept[0]])


def save_kept_pictures(db: Database, folder: Path) -> None:
    """Write the files of the pictures that still stand."""
    store = SnapshotStore(folder)
    for of, day in db.execute("select of, day from snapshot where removed = 0").fetchall():
        store.save(_picture(of), day)


def _picture(of: int) -> bytes:
    return b"\xff\xd8 picture of event %d \xff\xd9" % of
