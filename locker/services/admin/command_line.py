"""What `lockerd` may be asked on the command line: its commands and their options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import IO, Any, TypeAlias

from locker.services.admin.admin_commands import CommandFailed
from locker.services.people import Role, Scope
from locker.services.policies import RuleKind

_Command: TypeAlias = Callable[[str, str], argparse.ArgumentParser]


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options; `command` names the one that was asked."""
    parser = argparse.ArgumentParser(prog="lockerd", description="The daemon of a parcel locker.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=summary, description=summary)
        subparser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the site file")
        return subparser

    command("run", "be the daemon")
    command("setup", "make the site file, the first account and the commissioning walk, question by question")
    check = command("check", "validate the site file")
    check.add_argument("--hardware", action="store_true", help="look once at every door, reader and camera")
    check.add_argument("--scan", action="store_true", help="with --hardware: ask every address of the serial lines")
    check.add_argument("--walk", action="store_true", help="with --hardware: walk from door to door, opened by hand")
    token = command("token", "make, revoke or list machine tokens; a new one is printed once")
    token.add_argument("act", choices=["create", "revoke", "list"])
    token.add_argument("name", nargs="?", help="of the token; not for list")
    token.add_argument("--scope", nargs="+", choices=[scope.value for scope in Scope], help="what a new one may do")
    token.add_argument("--company", help="whose a new one is: it reaches the deposit rights of this company")
    token.add_argument("--days", type=int, metavar="N", help="how long a new one lasts; else until it is revoked")
    staff = command("staff", "make, renew or end a staff account; add and renew print its one-time set-up secret")
    staff.add_argument("act", choices=["add", "renew", "disable"])
    staff.add_argument("name")
    staff.add_argument(
        "--role", choices=[role.value for role in Role], default=Role.OPERATOR.value, help="of a new account"
    )
    staff.add_argument("--days", type=int, metavar="N", help="how long a new one lasts; else until it is disabled")
    _add_rule(command)
    idle = command("idle", "wait until nobody is at a door; before a restart")
    idle.add_argument("--seconds", type=float, default=0, metavar="N", help="wait so long at most; 0: only look")
    audit = command("audit", "verify the chain of events and compare it with the tables")
    audit.add_argument("--receipt", metavar="TEXT", help="an old receipt or a signed checkpoint: is its log here?")
    audit.add_argument("--case", type=Path, metavar="ZIP", help="verify a case file instead; no database is needed")
    audit.add_argument("--roots", type=Path, metavar="PEM", help="of --case: under which its time stamp is believed")
    _add_update(command)
    _add_copies(command)
    courier = command("courier", "make, renew, disable or list couriers; a PIN or a badge is read from standard input")
    courier.add_argument("act", choices=["add", "renew", "disable", "badge", "list"])
    courier.add_argument("company", nargs="?", help="or a courier's id, for renew and disable")
    courier.add_argument("name", nargs="?")
    courier.add_argument("--alone", action="store_true", help="of badge: it signs in without the PIN")
    courier.add_argument("--end", action="store_true", help="of badge: take it away")
    _add_enrol(command)
    clock = command("clock", "take the wall clock as it is, also when it jumped too far to be believed or went back")
    clock.add_argument("act", choices=["accept"])
    return parser


def _add_enrol(command: _Command) -> None:
    enrol = command(
        "enrol", "get this cabinet's certificate from an operator's centre; its token comes by standard input"
    )
    enrol.add_argument("--centre", required=True, metavar="URL", help="like https://centre.example.org:8090")


def _add_rule(command: _Command) -> None:
    rule = command("rule", "list, show, add or undo versions of rules; a new one is read as JSON from standard input")
    rule.add_argument("act", choices=["list", "show", "add", "undo"])
    rule.add_argument("kind", nargs="?", choices=[kind.value for kind in RuleKind], help="not needed for list")
    rule.add_argument("--reason", help="of add and undo: why")
    rule.add_argument("--from", dest="starts", metavar="TIME", help="when a new version begins, else now")
    rule.add_argument("--until", dest="ends", metavar="TIME", help="when it ends, else when another begins")
    rule.add_argument("--review", metavar="DAY", help="when somebody looks at it again, else after a year")


def _add_update(command: _Command) -> None:
    update = command("update", "put another version in place, judged by the doors; what is not good goes back")
    update.add_argument(
        "source", type=Path, metavar="NEW", nargs="?", help="a package file, or the folder of a release"
    )
    update.add_argument(
        "--resume", action="store_true", help="go on with one that was cut short; nothing else to do: 0"
    )
    update.add_argument(
        "--within", type=float, default=120, metavar="SECONDS", help="that a version has to see its doors"
    )
    update.add_argument("--wait", type=int, default=600, metavar="SECONDS", help="that visitors have to leave")
    update.add_argument(
        "--ordered", action="store_true", help="the version that the operator ordered, from the signed repository"
    )
    update.add_argument("--unsigned", action="store_true", help="take a file without a signature, as one built here")
    update.add_argument("--keyring", type=Path, metavar="KEYS", help="whose signatures are taken")
    update.add_argument("--service", default="lockerd.service", help=argparse.SUPPRESS)
    update.add_argument("--link", type=Path, help=argparse.SUPPRESS)
    update.add_argument("--state", type=Path, help=argparse.SUPPRESS)


def _add_copies(command: _Command) -> None:
    backup = command("backup", "write a consistent copy, the key included; the daemon may run")
    backup.add_argument(
        "destination", type=Path, metavar="DEST", nargs="?", help="none: one sealed backup to all places of [backup]"
    )
    restore = command("restore", "put a backup back; the daemon must not run")
    restore.add_argument("source", type=Path, metavar="SRC")
    restore.add_argument("--force", action="store_true", help="replace a folder that is not empty")
    restore.add_argument(
        "--nothing-happened-since", action="store_true", help="trust the backup where no later event can be read"
    )
    restore.add_argument(
        "--identity", metavar="KEY", help="the file of the private key for a sealed backup; - reads it"
    )
    restore.add_argument("--drill", action="store_true", help="restore for trial: verify it aside, record the result")


def admin_act(arguments: argparse.Namespace, stdin: IO[str]) -> tuple[str, dict[str, Any]]:
    """The act of `AdminCommands` that a command line names, with its arguments. A PIN is read from `stdin`.

    Raises CommandFailed when the command line lacks something.
    """
    match arguments.command, arguments.act:
        case "token", "list":
            return "token-list", {}
        case "token", "create":
            _needed(arguments.name, "the name of the token")
            _needed(arguments.scope, "--scope, for example --scope read")
            asked = {"name": arguments.name, "scopes": arguments.scope, "days": arguments.days}
            return "token-create", asked | ({"company": arguments.company} if arguments.company else {})
        case "token", act:
            return f"token-{act}", {"name": _needed(arguments.name, "the name of the token")}
        case "staff", act:
            return f"staff-{act}", {"name": arguments.name, "role": arguments.role, "days": arguments.days}
        case "rule", act:
            return f"rule-{act}", _rule_arguments(act, arguments, stdin)
        case "courier", "list":
            return "courier-list", {}
        case "courier", act:
            _needed(arguments.company, "the company and the name of the courier")
            if act == "add":
                _needed(arguments.name, "the name of the courier")
            who = {"company": arguments.company, "name": arguments.name or ""}
            return f"courier-{act}", who | _courier_arguments(act, arguments, stdin)
        case command, act:
            return f"{command}-{act}", {}


def _pin(stdin: IO[str]) -> str:
    """From a pipe; at a terminal it is asked for, and what is typed is not shown."""
    return (getpass("PIN: ") if stdin.isatty() else stdin.readline()).strip()


def _courier_arguments(act: str, arguments: argparse.Namespace, stdin: IO[str]) -> dict[str, Any]:
    if act == "badge":
        text = "" if arguments.end else stdin.readline().strip()
        return {"badge": text, "alone": arguments.alone, "end": arguments.end}
    return {} if act == "disable" else {"pin": _pin(stdin)}


def _rule_arguments(act: str, arguments: argparse.Namespace, stdin: IO[str]) -> dict[str, Any]:
    asked = {"kind": arguments.kind if act == "list" else _needed(arguments.kind, "the kind of the rule")}
    if act in {"add", "undo"}:
        asked["reason"] = _needed(arguments.reason, "--reason")
    if act == "add":
        asked |= {name: getattr(arguments, name) for name in ("starts", "ends", "review")}
        asked["body"] = stdin.read()
    return asked


def _needed(value: Any, what: str) -> Any:
    if not value:
        raise CommandFailed(f"say {what}")
    return value
