"""Where sealed backups go: a folder on another disk, another machine by rsync or sftp. Blocks; for a child process."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from links.options import FolderPlace, RsyncPlace, SftpPlace
from locker.durable_files import sync_folder, synced_file
from locker.services.backup import superseded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from links.options import BackupPlace

SENT_WITHIN = 3600
_PIECE = 1 << 20
_LONGEST_FAULT = 300


class NotDelivered(Exception):
    """A place did not take the backup; the text says why, in one sentence."""


def deliver(place: BackupPlace, sealed: Path, data: Path, site: str) -> None:
    """Bring the file there under its own name, whole or not at all. Raises NotDelivered."""
    try:
        match place:
            case FolderPlace():
                _to_folder(place, sealed, data, site)
            case RsyncPlace():
                _run(["rsync", "--times", "--chmod=F600", "-e", _ssh(place), str(sealed), place.to])
            case SftpPlace():
                _by_sftp(place, sealed)
    except OSError as fault:
        raise NotDelivered(f"{place.name}: {fault.strerror or fault}") from fault


def _to_folder(place: FolderPlace, sealed: Path, data: Path, site: str) -> None:
    """Copy it, read it back, and let older ones go. A cabinet tidies only its own stick: nobody else's machine."""
    folder = place.path
    if not folder.is_dir():
        raise NotDelivered(f"{place.name}: there is no such folder; is the stick in?")
    if not place.same_disk and folder.stat().st_dev == data.stat().st_dev:
        raise NotDelivered(f"{place.name}: is on the disk of the data itself; is the stick in?")
    for left in folder.glob(f".{site}-*.age.part"):  # of a stick that was pulled out
        left.unlink()
    draft = folder / f".{sealed.name}.part"
    try:
        with sealed.open("rb") as source, synced_file(draft) as copy:
            shutil.copyfileobj(source, copy, _PIECE)
        if _digest(draft) != _digest(sealed):
            raise NotDelivered(f"{place.name}: what was written is not what is read there; change the stick")
        draft.rename(folder / sealed.name)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(folder)
    for name in superseded([each.name for each in folder.iterdir()], site, place.keep):
        (folder / name).unlink(missing_ok=True)


def _by_sftp(place: SftpPlace, sealed: Path) -> None:
    """Under another name first: what bears the name of a backup is whole."""
    host, _, folder = place.to.partition(":")
    where = f"{folder.rstrip('/') or '.'}/{sealed.name}"
    orders = f'put "{sealed}" "{where}.part"\nrename "{where}.part" "{where}"\n'
    _run(["sftp", "-b", "-", *_ssh_options(place), host], orders)


def _ssh(place: RsyncPlace) -> str:
    return " ".join(["ssh", *_ssh_options(place)])


def _ssh_options(place: RsyncPlace | SftpPlace) -> list[str]:
    """Nobody is there to answer a question: a host that is not known is refused."""
    options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=30"]
    if place.known_hosts is not None:
        options += ["-o", f"UserKnownHostsFile={place.known_hosts}"]
    return [*options, "-i", str(place.identity)] if place.identity is not None else options


def _run(command: Sequence[str], said: str = "") -> None:
    try:
        done = subprocess.run(  # noqa: S603  our own words, and those of the site file
            command, input=said, capture_output=True, text=True, timeout=SENT_WITHIN, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired as late:
        raise NotDelivered(f"{command[0]}: did not end within an hour") from late
    except FileNotFoundError as missing:
        raise NotDelivered(f"{command[0]}: is not installed here") from missing
    if done.returncode != 0:
        why = " ".join(done.stderr.split())[-_LONGEST_FAULT:] or f"exit code {done.returncode}"
        raise NotDelivered(f"{command[0]}: {why}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
