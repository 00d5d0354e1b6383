"""People may be in danger: the case of class 1, the doors at which nobody is served, the warning on the screen.

The order is: what is to be done is durable, staff are called by the event, then each door is frozen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.case_events import EmergencyDeclared, EmergencyEnded
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.cases import case_rows
from locker.services.cases.case_kinds import Source
from locker.services.cases.case_opening import CaseReceipt, CaseRequest
from locker.services.cases.repeats import FirstAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.messages.command import Once
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases.case_rows import Case
    from locker.services.cases.case_service import CaseService
    from locker.services.cases.freezing import Freezer


class Danger(StrEnum):
    """What threatens."""

    FIRE = "fire"
    LEAK = "leak"
    HURT = "hurt"
    THREAT = "threat"


CALL_LIST: dict[str, tuple[tuple[str, str], ...]] = {
    "CN": (("fire-brigade", "119"), ("ambulance", "120"), ("police", "110")),
    "TW": (("fire-brigade", "119"), ("ambulance", "119"), ("police", "110")),
    "HK": (("fire-brigade", "999"), ("ambulance", "999"), ("police", "999")),
    "MO": (("fire-brigade", "999"), ("ambulance", "999"), ("police", "999")),
}
ANYWHERE = (("fire-brigade", "112"), ("ambulance", "112"), ("police", "112"))


def call_list(country: str | None) -> tuple[tuple[str, str], ...]:
    """Whom to call, and under which number, in the order of the panel."""
    return CALL_LIST.get(country or "", ANYWHERE)


@dataclass(frozen=True, slots=True)
class DangerWarning:
    """What the screen tells people while there is danger. No `doors`: the whole cabinet."""

    number: str
    danger: Danger
    doors: tuple[str, ...]


class Emergencies:
    """All that is in force now. `warnings` is what a screen shows, from memory."""

    def __init__(self, engine: Engine, journal: Journal, cases: CaseService, freezer: Freezer) -> None:
        self._engine = engine
        self._journal = journal
        self._cases = cases
        self._freezer = freezer
        self._dangers: dict[str, Danger] = {}

    async def load(self) -> None:
        """Read what was in force before. Call once at start, behind the freezer's."""
        self._dangers = await self._journal.read(_dangers)

    @property
    def warnings(self) -> list[DangerWarning]:
        """What people must be told now, the first declared first."""
        every = set(self._engine.site.compartments)
        found = []
        for number, danger in self._dangers.items():
            doors = {door for door, case in self._freezer.doors.items() if case == number}
            found.append(DangerWarning(number, danger, () if doors >= every else tuple(sorted(doors))))
        return found

    async def declare(
        self, danger: Danger, doors: Sequence[str], by: str, text: str = "", once: Once | None = None
    ) -> CaseReceipt:
        """Freeze these doors, warn and call, at once. No `doors`: the whole cabinet. Raises Refused, BadText."""
        site = self._engine.site
        meant = tuple(doors) or tuple(site.compartments)
        if not set(meant) <= set(site.compartments):
            raise Refused(RefusalReason.UNKNOWN)
        request = CaseRequest(
            kind="emergency",
            source=Source.PROGRAM if by.startswith("token:") else Source.STAFF,
            by=by,
            text=text,
            compartment=meant[0] if len(meant) == 1 else "",
            urgent=True,
            once=once,
        )
        receipt = await self._cases.open_case(request)

        def work(db: Database, case: Case, now: datetime) -> tuple[EmergencyDeclared, None]:
            if "danger" in case_rows.fields(db, case.number):
                raise FirstAnswer(None)  # the same request again
            case_rows.fill(db, case.number, "danger", danger.value, now, by)
            return EmergencyDeclared(case=case.number, danger=danger.value, compartments=meant), None

        try:
            await self._cases.change(receipt.number, work, by)
        except FirstAnswer:
            return receipt
        self._dangers[receipt.number] = danger
        await self._freezer.freeze(receipt.number, meant, by)
        return receipt

    async def end(self, number: str, by: str, once: Once | None = None) -> None:
        """The danger is over: serve people again. Raises Refused: not-now where there is none."""
        plain = self._cases.number(number)

        def work(db: Database, case: Case, now: datetime) -> tuple[EmergencyEnded, None]:
            known = case_rows.fields(db, case.number)
            if "danger" not in known or "danger-over" in known:
                raise Refused(RefusalReason.NOT_NOW)
            case_rows.fill(db, case.number, "danger-over", "yes", now, by)
            return EmergencyEnded(case=case.number), None

        await self._cases.change(plain, work, by, once)
        self._dangers.pop(plain, None)
        await self._freezer.let_go(plain, by)


def _dangers(db: Database) -> dict[str, Danger]:
    sql = """select f.number, f.value from case_field f join cases c on c.number = f.number
             where f.field = 'danger' and c.closed_at is null and not exists
             (select 1 from case_field o where o.number = f.number and o.field = 'danger-over') order by c.serial"""
    return {number: Danger(danger) for number, danger in db.execute(sql).fetchall()}
