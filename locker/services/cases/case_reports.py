"""What a carrier and a supervisor are told of cases: by case and month as CSV, and claims by age."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.record import moment, rfc3339
from locker.services.cases import case_rows
from locker.services.cases.case_clocks import ages

if TYPE_CHECKING:
    from sqlite_utils import Database

COLUMNS = (
    *("case", "kind", "priority", "opened_at", "closed_at", "outcome", "carrier", "tracking", "compartment", "stage"),
    *("reply_due", "replied_at", "due", "late", "carrier_told_at", "carrier_returned_at", "party", "amount"),
)
_FORMULA = re.compile(r"[=+\-@\t\r]")


def month_span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when a month lasts at the site, in UTC. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise ValueError("must be a month like 2026-11")
    year, number = (int(part) for part in month.split("-"))
    if not 1 < year < 9999:
        raise ValueError("must be a month like 2026-11")
    begin = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def carrier_report(db: Database, month: str, zone: ZoneInfo, carrier: str = "") -> str:
    """The cases that were opened in a month, of one carrier or of all, as CSV; of people it says nothing."""
    begin, end = month_span(month, zone)
    sql = """select c.number, c.kind, c.priority, c.opened_at, c.closed_at, c.outcome, coalesce(p.company, ''),
             coalesce(p.tracking, ''), c.compartment, c.stage, c.reply_due, c.replied_at, c.due,
             (select min(e.at) from case_entry e join case_forward f on f.number = e.number and f.entry = e.entry
              where f.number = c.number and f.recipient = 'carrier'),
             (select max(f.returned_at) from case_forward f where f.number = c.number and f.recipient = 'carrier'),
             coalesce(a.party, ''), case when a.approved_by <> '' then a.amount end
             from cases c left join parcel p on p.id = c.parcel left join case_award a on a.number = c.number
             where c.opened_at >= ? and c.opened_at < ? order by c.opened_at, c.serial"""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in db.execute(sql, [rfc3339(begin), rfc3339(end)]).fetchall():
        if carrier and row[6].casefold() != carrier.casefold():
            continue
        replied_late = row[11] is not None and row[11] > row[10]
        solved_late = row[4] is not None and row[4] > row[12]
        late = "yes" if replied_late or solved_late else "no"
        amount = "" if row[16] is None else f"{row[16] / 100:.2f}"
        writer.writerow([_safe(cell) for cell in (*row[:13], late, row[13], row[14], row[15], amount)])
    return out.getvalue()


def _safe(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if _FORMULA.match(text) and not re.fullmatch(r"-?[0-9.]+", text) else text


def claims_by_age(db: Database, now: datetime) -> dict[str, int]:
    """How many open claims are how many days old."""
    return ages((case.opened_at for case in case_rows.open_cases(db) if case.kind.claim), now)


def late_cases(db: Database, now: datetime) -> list[case_rows.Case]:
    """Open cases whose first reply or solution is overdue: the breach list."""
    return [
        case
        for case in case_rows.open_cases(db)
        if case.due <= now or (case.replied_at is None and case.reply_due <= now)
    ]


def reply_times(db: Database, begin: datetime, end: datetime) -> list[float]:
    """Seconds until the first reply, of cases that were opened in a time and answered."""
    sql = "select opened_at, replied_at from cases where opened_at >= ? and opened_at < ? and replied_at is not null"
    rows = db.execute(sql, [rfc3339(begin), rfc3339(end)]).fetchall()
    return [(moment(replied) - moment(opened)).total_seconds() for opened, replied in rows]
