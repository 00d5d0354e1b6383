"""`lockerd enrol`: this cabinet's own certificate from an operator's centre, and `[mqtt]` in the site file."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from locker.durable_files import write_file
from locker.errors import SettingsError
from lockerd.setup.folder_owner import acting_as_owner

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from lockerd.settings import Settings

FOLDER = "broker"


def enrol_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Ask with the token from standard input; 0 when all is written. Until then nothing is changed but a new key.

    Whoever is cut short runs it again: the same key asks for the same certificate. Raises SettingsError, OSError.
    """
    from links.enrolment import ask_centre, certificate_request, new_key  # noqa: PLC0415  it brings an HTTP client
    from lockerd.setup import site_file  # noqa: PLC0415  only setup and this command write the site file

    token = getpass.getpass("token: ") if sys.stdin.isatty() else sys.stdin.readline()
    folder: Path = settings.storage.data / FOLDER
    key_path = folder / "asked.key"
    with acting_as_owner(settings.storage.data):
        folder.mkdir(mode=0o700, exist_ok=True)
        if not key_path.exists():
            write_file(key_path, new_key())
        key = key_path.read_bytes()
    told = ask_centre(asked.centre, token, certificate_request(key, settings.site.id))
    if told.locker != settings.site.id:
        raise SettingsError([f"this token is for {told.locker}, and this cabinet is {settings.site.id} (site.id)"])
    paths = {"ca": folder / "authority.pem", "certificate": folder / "locker.pem", "private_key": folder / "locker.key"}
    with acting_as_owner(settings.storage.data):
        write_file(paths["ca"], told.authority.encode(), 0o644)
        write_file(paths["certificate"], told.certificate.encode(), 0o644)
        write_file(paths["private_key"], key)
    document = site_file.read(asked.config)
    words = {"broker": told.broker, "topic": told.topic, "operator_key": told.operator_key}
    if told.broker.startswith("mqtts:"):
        words |= {name: str(path.absolute()) for name, path in paths.items()}
    site_file.put(document, "mqtt", {**words, "user": None, "password_file": None})
    kept = site_file.write(asked.config, document)
    with acting_as_owner(settings.storage.data):
        key_path.unlink()
    print(f"{settings.site.id} is enrolled; restart the daemon: systemctl restart lockerd")  # noqa: T201  the answer
    if kept is not None:
        print(f"the site file as it was: {kept}")  # noqa: T201  the answer
    return 0
