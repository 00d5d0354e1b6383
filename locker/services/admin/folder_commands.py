"""Commands that work on the data folder itself: audit, backup, restore. Each says its answer and gives an exit code."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.errors import SettingsError
from locker.journal.audit import AuditFault, audit
from locker.journal.audit_receipts import receipt_fault
from locker.journal.backup import backup
from locker.journal.folder import DATABASE, FolderLock
from locker.journal.store import read_only
from locker.key_check import KeyAlone, key_fault, nothing_recorded
from locker.services.backup import opened_backup
from locker.services.evidence import STAMP, check_case_file
from locker.signed_note import NoteSigner, fingerprint
from locker.startup import restore
from locker.time_stamp import BadStamp, stamped_at
from locker.vault import KeyMissing, Vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.core.model import Compartment, Policy
    from locker.ports import Clock

NOTHING_YET = "nothing has been recorded yet, the first start has not come to its first event"


def run_audit(folder: Path, receipt: str | None = None) -> int:
    """Verify the folder; 1 with the first fault. Raises JournalBroken where there is no database.

    `receipt`: an old one, or a signed checkpoint; that its log is still there is verified too.
    """
    try:
        if nothing_recorded(folder):
            print(f"{folder}: {NOTHING_YET}")  # noqa: T201  the answer
            return int(receipt is not None)
        # First: who cut the end off left tables behind that fit no more, and the end is the news.
        cut = receipt_fault(read_only(folder), receipt, public_key(folder)) if receipt is not None else None
        if cut is not None:
            print(cut)  # noqa: T201  the answer
            return 1
        count = audit(read_only(folder), folder)
    except KeyAlone as lost:
        print(f"table event *: {lost}")  # noqa: T201  the answer
        return 1
    except AuditFault as fault:
        print(fault)  # noqa: T201  the answer
        return 1
    print(f"{count} events: the chain is whole and the tables are what it tells")  # noqa: T201  the answer
    return 0


def public_key(folder: Path) -> bytes | None:
    """With what this cabinet's signatures are verified; None while its key cannot be read."""
    try:
        return NoteSigner("", Vault.open(folder).signing_seed).public
    except (KeyMissing, OSError):
        return None


def run_case_audit(file: Path, folder: Path, roots: Path | None = None) -> int:
    """Verify a case file by itself; 1 with each fault. Said is who signed it, and whether that is this cabinet.

    `roots`: under which the time stamp of an outside authority in it is believed.
    """
    try:
        checked = check_case_file(file.read_bytes())
    except OSError as unread:
        raise SettingsError([f"{file}: {unread.strerror}"]) from unread
    stamped = ""
    if checked.stamp and roots is None:
        stamped = "; its time stamp is not verified: name the authority's roots with --roots"
    elif checked.stamp and roots is not None:
        try:
            stamped = f"; stamped from outside at {rfc3339(stamped_at(checked.checkpoint, checked.stamp, roots))}"
        except BadStamp as bad:
            checked.faults.append(f"{STAMP}: {bad}")
    for fault in checked.faults:
        print(fault)  # noqa: T201  the answer
    if checked.faults:
        return 1
    own = public_key(folder)
    whose = "this cabinet's" if own is not None and fingerprint(own) == checked.key else "not known here"
    print(f"{checked.number}: {checked.parts} parts, all as they were signed by key {checked.key} ({whose}){stamped}")  # noqa: T201  the answer
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
    print("who was shut out after the backup is in again: look through staff, couriers, tokens and carriers' keys")  # noqa: T201  the answer
    return 0
