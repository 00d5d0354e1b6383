"""What a form of a case's page does: one function a form, from its fields to the service. Raise ValueError, Refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from locker.services.cases import CaseService, Field, Outcome, Stage, approve, decide, forward, take_back

Form: TypeAlias = Mapping[str, str]
ReadTime: TypeAlias = Callable[[str], datetime]
Act: TypeAlias = Callable[[CaseService, str, Form, str, ReadTime], Awaitable[None]]


async def _words(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await cases.write(number, form.get("what", ""), form.get("words", ""), by)


async def _stage(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await cases.advance(number, Stage(form.get("stage", "")), by)


async def _fill(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await cases.fill(number, Field(form.get("field", "")), form.get("words", ""), by)


async def _owner(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    partners = tuple(name.removeprefix("with:") for name in form if name.startswith("with:"))
    await cases.assign(number, form.get("owner", ""), partners, by)


async def _urgent(cases: CaseService, number: str, _form: Form, by: str, _: ReadTime) -> None:
    await cases.mark_urgent(number, by)


async def _forward(cases: CaseService, number: str, form: Form, by: str, read: ReadTime) -> None:
    to = (form.get("to", ""), form.get("party", ""))
    await forward(cases, number, to, read(form.get("due", "")), form.get("words", ""), by)


async def _returned(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await take_back(cases, number, _entry(form.get("entry", "")), form.get("words", ""), by)


def _entry(text: str) -> int:
    """The number of an entry. Raises ValueError, also for one that no table can hold: that ended the daemon."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("choose what has come back")
    return int(text)


async def _decide(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    declared = form.get("declared", "").strip()
    amounts = (hundredths(form.get("actual", "")), hundredths(declared) if declared else None)
    await decide(cases, number, form.get("party", ""), amounts, by)


async def _approve(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await approve(cases, number, by, approved=form.get("approved") == "yes")


async def _close(cases: CaseService, number: str, form: Form, by: str, _: ReadTime) -> None:
    await cases.close(number, Outcome(form.get("outcome", "")), by)


ACTS: dict[str, Act] = {
    "words": _words,
    "stage": _stage,
    "fill": _fill,
    "owner": _owner,
    "urgent": _urgent,
    "forward": _forward,
    "returned": _returned,
    "decide": _decide,
    "approve": _approve,
    "close": _close,
}


def hundredths(text: str) -> int:
    """An amount as people write it, in hundredths: 300, 300.5 and 300,50. Raises ValueError."""
    try:
        amount = Decimal(text.strip().replace(",", ".")) * 100
    except InvalidOperation:
        raise ValueError("write an amount") from None
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= 10**10:
        raise ValueError("write an amount")
    return int(amount)
