"""Backups that only the operator can read: when they are due, how they are sealed, and their trial."""

from locker.services.backup.backup_keeper import BackupKeeper, MadeBackup
from locker.services.backup.restore_drill import drill_restore, opened_backup
from locker.services.backup.schedule import superseded
from locker.services.backup.sealing import recipient_faults, seal_backup

__all__ = [
    "BackupKeeper",
    "MadeBackup",
    "drill_restore",
    "opened_backup",
    "recipient_faults",
    "seal_backup",
    "superseded",
]
