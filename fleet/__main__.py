"""`fleetd`: the operator's centre.

fleetd run FILE       take in what lockers tell, and serve the operator's pages
fleetd intake FILE    take in only: one more consumer beside another
fleetd migrate FILE   bring the database up to date
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

import psycopg

from fleet.event_intake import EventIntake
from fleet.schema import migrate
from fleet.settings import FleetSettings, SettingsError, load_settings

EXIT_SETTINGS = 78


def main() -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="fleetd", description="The operator's centre for many parcel lockers")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("run", "take in what lockers tell, and serve the operator's pages"),
        ("intake", "take in only: one more consumer beside another"),
        ("migrate", "bring the database up to date"),
    ):
        commands.add_parser(name, help=help_text).add_argument("file", type=Path)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = load_settings(asked.file)
    except SettingsError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return EXIT_SETTINGS
    asyncio.run(_migrate(settings) if asked.command == "migrate" else _run(settings))
    return 0


async def _migrate(settings: FleetSettings) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database, autocommit=True) as connection:
        await migrate(connection)


async def _run(settings: FleetSettings) -> None:
    await _migrate(settings)
    await EventIntake(settings).run()


if __name__ == "__main__":
    sys.exit(main())
