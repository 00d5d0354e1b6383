"""Whoever sets a cabinet up as root makes nothing in the data folder that the daemon's own user could not open."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "locker"


@contextlib.contextmanager
def acting_as_owner(folder: Path) -> Iterator[None]:
    """As root: be the owner of the data folder meanwhile, of a new one the user `locker`, if there is one."""
    owner = _owner(folder) if os.geteuid() == 0 else None
    if owner is None or owner.pw_uid == 0:
        yield
        return
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    groups = os.getgroups()
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setegid(owner.pw_gid)
    os.seteuid(owner.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextlib.contextmanager
def as_who_called() -> Iterator[None]:
    """Within `acting_as_owner`: reach files as root again, in this thread alone; the journal's keeps its own user."""
    if os.geteuid() == os.getuid():
        yield
        return
    libc = ctypes.CDLL(None)
    libc.setfsgid(os.getgid())
    libc.setfsuid(os.getuid())
    try:
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())


def _owner(folder: Path) -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(folder.stat().st_uid) if folder.exists() else pwd.getpwnam(USER)
    return None
