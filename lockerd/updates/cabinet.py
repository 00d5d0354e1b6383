"""The cabinet under an update, from outside: what its daemon says, its service, its database, its backup.

Everything is asked of programs and of `GET /health`, whose form no release changes: the version that judges and the
version that is judged are two.
"""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import ssl
import subprocess
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.options import is_loopback, split_listen
from locker.errors import SettingsError
from locker.journal.folder import DATABASE
from lockerd.updates.judgement import Sight

if TYPE_CHECKING:
    from pathlib import Path

    from lockerd.settings import Settings

ANSWER_WITHIN = 10
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared, not bound
SERVICE_WITHIN = 180


class Cabinet:
    """One cabinet with its service. `config`: its site file, as the commands are given it."""

    def __init__(self, settings: Settings, config: Path, service: str) -> None:
        self._settings = settings
        self._config = config
        self._service = service
        self.data = settings.storage.data

    def sight(self) -> Sight | None:
        """What the running daemon says; None while nobody answers."""
        told = self._get("/api/v1/health")
        if told is None:
            return None
        doors = {door.id for door in self._settings.compartment}
        return Sight(str(told["version"]), told["status"] == "sealed", frozenset(doors - set(told["unseen"])))

    def _get(self, path: str) -> dict[str, Any] | None:
        host, port = split_listen(self._settings.staff.listen)
        secure = not is_loopback(host)
        host = "127.0.0.1" if host in _EVERY_ADDRESS else host
        connection = (
            # Its own certificate on its own machine: nobody stands between.
            http.client.HTTPSConnection(host, port, timeout=ANSWER_WITHIN, context=ssl._create_unverified_context())  # noqa: S323, SLF001  see above
            if secure
            else http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN)
        )
        try:
            with closing(connection):
                connection.request("GET", path)
                answer = connection.getresponse()
                found: dict[str, Any] = json.loads(answer.read()) if answer.status == HTTPStatus.OK else {}
        except (OSError, http.client.HTTPException, ValueError):
            return None
        return found or None

    def schema(self) -> int:
        """The number of the database's tables; 0 where there is none."""
        try:
            with closing(sqlite3.connect(f"file:{self.data / DATABASE}?mode=ro", uri=True)) as db:
                return int(db.execute("pragma user_version").fetchone()[0])
        except sqlite3.Error:
            return 0

    def service(self, order: str) -> None:
        """Order the service `stop`, `start` or `restart`; one that does not come up is judged by what it shows."""
        try:
            subprocess.run(["systemctl", order, self._service], timeout=SERVICE_WITHIN, check=False)  # noqa: S603, S607  our own words
        except subprocess.TimeoutExpired:
            return

    def run(self, program: Path, *words: str) -> None:
        """Run a command of a version, as the owner of the data. Raises SettingsError with what it said."""
        owner = self.data.stat()
        user, group = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else (None, None)
        done = subprocess.run(  # noqa: S603  our own words
            [str(program), *words, "--config", str(self._config)],
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        if done.returncode != 0:
            said = " ".join((done.stdout + done.stderr).split())[-300:]
            raise SettingsError([f"{program} {words[0]}: {said}"])
