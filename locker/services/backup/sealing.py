"""Backups that whoever steals the cabinet cannot read: sealed to public keys, whose private ones are elsewhere.

The file is an age file like any other (age-encryption.org/v1): `age --decrypt -i KEY FILE` opens it on any computer.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locker.durable_files import synced_file
from locker.errors import SettingsError
from locker.journal.backup import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAGIC = b"age-encryption.org/v1\n"
_IDENTITY = "AGE-SECRET-KEY-"
_LIBRARY_MISSING = "backups are sealed with the package pyrage, which is not installed here"


def is_sealed(file: Path) -> bool:
    """True for an age file. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def recipient_faults(recipients: Sequence[str]) -> list[str]:
    """What is wrong with public keys, one line each."""
    faults = []
    for number, text in enumerate(recipients):
        try:
            _recipient(text)
        except ValueError:
            faults.append(f"backup.recipients[{number}]: is no public key of age, which begins with age1")
    return faults


def seal_backup(folder: Path, destination: Path, recipients: Sequence[str]) -> None:
    """Write a copy of the data folder that only the holders of the private keys can read, whole or not at all.

    The copy goes through the data folder, which is as secret as itself, and nothing unsealed leaves it.
    Raises SettingsError, OSError.
    """
    keys = [_recipient(text) for text in recipients]
    reading, writing = os.pipe()
    packing = _Packing(folder, writing)
    with open(reading, "rb") as packed, synced_file(destination) as sealed:  # noqa: PTH123  a pipe has no path
        packing.start()
        _age().encrypt_io(packed, sealed, keys)
        packing.join()
        if packing.fault is not None:
            raise packing.fault


class _Packing(threading.Thread):
    """Packs into one end of a pipe while the other end is sealed: what is packed stands nowhere unsealed."""

    def __init__(self, folder: Path, writing: int) -> None:
        super().__init__(name="packing", daemon=True)
        self._folder = folder
        self._writing = writing
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            with (
                open(self._writing, "wb") as pipe,  # noqa: PTH123  a pipe has no path
                tempfile.TemporaryDirectory(dir=self._folder, prefix=".backup-") as draft,
            ):
                pack(self._folder, pipe, Path(draft))
        except (SettingsError, OSError) as fault:
            self.fault = fault


def unseal(source: Path, destination: Path, identity: str) -> None:
    """Open a sealed backup with the text of a private key's file. Raises SettingsError, OSError."""
    age = _age()
    keys = [
        age.x25519.Identity.from_str(line.strip())
        for line in identity.splitlines()
        if line.strip().startswith(_IDENTITY)
    ]
    if not keys:
        raise SettingsError([f"the private key: no line begins with {_IDENTITY}"])
    try:
        with source.open("rb") as sealed, synced_file(destination) as opened:
            age.decrypt_io(sealed, opened, keys)
    except age.DecryptError as fault:
        raise SettingsError([f"{source}: is not opened by this private key, or is damaged: {fault}"]) from fault


def _recipient(text: str) -> Any:
    """The key of one recipient. Raises ValueError."""
    age = _age()
    try:
        return age.x25519.Recipient.from_str(text)
    except age.RecipientError as wrong:
        raise ValueError(str(wrong)) from wrong


def _age() -> Any:
    """The library, which only backups need. Raises SettingsError where it is missing."""
    try:
        import pyrage  # noqa: PLC0415  2 MB that no door waits for
    except ImportError as missing:
        raise SettingsError([f"backup.recipients: {_LIBRARY_MISSING}"]) from missing
    return pyrage
