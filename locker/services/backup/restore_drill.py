"""A restore for trial: a backup is opened beside everything, verified to its last event, and thrown away again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from locker.core.events.service_events import RestoreDrilled
from locker.errors import SettingsError
from locker.journal.audit import AuditFault, audit
from locker.journal.backup import unpack
from locker.journal.store import JournalBroken, read_only
from locker.key_check import key_fault
from locker.services.backup.sealing import is_sealed, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database


def opened_backup(source: Path, scratch: Path, identity: str) -> Path:
    """The backup as `lockerd restore` reads it: itself, or what a private key makes of it in `scratch`.

    Raises SettingsError, OSError.
    """
    if not is_sealed(source):
        return source
    if not identity:
        raise SettingsError([f"{source}: is sealed; --identity names the file with the private key"])
    plain = scratch / "opened"
    unseal(source, plain, identity)
    return plain


def drill_restore(source: Path, identity: str, room: Path | None = None) -> RestoreDrilled:
    """Restore into a folder of its own, audit it, and throw it away; the result, good or bad. `room`: where it may lie.

    What is unsealed lies in that folder for as long, readable by this user only.
    """
    try:
        with tempfile.TemporaryDirectory(dir=room, prefix=".drill-") as scratch:
            stage = Path(scratch) / "restored"
            unpack(opened_backup(source, Path(scratch), identity), stage)
            if (fault := key_fault(stage)) is not None:
                return RestoreDrilled(backup=source.name, fault=fault)
            db = read_only(stage)
            try:
                events = audit(db)
                newest = next(_newest(db), "")
            finally:
                db.conn.close()
    except SettingsError as fault:
        return RestoreDrilled(backup=source.name, fault="; ".join(fault.faults)[:300])
    except (AuditFault, JournalBroken) as fault:
        return RestoreDrilled(backup=source.name, fault=str(fault)[:300])
    except OSError as fault:
        return RestoreDrilled(backup=source.name, fault=fault.strerror or str(fault))
    return RestoreDrilled(backup=source.name, events=events, newest=newest)


def _newest(db: Database) -> Iterator[str]:
    for row in db.execute("select at from event order by seq desc limit 1").fetchall():
        yield str(row[0])
