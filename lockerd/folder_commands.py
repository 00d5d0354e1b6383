"""`lockerd audit`, `backup` and `restore`: what reads or writes a data folder beside the daemon."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.clock import SystemClock
from locker.errors import SettingsError
from locker.journal.folder import DATABASE
from locker.services.admin import run_audit, run_backup, run_case_audit, run_restore
from locker.services.backup import drill_restore
from lockerd.admin_command import carry_out

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings


def audit_command(settings: Settings, asked: argparse.Namespace) -> int:
    """1 with the first event or row that is not as it was written; a running daemon does not mind."""
    if asked.case is not None:
        own = settings.timestamps.roots if settings.timestamps is not None else None
        return run_case_audit(asked.case, settings.storage.data, asked.roots or own)
    return run_audit(settings.storage.data, asked.receipt)


def backup_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Copy the folder as of one moment, the key with it; a running daemon does not mind. Raises CommandFailed.

    Without a destination: one sealed backup, now, to every place of the site file.
    """
    if asked.destination is None:
        print(carry_out(settings, "backup-now", {}))  # noqa: T201  the answer
        return 0
    return run_backup(settings.storage.data, asked.destination)


def restore_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Put a backup in place of the folder; what was touched since is for somebody to check. Raises CommandFailed."""
    identity = _identity(asked.identity) if asked.identity else ""
    if asked.drill:
        return _drill(settings, asked.source, identity)
    cabinet = settings.policy(), [door.compartment() for door in settings.compartment], SystemClock()
    return run_restore(
        asked.source, settings.storage.data, cabinet, identity, force=asked.force, trusted=asked.nothing_happened_since
    )


def _drill(settings: Settings, source: Path, identity: str) -> int:
    """Restore for trial; the result is said, and recorded where there is a cabinet. 1 when it was not good."""
    data = settings.storage.data
    found = drill_restore(source, identity, data if data.is_dir() else None)
    good = f"{found.backup}: complete, {found.events} events, the newest of {found.newest}"
    print(good if not found.fault else f"{found.backup}: {found.fault}")  # noqa: T201  the answer
    if (data / DATABASE).exists():
        result = {"backup": found.backup, "events": found.events, "newest": found.newest, "fault": found.fault}
        carry_out(settings, "backup-drilled", result)
    else:
        print("there is no cabinet here, so the result is not recorded")  # noqa: T201  the answer
    return int(bool(found.fault))


def _identity(place: str) -> str:
    """The text of the private key's file, or of standard input. Raises SettingsError."""
    try:
        return sys.stdin.read() if place == "-" else Path(place).read_text("ascii")
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError([f"{place}: the private key cannot be read: {fault}"]) from fault
