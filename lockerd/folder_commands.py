"""`lockerd audit`, `backup` and `restore`: what reads or writes a data folder beside the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.clock import SystemClock
from locker.services.admin import run_audit, run_backup, run_restore

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings


def audit_command(settings: Settings, _: argparse.Namespace) -> int:
    """1 with the first event or row that is not as it was written; a running daemon does not mind."""
    return run_audit(settings.storage.data)


def backup_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Copy the folder as of one moment, the key with it; a running daemon does not mind. Raises CommandFailed."""
    return run_backup(settings.storage.data, asked.destination)


def restore_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Put a backup in place of the folder; what was touched since is for somebody to check. Raises CommandFailed."""
    cabinet = settings.policy(), [door.compartment() for door in settings.compartment], SystemClock()
    return run_restore(
        asked.source, settings.storage.data, cabinet, force=asked.force, trusted=asked.nothing_happened_since
    )
