"""What is asked about the site, the doors and the panel, and which answers can be taken."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.i18n import LANGUAGE_NAMES, LANGUAGES
from api.options import split_listen
from lockerd.setup import site_file
from lockerd.setup.backup_key import ask_recipient
from lockerd.setup.doors import MOST_COLUMNS, USUAL_COLUMN, column_sizes, compartments, usual_column, wires
from lockerd.setup.terminal import Wrong, whole
from lockerd.setup.wires import ask_banks

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from lockerd.setup.answers import Answers
    from lockerd.setup.terminal import Terminal

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WEBHOOK = re.compile(r"https?://[^\s/]+(/\S*)?")
ZONE_FILE = Path("/etc/timezone")
DATA = "/var/lib/locker"
LISTEN = "0.0.0.0:8443"
BACKUPS = "/media/locker-backup"


class Questions:
    """Asks for everything that the site file needs; an answer of before, or the file as it stands, is the default."""

    def __init__(self, terminal: Terminal, answers: Answers, document: TOMLDocument) -> None:
        self._terminal, self._answers, self._document = terminal, answers, document

    def site(self) -> None:
        """`[site]`, `[storage]`, `[notices]`."""
        site = {
            "id": self._text("site", "id", "locker-1", _id),
            "name": self._text("site", "name", "", _name),
            "address": self._text("site", "address", "", _name),
            "operator": self._text("site", "operator", "", _name),
            "help_phone": self._text("site", "help_phone", "", _name),
            "timezone": self._text("site", "timezone", _machine_zone(), _zone),
        }
        stands = ", ".join(self._stands("site", "languages", list(LANGUAGES)))
        self._terminal.show("  " + ", ".join(f"{code} ({LANGUAGE_NAMES[code]})" for code in LANGUAGES))
        languages = self._terminal.ask("ask_languages", self._answers.get("languages") or stands, _languages)
        self._answers.keep("languages", ", ".join(languages))
        site_file.put(self._document, "site", {**site, "languages": languages})
        data = self._text("storage", "data", DATA, _folder)
        site_file.put(self._document, "storage", {"data": data})
        webhook = self._text("notices", "webhook", "", _webhook)
        if webhook or "notices" in self._document:
            site_file.put(self._document, "notices", {"webhook": webhook or None})

    def cabinet(self) -> None:
        """`[[bank]]`, `[[column]]` and `[[compartment]]`, unless those of the file are to stay."""
        doors, banks = (len(self._document.get(table, [])) for table in ("compartment", "bank"))
        if doors and banks and self._terminal.agree("keep_doors", default=True, doors=doors, banks=banks):
            return
        found = ask_banks(self._terminal, self._answers)
        places = wires(found)
        columns = self._columns(len(places))
        rows = list(compartments(columns, places))
        site_file.put_all(
            self._document,
            "bank",
            [{key: bank[key] for key in bank if key not in {"doors", "locks", "switches"}} for bank in found],
        )
        site_file.put_all(
            self._document, "column", [{"number": number, "width_mm": 450} for number in range(1, len(columns) + 1)]
        )
        site_file.put_all(self._document, "compartment", rows)
        self._answers.keep("walked", [])
        self._answers.keep("walk faults", {})

    def panel(self) -> None:
        """`[staff]`: where the panel listens and what proves it."""
        listen = self._text("staff", "listen", LISTEN, _listen)
        certificate = self._text("staff", "certificate", "", _readable)
        key = self._text("staff", "private_key", "", _readable_needed) if certificate else ""
        site_file.put(
            self._document,
            "staff",
            {"listen": listen, "certificate": certificate or None, "private_key": key or None},
        )

    def backup(self) -> None:
        """`[backup]`: to whom backups are sealed and where they go; what stands in the file stays."""
        if "backup" in self._document:
            self._terminal.say("backup_kept")
            return
        recipient = self._answers.get("recipient") or ask_recipient(self._terminal)
        self._answers.keep("recipient", recipient)
        if recipient:
            folder = self._text("backup", "folder", BACKUPS, _folder)
            site_file.put(self._document, "backup", {"recipients": [recipient]})
            site_file.put_all(self._document["backup"], "place", [{"kind": "folder", "path": folder}])

    def _columns(self, doors: int) -> list[Any]:
        usual = self._answers.get("columns") or min(-(-doors // USUAL_COLUMN), MOST_COLUMNS)
        count = self._terminal.ask("ask_columns", str(usual), whole(1, min(doors, MOST_COLUMNS)), doors=doors)
        self._answers.keep("columns", count)
        columns, left = [], doors
        for number in range(1, count + 1):
            others = count - number
            most = left - others
            stood = self._answers.get(f"column {number} of {doors}") or usual_column(left, others + 1)
            sizes = self._terminal.ask(
                "ask_column",
                stood,
                partial(_column, most=most, last=not others),
                column=chr(ord("A") + number - 1),
                left=left,
            )
            self._answers.keep(f"column {number} of {doors}", " ".join(f"1{size}" for size in sizes))
            columns.append(sizes)
            left -= len(sizes)
        return columns

    def _text(self, table: str, key: str, usual: str, check: Any) -> str:
        stands = self._answers.get(f"{table}.{key}", self._stands(table, key, usual))
        return str(self._answers.keep(f"{table}.{key}", self._terminal.ask(f"ask_{table}_{key}", str(stands), check)))

    def _stands(self, table: str, key: str, usual: Any) -> Any:
        found = self._document.get(table, {}).get(key, usual)
        return found.unwrap() if hasattr(found, "unwrap") else found


def _column(typed: str, *, most: int, last: bool) -> list[Any]:
    sizes = column_sizes(typed, most)
    if last and len(sizes) != most:
        raise Wrong("wrong_left", left=most)
    return sizes


def _id(typed: str) -> str:
    if not _ID.fullmatch(typed):
        raise Wrong("wrong_id")
    return typed


def _name(typed: str) -> str:
    if not 1 <= len(typed) <= 120 or _CONTROL.search(typed):
        raise Wrong("wrong_name")
    return typed


def _zone(typed: str) -> str:
    try:
        ZoneInfo(typed)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong("wrong_zone") from None
    return typed


def _languages(typed: str) -> list[str]:
    by_name = {code.lower(): code for code in LANGUAGES}
    found = [by_name.get(part.strip().lower(), "") for part in typed.split(",")]
    if "" in found or len(set(found)) != len(found):
        raise Wrong("wrong_languages", languages=", ".join(LANGUAGES))
    return found


def _folder(typed: str) -> str:
    if not typed.startswith("/"):
        raise Wrong("wrong_folder")
    return typed


def _webhook(typed: str) -> str:
    if typed == "-":
        return ""
    if typed and not _WEBHOOK.fullmatch(typed):
        raise Wrong("wrong_webhook")
    return typed


def _listen(typed: str) -> str:
    try:
        split_listen(typed)
    except ValueError:
        raise Wrong("wrong_listen") from None
    return typed


def _readable(typed: str) -> str:
    if typed in {"", "-"}:
        return ""
    return _readable_needed(typed)


def _readable_needed(typed: str) -> str:
    if not typed.startswith("/") or not os.access(typed, os.R_OK) or not Path(typed).is_file():
        raise Wrong("wrong_file", file=typed)
    return typed


def _machine_zone() -> str:
    try:
        return _zone(ZONE_FILE.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return "Asia/Shanghai"
