"""What is paid for a loss, and whom else a case is given to: changes of an open case, for `CaseService.change`.

Paid is the lower of the actual loss and the declared value, both recorded; where no value was declared, the loss.
Amounts are in hundredths of the currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.case_events import CaseForwarded, CaseReturned, CompensationApproved, CompensationDecided
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import case_rows
from locker.services.cases.case_kinds import Field
from locker.services.cases.case_service import BadText, checked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.messages.command import Once
    from locker.services.cases.case_rows import Case
    from locker.services.cases.case_service import CaseService

MOST = 10**10
PARTIES = ("operator", "carrier", "property", "insurer")
FORWARDED_TO = ("carrier", "property", "warehouse")


def compensation(actual: int, declared: int | None) -> int:
    """What is paid: never more than was lost, never more than was declared. Raises ValueError for no amount."""
    for amount in (actual, *(() if declared is None else (declared,))):
        if not 0 <= amount <= MOST:
            raise ValueError(f"an amount is 0 to {MOST} hundredths")
    return actual if declared is None else min(actual, declared)


async def decide(
    cases: CaseService,
    number: str,
    party: str,
    amounts: tuple[int, int | None],
    by: str,
    once: Once | None = None,
) -> int:
    """Say who pays for which loss and declared value; what is paid. A second person must approve it.

    Raises Refused: not-now for a kind that is no claim, and once something was approved; BadText for another party.
    """
    actual, declared = amounts
    if party not in PARTIES:
        raise BadText(f"must be one of {', '.join(PARTIES)}")
    amount = compensation(actual, declared)

    def work(db: Database, case: Case, now: datetime) -> tuple[CompensationDecided, int]:
        before = case_rows.award(db, case.number)
        if not case.kind.claim or (before is not None and before.approved_by):
            raise Refused(RefusalReason.NOT_NOW)
        db.execute(
            """insert or replace into case_award
               (number, party, actual, declared, amount, decided_by, decided_at, approved_by)
               values (?,?,?,?,?,?,?,'')""",
            [case.number, party, actual, declared, amount, by, rfc3339(now)],
        )
        event = CompensationDecided(case=case.number, party=party, actual=actual, declared=declared, amount=amount)
        case_rows.write_entry(db, case.number, now, by, "compensation", "")
        return event, amount

    return await cases.change(number, work, by, once)


async def approve(cases: CaseService, number: str, by: str, *, approved: bool, once: Once | None = None) -> None:
    """Agree to what was decided, or send it back. Raises Refused: second-person for whoever decided it, not-now."""

    def work(db: Database, case: Case, now: datetime) -> tuple[CompensationApproved, None]:
        waiting = case_rows.award(db, case.number)
        if waiting is None or waiting.approved_by:
            raise Refused(RefusalReason.NOT_NOW)
        if waiting.decided_by == by:
            raise Refused(RefusalReason.SECOND_PERSON)
        if approved:
            values = [by, rfc3339(now), case.number]
            db.execute("update case_award set approved_by = ?, approved_at = ? where number = ?", values)
        else:
            db.execute("delete from case_award where number = ?", [case.number])
        case_rows.write_entry(db, case.number, now, by, "approved" if approved else "sent-back", "")
        return CompensationApproved(case=case.number, amount=waiting.amount, approved=approved), None

    await cases.change(number, work, by, once)


async def forward(
    cases: CaseService, number: str, to: tuple[str, str], due: datetime, text: str, by: str, once: Once | None = None
) -> int:
    """Give it to a carrier, the property or a warehouse, by name, to be answered by `due`; the number of the entry.

    That a carrier was told fills its field. Raises BadText for nobody, or for a day that is over.
    """
    whom, party = to
    said, name = checked_text(text), checked_text(party)
    if whom not in FORWARDED_TO:
        raise BadText(f"must be one of {', '.join(FORWARDED_TO)}")

    def work(db: Database, case: Case, now: datetime) -> tuple[CaseForwarded, int]:
        if due <= now:
            raise BadText("must be later than now")
        entry, _ = case_rows.write_entry(db, case.number, now, by, "forward", said)
        db.execute(
            "insert into case_forward (number, entry, recipient, party, due) values (?, ?, ?, ?, ?)",
            [case.number, entry, whom, name, rfc3339(due)],
        )
        if whom == "carrier":
            case_rows.fill(db, case.number, Field.CARRIER_TOLD, f"{entry}", now, by)
        return CaseForwarded(case=case.number, to=whom, party=name, number=entry, due=due), entry

    return await cases.change(number, work, by, once)


async def take_back(cases: CaseService, number: str, entry: int, text: str, by: str, once: Once | None = None) -> None:
    """What was forwarded has come back, with this answer. Raises Refused: not-now for what is not forwarded."""
    said = checked_text(text)

    def work(db: Database, case: Case, now: datetime) -> tuple[CaseReturned, None]:
        done = db.execute(
            "update case_forward set returned_at = ? where number = ? and entry = ? and returned_at is null",
            [rfc3339(now), case.number, entry],
        )
        if done.rowcount != 1:
            raise Refused(RefusalReason.NOT_NOW)
        _, hashed = case_rows.write_entry(db, case.number, now, by, "returned", said)
        return CaseReturned(case=case.number, number=entry, digest=hashed), None

    await cases.change(number, work, by, once)
