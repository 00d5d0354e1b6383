"""The site file as the answers make it: what an older one says beside, comments too, stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from locker.durable_files import write_file, write_new_file
from locker.errors import SettingsError
from lockerd.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from pathlib import Path

    from tomlkit import TOMLDocument

MODE = 0o644


def read(path: Path) -> TOMLDocument:
    """The file as it stands, or an empty one. Raises SettingsError when it is no TOML, OSError."""
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as fault:
        raise SettingsError([f"{path}: is not TOML: {fault}"]) from fault


def put(document: TOMLDocument, table: str, values: Mapping[str, Any]) -> None:
    """Let a table say these values; a value that stands there already is not touched, None takes the key out."""
    if table not in document:
        document[table] = tomlkit.table()
    place: Any = document[table]
    for key, value in values.items():
        if value is None:
            place.pop(key, None)
        elif place.get(key) != value:
            place[key] = value


def put_all(document: MutableMapping[str, Any], name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let an array of tables be these rows; where it is so already it is not touched."""
    if [dict(row) for row in document.get(name, [])] == [dict(row) for row in rows]:
        return
    tables = tomlkit.aot()
    for row in rows:
        one = tomlkit.table()
        one.update(row)
        tables.append(one)
    document[name] = tables


def write(path: Path, document: TOMLDocument) -> Path | None:
    """Put it in place, whole or not at all; where the older one is kept, None without one, or when nothing changed.

    Raises SettingsError with one line a fault, and then nothing is written; OSError.
    """
    text = tomlkit.dumps(document).lstrip("\n")
    read_settings(text)
    if not path.exists():
        write_file(path, text.encode(), MODE)
        return None
    before = path.read_bytes()
    if before == text.encode():
        return None
    stands = path.stat()
    kept = _kept_copy(path, before, stands.st_mode & 0o777)
    write_file(path, text.encode(), stands.st_mode & 0o777)
    if os.geteuid() == 0:
        for each in (path, kept):
            os.chown(each, stands.st_uid, stands.st_gid)
    return kept


def _kept_copy(path: Path, content: bytes, mode: int) -> Path:
    number = 1
    while True:
        kept = path.with_name(f"{path.name}.before-{number}")
        try:
            write_new_file(kept, content, mode)
        except FileExistsError:
            number += 1
        else:
            return kept
