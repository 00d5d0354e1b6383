"""Commands that work on the data folder itself: audit, backup, restore. Each says its answer and gives an exit code."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from locker.errors import SettingsError
from locker.journal.audit import AuditFault, audit
from locker.journal.backup import backup
from locker.journal.folder import DATABASE, FolderLock
from locker.journal.store import read_only
from locker.key_check import KeyAlone, key_fault, nothing_recorded
from locker.services.backup import opened_backup
from locker.startup import restore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.core.model import Compartment, Policy
    from locker.ports import Clock

NOTHING_YET = "nothing has been recorded yet, the first start has not come to its first event"


def run_audit(folder: Path) -> int:
    """Verify the folder; 1 with the first fault. Raises JournalBroken where there is no database."""
    try:
        if nothing_recorded(folder):
            print(f"{folder}: {NOTHING_YET}")  # noqa: T201  the answer
            return 0
        count = audit(read_only(folder), folder)
    except KeyAlone as lost:
        print(f"table event *: {lost}")  # noqa: T201  the answer
        return 1
    except AuditFault as fault:
        print(fault)  # noqa: T201  the answer
        return 1
    print(f"{count} events: the chain is whole and the tables are what it tells")  # noqa: T201  the answer
    return 0


def run_backup(folder: Path, destination: Path) -> int:
    """Write a copy, the daemon may run. Raises SettingsError, also where the copy would open nothing; OSError."""
    try:
        if nothing_recorded(folder):
            raise SettingsError([f"storage.data: {folder}: {NOTHING_YET}; there is nothing to copy"])
    except KeyAlone as lost:
        raise SettingsError([f"storage.data: {lost}"]) from lost
    if (folder / DATABASE).exists() and (fault := key_fault(folder)) is not None:
        raise SettingsError([f"storage.data: {fault} A backup without its key opens nothing."])
    backup(folder, destination)
    return 0


def run_restore(
    source: Path,
    folder: Path,
    cabinet: tuple[Policy, Sequence[Compartment], Clock],
    identity: str = "",
    *,
    force: bool,
    trusted: bool,
) -> int:
    """Put a backup back; `trusted`: nothing happened since it was made. Raises SettingsError, OSError.

    `identity`: the text of a private key, for a sealed one.
    """
    with (
        FolderLock(folder, "lockerd restore"),
        tempfile.TemporaryDirectory(dir=folder, prefix=".sealed-") as scratch,
    ):
        plain = opened_backup(source, Path(scratch), identity)
        touched = restore(plain, folder, cabinet, force=force, trusted=trusted)
    print(f"restored; {touched} compartments are to be looked into")  # noqa: T201  the answer
    return 0
