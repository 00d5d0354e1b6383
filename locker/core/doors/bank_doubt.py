"""When a whole bank is not believed: one lost common wire makes every switch of it read open at once.

No hand moves more than half of a bank's doors within one look. What such a look says is a fault of the wire, not of the
doors: the bank is unseen, staff are told, and nothing is decided, until its switches read again as they did before, all
but at most half of them. A door that changed by itself meanwhile is CHECK: of that one nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.events.door_events import BankFault, DoorsUnseen
from locker.core.model import CheckFrom, Seen, Use, VisitKind
from locker.core.visit import InDoubt, Ordered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from locker.core.model import BankDoubt
    from locker.core.outcome import Draft

LEAST = 2
"""A single door that moves is a door that moved, also in a bank of one."""
LEAST_AT_FIRST_LOOK = 4
"""After a start doors may be found open; all of a larger bank are so only where its wire is lost."""


def believed(draft: Draft, changed: Mapping[str, Seen]) -> dict[str, Seen]:
    """What may be believed of these changes, shut or open: all of them, less those of banks that cannot be right.

    Of a bank that reads again as it did before, every door is among the result, also those that did not change.
    """
    result = dict(changed)
    for bank in sorted({draft.site.compartments[name].bank for name in changed}):
        doors = [name for name, c in draft.site.compartments.items() if c.bank == bank]
        here = {name: value for name, value in changed.items() if name in doors}
        doubt = draft.site.bank_doubts.get(bank)
        if doubt is not None:
            readings = _after(doubt, here)
            result = {name: value for name, value in result.items() if name not in here}
            if 2 * len(readings ^ doubt.open_before) <= len(doors):
                result |= {name: Seen.OPEN if name in readings else Seen.SHUT for name in doors}
            else:
                _still_in_doubt(draft, bank, readings, doubt)
        elif _too_many(draft, here, doors):
            result = {name: value for name, value in result.items() if name not in here}
            _begin_doubt(draft, bank, doors, here)
    return result


def _after(doubt: BankDoubt, changed: Mapping[str, Seen]) -> frozenset[str]:
    opened = {name for name, value in changed.items() if value is Seen.OPEN}
    return frozenset((doubt.open - changed.keys()) | opened)


def _too_many(draft: Draft, changed: Mapping[str, Seen], doors: list[str]) -> bool:
    strange = [name for name, value in changed.items() if not _expected(draft, name, value)]
    first_look = [name for name in strange if draft.site.compartments[name].seen is Seen.UNSEEN]
    if first_look:
        return len(strange) == len(doors) >= LEAST_AT_FIRST_LOOK
    return len(strange) >= LEAST and 2 * len(strange) > len(doors)


def _expected(draft: Draft, name: str, value: Seen) -> bool:
    """True for a change that somebody was waiting for, and for a door that is as it should be after it was unseen."""
    compartment, visit = draft.site.compartments[name], draft.site.visits.get(name)
    if compartment.seen is Seen.UNSEEN and value is Seen.SHUT:
        return True
    if visit is None:
        return False
    if visit.kind is VisitKind.STAFF:
        return True
    match visit.stage:
        case InDoubt():
            return True
        case Ordered():
            return value is Seen.OPEN
        case _:
            return value is not Seen.OPEN


def _begin_doubt(draft: Draft, bank: str, doors: list[str], changed: Mapping[str, Seen]) -> None:
    site = draft.site
    before = {name for name in doors if site.compartments[name].seen is Seen.OPEN}
    now = {name for name in doors if changed.get(name, site.compartments[name].seen) is Seen.OPEN}
    seen = tuple(name for name in doors if site.compartments[name].seen is not Seen.UNSEEN)
    if seen:
        draft.add(DoorsUnseen(compartments=seen))
    _tell(draft, bank, now, before)


def _still_in_doubt(draft: Draft, bank: str, readings: frozenset[str], doubt: BankDoubt) -> None:
    """Another reading of a bank that is not believed. Few doors that moved alone moved for some reason."""
    moved = readings ^ doubt.open
    if not moved:
        return
    _tell(draft, bank, readings, doubt.open_before, again=True)
    doors = sum(c.bank == bank for c in draft.site.compartments.values())
    if 2 * len(moved) > doors:
        return
    for name in sorted(moved):
        if draft.site.compartments[name].use in {Use.FREE, Use.LOADED}:
            content_unknown(draft, name, "moved while its bank was not believed", CheckFrom.STORED)


def _tell(draft: Draft, bank: str, now: AbstractSet[str], before: AbstractSet[str], *, again: bool = False) -> None:
    shut = {name for name, c in draft.site.compartments.items() if c.bank == bank} - now
    draft.add(
        BankFault(
            bank=bank,
            shut=tuple(sorted(shut)),
            open=tuple(sorted(now)),
            open_before=tuple(sorted(before)),
            again=again,
        )
    )
