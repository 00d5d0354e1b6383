"""What a walk from door to door tells about the site file: pure rules, no wire is touched here."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hardware.banks.cb8a import status_lengths
from hardware.options import Cb8aBankOptions, GpioBankOptions, Mcp23017BankOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hardware.options import BankOptions
    from locker.options import CompartmentOptions

PinBank: TypeAlias = GpioBankOptions | Mcp23017BankOptions
LEVELS = {True: "high", False: "low"}


@dataclass(frozen=True, slots=True, order=True)
class WiredDoor:
    """Where a switch ends: a channel of a board as the site file counts it, or a pin."""

    bank: str
    number: int


@dataclass(frozen=True, slots=True)
class ObservedMove:
    """What was seen while one door was opened and shut by hand: the wires that changed, and their level when shut.

    A level is that of a pin, or the bit of a board: True is high, or 1.
    """

    door: str
    wires: Mapping[WiredDoor, bool]


@dataclass(frozen=True, slots=True)
class Change:
    """One key of the site file that must have another value. `table` and `name` say which table."""

    table: str
    name: str
    key: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with the wires, one line a fault, and what to change in the file."""

    faults: list[str]
    changes: list[Change]

    def toml(self) -> Iterator[str]:
        """The lines to change, each table once, with the name of what it is about."""
        tables: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for change in self.changes:
            tables[change.table, change.name].append(change)
        for (table, name), changes in tables.items():
            yield f"[[{table}]]  # {name}"
            for change in changes:
                yield f"{change.key} = " + (f'"{change.value}"' if isinstance(change.value, str) else str(change.value))


def judged(
    banks: Sequence[BankOptions], doors: Sequence[CompartmentOptions], moves: Sequence[ObservedMove]
) -> Findings:
    """Compare what moved with what the site file says. Doors that were not walked to are not judged."""
    known = {door.id: door for door in doors}
    findings = Findings([], [])
    clear: list[tuple[CompartmentOptions, WiredDoor, bool]] = []
    for move in moves:
        if len(move.wires) == 1:
            ((wire, shut),) = move.wires.items()
            clear.append((known[move.door], wire, shut))
        else:
            findings.faults.append(_unclear(move))
    for bank in banks:
        _polarity(bank, [(door, shut) for door, wire, shut in clear if wire.bank == bank.name], findings)
    order = {bank.name: _byte_order(bank, clear, findings) for bank in banks if isinstance(bank, Cb8aBankOptions)}
    kinds = {bank.name: bank for bank in banks}
    for door, wire, _ in clear:
        status_bytes = order.get(wire.bank)
        place = WiredDoor(wire.bank, mirrored(wire.number, status_bytes)) if status_bytes else wire
        _place(door, place, kinds[wire.bank], findings)
    return findings


def mirrored(channel: int, status_bytes: int) -> int:
    """The same bit when the status bytes are counted from the other end. `channel` is from 1."""
    byte, bit = divmod(channel - 1, 8)
    return (status_bytes - 1 - byte) * 8 + bit + 1


def _unclear(move: ObservedMove) -> str:
    if not move.wires:
        return f"door {move.door}: no switch moved. Check the plug and the wires of its switch."
    places = " and ".join(f"{wire.bank} {wire.number}" for wire in sorted(move.wires))
    return f"door {move.door}: more than one switch moved ({places}). Walk again and open one door at a time."


def _polarity(bank: BankOptions, found: Sequence[tuple[CompartmentOptions, bool]], findings: Findings) -> None:
    """One setting speaks for a whole bank; a door whose switch is of the other kind must be rewired."""
    if not found:
        return
    pins = isinstance(bank, PinBank)
    said = bank.switch_shut == "high" if isinstance(bank, PinBank) else bool(bank.shut_bit)
    (true, most), *_ = Counter(shut for _, shut in found).most_common()
    if most * 2 == len(found):
        true = said
    if true is not said:
        key, value = ("switch_shut", LEVELS[true]) if pins else ("shut_bit", int(true))
        findings.changes.append(Change("bank", bank.name, key, value))
    findings.faults.extend(
        f"door {door.id}: its switch says shut when it is open, unlike the others of bank {bank.name}. "
        "Use its other contact (NO or NC)."
        for door, shut in found
        if shut is not true
    )


def _byte_order(
    bank: Cb8aBankOptions, clear: Sequence[tuple[CompartmentOptions, WiredDoor, bool]], findings: Findings
) -> int | None:
    """How many status bytes to mirror, if the mirror explains more doors than the order that the file gives."""
    status_bytes = status_lengths(bank.channels)[0]
    mine = [(door.channel, wire.number) for door, wire, _ in clear if wire.bank == door.bank == bank.name]
    straight = sum(said == found for said, found in mine)
    turned = sum(said == mirrored(found, status_bytes) for said, found in mine)
    if turned <= straight:
        return None
    other = "high-first" if bank.byte_order == "low-first" else "low-first"
    findings.changes.append(Change("bank", bank.name, "byte_order", other))
    return status_bytes


def _place(door: CompartmentOptions, wire: WiredDoor, bank: BankOptions, findings: Findings) -> None:
    pins = isinstance(bank, PinBank)
    if wire.bank != door.bank:
        findings.changes.append(Change("compartment", door.id, "bank", wire.bank))
    if wire.bank != door.bank or wire.number != (door.switch if pins else door.channel):
        findings.changes.append(Change("compartment", door.id, "switch" if pins else "channel", wire.number))
