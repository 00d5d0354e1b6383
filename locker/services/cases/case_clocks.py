"""By when somebody must answer a case and solve it, and when somebody is told that this comes near. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.cases.case_kinds import CLASSES, LEGAL_DAYS, URGENT_REPLY, Priority
from locker.services.cases.working_days import deadline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from locker.services.cases.peak_limits import PeakLimits
    from locker.services.cases.working_days import WorkingCalendar

REPLY_SOON, REPLY_LATE = "reply-soon", "reply-late"
DUE_SOON, DUE_LATE = "due-soon", "due-late"
FORWARD_LATE = "forward-late"


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """When the first answer and the solution are due; `provisional`: counted on days of which nobody knows yet."""

    reply_due: datetime
    due: datetime
    provisional: bool


def case_clocks(
    opened: datetime,
    priority: Priority,
    zone: ZoneInfo,
    calendar: WorkingCalendar,
    peak: PeakLimits | None = None,
    *,
    urgent: bool = False,
) -> CaseClocks:
    """The clocks of a case. A peak makes the house's own limits longer, never the law's and never those of safety."""
    rules = CLASSES[priority]
    reply, working_days = rules.reply, rules.working_days
    if peak is not None and priority is not Priority.SAFETY:
        reply = max(reply, timedelta(hours=peak.reply_hours))
        working_days = max(working_days, peak.working_days)
    if urgent:
        reply = min(reply, URGENT_REPLY)
    end = deadline(opened, zone, calendar, working_days, LEGAL_DAYS)
    return CaseClocks(opened + reply, end.at, end.provisional)


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a case decides when somebody is told next. `forwards`: by when others must answer."""

    priority: Priority
    reply_due: datetime
    replied: bool
    due: datetime
    warned: frozenset[str]
    forwards: tuple[tuple[int, datetime], ...] = ()


def warnings(case: Watched) -> list[tuple[datetime, str]]:
    """What is still to be told of this case, and when, the earliest first."""
    rules = CLASSES[case.priority]
    told: list[tuple[datetime, str]] = [(case.due - rules.warn, DUE_SOON), (case.due, DUE_LATE)]
    if not case.replied:
        told += [(case.reply_due - rules.reply_warn, REPLY_SOON), (case.reply_due, REPLY_LATE)]
    told += [(due, f"{FORWARD_LATE}-{entry}") for entry, due in case.forwards]
    return sorted(each for each in told if each[1] not in case.warned)


def next_warning(case: Watched) -> datetime | None:
    """When somebody must be told next; None when all was told."""
    return min((at for at, _ in warnings(case)), default=None)


def passed(case: Watched, now: datetime) -> list[str]:
    """What must be told now. Of a limit that has passed nobody hears any more that it came near."""
    found = [what for at, what in warnings(case) if at <= now]
    late = {what.removesuffix("-late") for what in found if what.endswith("-late")}
    return [what for what in found if not (what.endswith("-soon") and what.removesuffix("-soon") in late)]


def ages(opened: Iterable[datetime], now: datetime) -> dict[str, int]:
    """How many are how old: under 3 days, to the legal limit, to 30 days, older."""
    counted = {"0-2": 0, "3-7": 0, "8-30": 0, "31+": 0}
    for each in opened:
        days = (now - each).days
        counted["0-2" if days < 3 else "3-7" if days <= LEGAL_DAYS else "8-30" if days <= 30 else "31+"] += 1
    return counted
