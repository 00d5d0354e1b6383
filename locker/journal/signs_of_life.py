"""When the daemon was last known to run: a mark for hours without an event, and what a start reads of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.messages.observations import Begun
from locker.core.model import Seen
from locker.journal.history import unseen_since

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.journal.store import Journal

SIGN_EVERY = timedelta(minutes=10)
"""So often at most is the mark written, and only where no event was: one page of the card."""
_KEY = "alive"


def leave_sign(db: Database, now: datetime) -> None:
    """Note that the daemon runs, in the open transaction."""
    db.execute("insert or replace into meta (key, value) values (?, ?)", (_KEY, rfc3339(now)))


def begun(journal: Journal, site: Site, version: str) -> Begun:
    """What the engine is told when the daemon starts: since when it did not run, and which doors were lost before."""
    row = journal.db.execute("select value from meta where key = ?", (_KEY,)).fetchone()
    signs = [moment(at) for at in (journal.at, row[0] if row is not None else "") if at]
    unseen = [name for name, compartment in site.compartments.items() if compartment.seen is Seen.UNSEEN]
    told = unseen_since(journal.db) if unseen else {}
    since = {name: told.get(name, told.get("")) for name in unseen}
    lost = {name: moment(at) for name, at in since.items() if at is not None}
    return Begun(version, down_since=max(signs, default=None), lost=lost)
