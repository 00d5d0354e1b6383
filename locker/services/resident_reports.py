"""What residents report at the kiosk, until somebody says that it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.service_events import HelpAsked, ReportSettled, ResidentReported, VisitRated
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import open_reports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine


async def keep_report(engine: Engine, compartment: str, parcel: str, problem: str, by: str) -> None:
    """Record what somebody says is wrong behind a door. Raises Refused while sealed."""
    await engine.record(ResidentReported(compartment=compartment, parcel=parcel, problem=problem), by)


async def ask_for_help(engine: Engine, compartment: str, by: str) -> None:
    """Record that somebody at the touchscreen asks staff to come; staff are called. Raises Refused while sealed."""
    await engine.record(HelpAsked(compartment=compartment), by)


async def keep_rating(engine: Engine, compartment: str, score: int, by: str, case: str = "") -> None:
    """Record how easy somebody found it, or how good the help was that `case` called. Raises Refused while sealed."""
    await engine.record(VisitRated(compartment=compartment, score=score, case=case), by)


async def settle_report(engine: Engine, compartment: str, report: int, reason: str, by: str) -> None:
    """Record that a report of this door is settled, and how. Raises Refused: not-now when it is not open any more."""

    def work(db: Database, _now: datetime) -> tuple[ReportSettled, None]:
        for line in open_reports(db):
            body = line.body()
            if line.seq == report and body["compartment"] == compartment:
                parcel = body["parcel"]
                return ReportSettled(compartment=compartment, parcel=parcel, report=report, reason=reason), None
        raise Refused(RefusalReason.NOT_NOW)

    await engine.record_with(work, by)
