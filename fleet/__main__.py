"""`fleetd`: the operator's centre, as commands. Each takes the centre's file."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import uvicorn

from fleet.authority import Authority
from fleet.enrolment import revoke
from fleet.event_intake import RETRY_S, EventIntake
from fleet.keys import make_secret, order_key, public_text
from fleet.operators import add_operator
from fleet.pages.app import pages_app
from fleet.rollout_runner import RolloutRunner
from fleet.schema import migrate
from fleet.settings import FleetSettings, SettingsError, load_settings
from fleet.wire_format import LOCKER_NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

EXIT_SETTINGS = 78
EXIT_LATER = 75
EXIT_INTERRUPTED = 130
_COMMANDS = {
    "run": "take in what lockers tell, and serve the operator's pages",
    "intake": "take in only: one more consumer beside another, with another `instance`",
    "migrate": "bring the database up to date",
    "key": "say the public key that lockers have as operator_key",
    "operator": "make an account, or give it a new password and app",
    "issue": "a certificate with its key in the centre's folder, for the broker (with its host names) or the centre",
    "revoke": "end the certificates of a locker that was stolen or taken down",
}


def main() -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="fleetd", description="The operator's centre for many parcel lockers")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in _COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        command.add_argument("file", type=Path)
        if name in {"operator", "issue", "revoke"}:
            command.add_argument("name")
        if name == "issue":
            command.add_argument("hosts", nargs="*", metavar="HOST")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = load_settings(asked.file)
        _carry_out(settings, asked)
    except (SettingsError, ValueError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return EXIT_SETTINGS
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except psycopg.OperationalError as away:
        sys.stderr.write(f"database: {str(away).strip()}\n")
        return EXIT_LATER
    return 0


def _carry_out(settings: FleetSettings, asked: argparse.Namespace) -> None:
    match asked.command:
        case "key":
            sys.stdout.write(public_text(order_key(settings.folder)) + "\n")
        case "issue":
            _issue(settings, asked.name, asked.hosts)
        case "revoke":
            asyncio.run(_with_database(settings, lambda db: _revoke(db, settings, asked.name)))
        case "operator":
            asyncio.run(_with_database(settings, lambda db: _add_operator(db, asked.name)))
        case _:
            asyncio.run({"run": _run, "intake": _intake, "migrate": _migrate}[asked.command](settings))


async def _with_database(
    settings: FleetSettings, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[object]]
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database, autocommit=True) as connection:
        await migrate(connection)
        await work(connection)


async def _add_operator(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    """The password is typed, or is the first line that comes in."""
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    secret = await add_operator(connection, name, password)
    sys.stdout.write(f"The secret for {name}'s authenticator app, shown once: {secret}\n")


def _issue(settings: FleetSettings, name: str, hosts: list[str]) -> None:
    if not LOCKER_NAME.fullmatch(name):
        raise ValueError(f"{name}: a name has letters, digits and . _ - only")
    authority = Authority(settings.folder)
    signed, key = authority.issue(name, hosts, datetime.now(UTC))
    certificate, private = settings.folder / f"{name}.pem", settings.folder / f"{name}.key"
    if private.exists():
        raise ValueError(f"{private} is there already; move it away first")
    make_secret(private, key)
    certificate.write_text(signed.pem, encoding="ascii")
    sys.stdout.write(f"{certificate}\n{private}\n{authority.path}\n")


async def _revoke(connection: psycopg.AsyncConnection[Any], settings: FleetSettings, locker: str) -> None:
    count, listed = await revoke(connection, settings, locker)
    sys.stdout.write(f"{count} certificates of {locker} ended; let the broker read {listed} (crlfile) and restart it\n")


async def _migrate(settings: FleetSettings) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database, autocommit=True) as connection:
        await migrate(connection)


async def _migrate_when_there(settings: FleetSettings) -> None:
    """At start the database may come later than we do."""
    while True:
        try:
            return await _migrate(settings)
        except psycopg.OperationalError as away:
            log.warning("the database is away: %s", str(away).strip())
            await asyncio.sleep(RETRY_S)


async def _intake(settings: FleetSettings) -> None:
    await _migrate_when_there(settings)
    await EventIntake(settings).run()


async def _run(settings: FleetSettings) -> None:
    """Ends with a fault when the intake does: pages over tables that nobody fills look as if all were well."""
    await _migrate_when_there(settings)
    host, port = settings.listen_address
    config = uvicorn.Config(
        pages_app(settings),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=settings.pages_certificate,
        ssl_keyfile=settings.pages_private_key,
    )
    server = uvicorn.Server(config)
    intake = asyncio.create_task(EventIntake(settings).run(), name="intake")
    pages = asyncio.create_task(server.serve(), name="pages")
    changes = asyncio.create_task(RolloutRunner(settings).run(), name="changes")
    await asyncio.wait({intake, pages, changes}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    ended = [each for each in (intake, changes) if each.done()]
    await pages
    for each in ended:
        each.result()
    for each in (intake, changes):
        each.cancel()


if __name__ == "__main__":
    sys.exit(main())
