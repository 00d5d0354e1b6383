"""Longer time limits for a busy time: a version of the rule `peak` that says so, once a second person agrees to it.

The version says from when to when, why, and who wrote it; it ends by itself. What the law says is never longer:
`case_clocks` keeps its limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.case_events import PeakApproved
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.policies import PeakProfile, RuleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import RuleBook


@dataclass(frozen=True, slots=True)
class PeakLimits:
    """In place of the house's own: hours until the first reply, working days until the solution."""

    reply_hours: int
    working_days: int


class PeakApprovals:
    """Which versions of the rule `peak` a second person has agreed to, from memory."""

    def __init__(self, engine: Engine, journal: Journal, rules: RuleBook) -> None:
        self._engine = engine
        self._journal = journal
        self._rules = rules
        self._approved: dict[int, str] = {}

    async def load(self) -> None:
        """Read the table. Call once at start."""
        self._approved = await self._journal.read(
            lambda db: dict(db.execute("select version, by from peak_approval").fetchall())
        )

    def approved_by(self, version: int) -> str:
        """Who agreed to a version; empty where nobody has."""
        return self._approved.get(version, "")

    def limits(self, at: datetime) -> PeakLimits | None:
        """The limits of a moment, None where the usual ones hold."""
        holding = self._rules.holding(RuleKind.PEAK, at)
        if holding is None or holding.version not in self._approved or not isinstance(holding.body, PeakProfile):
            return None
        return PeakLimits(holding.body.case_reply_hours, holding.body.case_working_days)

    async def approve(self, version: int, by: str) -> None:
        """Agree to what a version says of cases. Raises Refused: unknown, not-now, second-person for its author."""
        found = next((each for each in self._rules.versions(RuleKind.PEAK) if each.version == version), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        if found.author == by:
            raise Refused(RefusalReason.SECOND_PERSON)
        if self.approved_by(version) == by:
            return

        def work(db: Database, now: datetime) -> tuple[PeakApproved, None]:
            over = found.ends_at is not None and found.ends_at <= now
            if over or db.execute("select 1 from peak_approval where version = ?", [version]).fetchone():
                raise Refused(RefusalReason.NOT_NOW)
            db.execute("insert into peak_approval (version, by, at) values (?, ?, ?)", [version, by, rfc3339(now)])
            return PeakApproved(version=version), None

        await self._engine.record_with(work, by)
        self._approved[version] = by
