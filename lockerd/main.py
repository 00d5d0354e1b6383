"""The command line of the daemon: one site file, one command, one line a fault."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from locker.errors import SettingsError
from locker.journal.store import JournalBroken
from locker.services.admin import CommandFailed, build_parser
from lockerd.admin_command import admin_command
from lockerd.check_command import check_command
from lockerd.enrol_command import enrol_command
from lockerd.folder_commands import audit_command, backup_command, restore_command
from lockerd.idle_command import idle_command
from lockerd.run_command import run_command
from lockerd.settings import Settings, load_settings
from lockerd.update_command import update_command

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "run": run_command,
    "check": check_command,
    "token": admin_command,
    "staff": admin_command,
    "courier": admin_command,
    "clock": admin_command,
    "rule": admin_command,
    "idle": idle_command,
    "audit": audit_command,
    "backup": backup_command,
    "restore": restore_command,
    "update": update_command,
    "enrol": enrol_command,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 with one line a fault."""
    asked = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        if asked.command == "setup":  # it makes the file that all others need
            from lockerd.setup.setup_command import setup_command  # noqa: PLC0415  it brings every driver

            return setup_command(asked.config)
        settings = load_settings(asked.config)
        return COMMANDS[asked.command](settings, asked)
    except SettingsError as wrong:
        for line in wrong.faults:
            print(line, file=sys.stderr)  # noqa: T201  what the command line says
    except (CommandFailed, JournalBroken, OSError) as fault:
        print(fault, file=sys.stderr)  # noqa: T201  what the command line says
    return 1
