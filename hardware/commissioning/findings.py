"""What the commissioning walk shows about the site file: pure rules, no wire is touched here."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.banks.cb8a import status_lengths
from hardware.options import Cb8aBankOptions, PinBankOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hardware.options import BankOptions
    from locker.options import CompartmentOptions

LEVELS = {True: "high", False: "low"}


@dataclass(frozen=True, slots=True, order=True)
class SwitchTerminal:
    """Where a switch ends: a channel of a board as the site file counts it, or a pin."""

    bank: str
    number: int


@dataclass(frozen=True, slots=True)
class ObservedMove:
    """What was seen while one door was opened and shut by hand: the terminals that changed, and their level when shut.

    A level is that of a pin, or the bit of a board: True is high, or 1.
    """

    door: str
    terminals: Mapping[SwitchTerminal, bool]


@dataclass(frozen=True, slots=True)
class SiteFileChange:
    """One key of the site file that must have another value. `table` and `name` say which table."""

    table: str
    name: str
    key: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with the wires, one line a fault, and what to change in the file."""

    faults: list[str]
    changes: list[SiteFileChange]

    def toml(self) -> Iterator[str]:
        """The lines to change, each table once, with the name of what it is about."""
        tables: dict[tuple[str, str], list[SiteFileChange]] = defaultdict(list)
        for change in self.changes:
            tables[change.table, change.name].append(change)
        for (table, name), changes in tables.items():
            yield f"[[{table}]]  # {name}"
            for change in changes:
                yield f"{change.key} = " + (f'"{change.value}"' if isinstance(change.value, str) else str(change.value))


def compare_with_site_file(
    banks: Sequence[BankOptions], doors: Sequence[CompartmentOptions], moves: Sequence[ObservedMove]
) -> Findings:
    """Compare what moved with what the site file says. Doors that were not walked to are left out."""
    known = {door.id: door for door in doors}
    findings = Findings([], [])
    single: list[tuple[CompartmentOptions, SwitchTerminal, bool]] = []
    for move in moves:
        if len(move.terminals) == 1:
            ((terminal, shut),) = move.terminals.items()
            single.append((known[move.door], terminal, shut))
        else:
            findings.faults.append(_ambiguous(move))
    for bank in banks:
        _check_polarity(bank, [(door, shut) for door, terminal, shut in single if terminal.bank == bank.name], findings)
    order = {
        bank.name: _check_byte_order(bank, single, findings) for bank in banks if isinstance(bank, Cb8aBankOptions)
    }
    by_name = {bank.name: bank for bank in banks}
    for door, terminal, _ in single:
        status_bytes = order.get(terminal.bank)
        true_terminal = (
            SwitchTerminal(terminal.bank, mirrored(terminal.number, status_bytes)) if status_bytes else terminal
        )
        _check_terminal(door, true_terminal, by_name[terminal.bank], findings)
    return findings


def mirrored(channel: int, status_bytes: int) -> int:
    """The same bit when the status bytes are counted from the other end. `channel` is from 1."""
    byte, bit = divmod(channel - 1, 8)
    return (status_bytes - 1 - byte) * 8 + bit + 1


def _ambiguous(move: ObservedMove) -> str:
    if not move.terminals:
        return f"door {move.door}: no switch moved. Check the plug and the wires of its switch."
    places = " and ".join(f"{terminal.bank} {terminal.number}" for terminal in sorted(move.terminals))
    return f"door {move.door}: more than one switch moved ({places}). Walk again and open one door at a time."


def _check_polarity(bank: BankOptions, found: Sequence[tuple[CompartmentOptions, bool]], findings: Findings) -> None:
    """One setting is for a whole bank; a door whose switch is of the other kind must be rewired."""
    if not found:
        return
    on_pins = isinstance(bank, PinBankOptions)
    configured = bank.switch_shut == "high" if isinstance(bank, PinBankOptions) else bool(bank.shut_bit)
    (level, most), *_ = Counter(shut for _, shut in found).most_common()
    if most * 2 == len(found):
        level = configured
    if level is not configured:
        key, value = ("switch_shut", LEVELS[level]) if on_pins else ("shut_bit", int(level))
        findings.changes.append(SiteFileChange("bank", bank.name, key, value))
    findings.faults.extend(
        f"door {door.id}: its switch says shut when it is open, unlike the others of bank {bank.name}. "
        "Use its other contact (NO or NC)."
        for door, shut in found
        if shut is not level
    )


def _check_byte_order(
    bank: Cb8aBankOptions, single: Sequence[tuple[CompartmentOptions, SwitchTerminal, bool]], findings: Findings
) -> int | None:
    """How many status bytes to mirror, if the mirror explains more doors than the order that the file gives."""
    status_bytes = status_lengths(bank.channels)[0]
    mine = [(door.channel, terminal.number) for door, terminal, _ in single if terminal.bank == door.bank == bank.name]
    as_configured = sum(channel == found for channel, found in mine)
    as_mirrored = sum(channel == mirrored(found, status_bytes) for channel, found in mine)
    if as_mirrored <= as_configured:
        return None
    other = "high-first" if bank.byte_order == "low-first" else "low-first"
    findings.changes.append(SiteFileChange("bank", bank.name, "byte_order", other))
    return status_bytes


def _check_terminal(door: CompartmentOptions, terminal: SwitchTerminal, bank: BankOptions, findings: Findings) -> None:
    on_pins = isinstance(bank, PinBankOptions)
    if terminal.bank != door.bank:
        findings.changes.append(SiteFileChange("compartment", door.id, "bank", terminal.bank))
    if terminal.bank != door.bank or terminal.number != (door.switch if on_pins else door.channel):
        findings.changes.append(
            SiteFileChange("compartment", door.id, "switch" if on_pins else "channel", terminal.number)
        )
