"""Which lock boards hang on which wire: looked for by status requests, chosen and completed by the person."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardware.banks.serial_line import LineDown
from hardware.commissioning.bus_scan import EXPANDER_ADDRESSES, FoundDevice, find_chips, scan
from hardware.options import (
    Cb8aBankOptions,
    KerongBankOptions,
    Mcp23017BankOptions,
    ModbusBankOptions,
    SerialBoardOptions,
)
from locker.errors import SettingsError
from lockerd.setup.doors import numbers
from lockerd.setup.terminal import Wrong, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockerd.setup.answers import Answers
    from lockerd.setup.terminal import Terminal

KINDS = ("serial", "gpio", "mcp23017")
BOARDS = ("cb8a", "kerong-cu16", "kerong-cu48", "modbus")
PINS = {"gpio": ("9-16", "4-8,21-23", 27), "mcp23017": ("0-3,7,13-15", "4-6,8-12", 15)}
"""Lock pins and switch pins as `wiring.md` draws them, and the last pin that there is."""
NAMED_PORTS = ("/dev/locker-rs485", "/dev/serial/by-id/*", "/dev/ttyAMA0")
MOST_BOARDS = 32


def ask_banks(terminal: Terminal, answers: Answers) -> list[dict[str, Any]]:
    """The banks of the cabinet, each with its doors: `doors` how many, or `locks` and `switches`."""
    options = [(kind, terminal.text(f"kind_{kind}")) for kind in KINDS]
    kind = answers.keep("kind", terminal.choose("ask_kind", options, answers.get("kind", "serial")))
    if kind == "serial":
        return [_ask_doors(terminal, answers, bank) for bank in _ask_boards(terminal, answers)]
    if kind == "gpio":
        return [_ask_pins(terminal, answers, {"name": "pins", "kind": "gpio"})]
    return [_ask_pins(terminal, answers, bank) for bank in _ask_chips(terminal)]


def ports() -> list[str]:
    """Serial ports of this machine under names that stay, each device once."""
    found: dict[Path, str] = {}
    for pattern in NAMED_PORTS:
        for path in sorted(Path("/").glob(pattern.lstrip("/"))):
            found.setdefault(path.resolve(), str(path))
    return list(found.values())


def _ask_boards(terminal: Terminal, answers: Answers) -> list[dict[str, Any]]:
    while True:
        given = terminal.ask("ask_ports", answers.get("ports") or ", ".join(ports()), _paths)
        answers.keep("ports", ", ".join(given))
        terminal.say("looking")
        found = [each for port in given for each in asyncio.run(_boards_on(terminal, port))]
        chosen = [each for each in found if terminal.agree("use_board", default=True, board=each.description())]
        if chosen:
            return [_bank(number, each) for number, each in enumerate(chosen, 1)]
        terminal.say("no_board")
        again = [("again", terminal.text("search_again")), ("typed", terminal.text("board_typed"))]
        if terminal.choose("ask_no_board", again, "again") == "typed":
            return _ask_typed(terminal, answers, given[0])


async def _boards_on(terminal: Terminal, port: str) -> list[FoundDevice]:
    families: list[SerialBoardOptions] = [
        Cb8aBankOptions(name="b", kind="cb8a", port=port),
        KerongBankOptions(name="b", kind="kerong-cu48", port=port),
        KerongBankOptions(name="b", kind="kerong-cu16", port=port),
        ModbusBankOptions(name="b", kind="modbus", port=port),
    ]
    found = []
    for family in families:
        try:
            found += [each async for each in scan([family], everywhere=True)]
        except (LineDown, SettingsError) as down:
            terminal.say("port_fault", port=port, fault=str(down))
            return found
    return found


def _bank(number: int, board: FoundDevice) -> dict[str, Any]:
    bank = {"name": f"board{number}", "kind": board.kind, "port": board.port, "address": board.address}
    kerong = board.kind.startswith("kerong")
    return bank | ({} if kerong else {"channels": board.channels}) | {"doors": board.channels}


def _ask_typed(terminal: Terminal, answers: Answers, port: str) -> list[dict[str, Any]]:
    """Boards that do not answer yet, as they are printed on."""
    banks: list[dict[str, Any]] = []
    most = {"cb8a": 50, "kerong-cu16": 16, "kerong-cu48": 48, "modbus": 32}
    usual = {"cb8a": 24, "kerong-cu16": 16, "kerong-cu48": 48, "modbus": 8}
    kind = terminal.choose("ask_board", [(each, each) for each in BOARDS], answers.get("board", BOARDS[0]))
    answers.keep("board", kind)
    first = 0 if kind.startswith("kerong") else 1
    boards = terminal.ask("ask_boards", str(answers.get("boards", 1)), whole(1, MOST_BOARDS))
    answers.keep("boards", boards)
    for number in range(boards):
        address = terminal.ask("ask_address", str(first + number), whole(0, 247), board=number + 1)
        channels = terminal.ask("ask_channels", str(usual[kind]), whole(1, most[kind]), board=number + 1)
        banks.append(_bank(number + 1, FoundDevice(port, kind, address, channels)))
    return banks


def _ask_doors(terminal: Terminal, answers: Answers, bank: dict[str, Any]) -> dict[str, Any]:
    name = bank["name"]
    most = bank["doors"] or 50
    doors = terminal.ask("ask_doors", str(answers.get(f"doors of {name}") or most), whole(1, most), bank=name)
    return bank | {"doors": answers.keep(f"doors of {name}", doors)}


def _ask_chips(terminal: Terminal) -> list[dict[str, Any]]:
    chips: list[FoundDevice] = []
    with suppress(OSError):
        chips = find_chips(Mcp23017BankOptions.model_fields["bus"].default, EXPANDER_ADDRESSES)
    chosen = [each for each in chips if terminal.agree("use_board", default=True, board=each.description())]
    addresses: Sequence[int] = [each.address for each in chosen]
    if not addresses:
        terminal.say("no_board")
        addresses = terminal.ask("ask_chips", "32", _chip_addresses)
    return [
        {"name": f"chip{number}", "kind": "mcp23017", "address": address} for number, address in enumerate(addresses, 1)
    ]


def _ask_pins(terminal: Terminal, answers: Answers, bank: dict[str, Any]) -> dict[str, Any]:
    usual_locks, usual_switches, last = PINS[bank["kind"]]
    name = bank["name"]
    while True:
        typed = answers.get(f"locks of {name}", usual_locks)
        locks = terminal.ask("ask_locks", typed, lambda text: _kept_pins(text, last), bank=name)
        answers.keep(f"locks of {name}", locks[0])
        typed = answers.get(f"switches of {name}", usual_switches)
        switches = terminal.ask("ask_switches", typed, lambda text: _kept_pins(text, last), bank=name)
        answers.keep(f"switches of {name}", switches[0])
        if len(locks[1]) != len(switches[1]):
            terminal.say("wrong_pairs", locks=len(locks[1]), switches=len(switches[1]))
        elif both := sorted(set(locks[1]) & set(switches[1])):
            terminal.say("wrong_twice", pins=", ".join(map(str, both)))
        else:
            return bank | {"locks": locks[1], "switches": switches[1]}


def _kept_pins(typed: str, last: int) -> tuple[str, list[int]]:
    return typed, numbers(typed, last)


def _paths(typed: str) -> list[str]:
    found = [part.strip() for part in typed.split(",") if part.strip()]
    if not found:
        raise Wrong("wrong_port", port="/dev/ttyUSB0")
    for port in found:
        if not Path(port).exists():
            raise Wrong("wrong_port", port=port)
    return found


def _chip_addresses(typed: str) -> list[int]:
    found = numbers(typed, EXPANDER_ADDRESSES[-1])
    if min(found) < EXPANDER_ADDRESSES[0]:
        raise Wrong("wrong_count", least=EXPANDER_ADDRESSES[0], most=EXPANDER_ADDRESSES[-1])
    return found
