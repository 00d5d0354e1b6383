"""What couriers' screens show beside their state: lists of doors and weights. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from api.kiosk.courier import fetch, sign_in
from api.kiosk.courier.fetch_steps import FetchKind
from api.kiosk.door_status import unit_of

if TYPE_CHECKING:
    from datetime import datetime

    from api.kiosk.courier.fetch_steps import FetchDoor, WeighParcel
    from api.kiosk.courier.steps import AcceptTerms, SignIn
    from api.kiosk.state import KioskState
    from api.kiosk.values import LockerState
    from locker.core.model import Size

ROWS = 4


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One parcel that is to be taken out. `days`: how long it is overdue."""

    door: str
    unit: str
    days: int


def fetch_rows(
    kind: FetchKind, company: str, passed: tuple[str, ...], locker: LockerState, now: datetime
) -> list[FetchRow]:
    """What is still to be taken out, in the order of the walk."""
    return [
        FetchRow(
            one.compartment, unit_of(locker.site, one.id), 0 if one.deadline is None else (now - one.deadline).days
        )
        for one in fetch.waiting(kind, company, locker.site, passed)
    ]


def fetch_counts(company: str, locker: LockerState) -> dict[str, int]:
    """How many parcels of this company wait to be taken out, by kind."""
    return {kind.value: len(fetch.waiting(kind, company, locker.site)) for kind in FetchKind}


def after_this(step: FetchDoor, company: str, locker: LockerState) -> str:
    """The door that follows this one in the walk, an empty text for none."""
    passed = (*fetch.passed(step), step.parcel)
    return next((one.compartment for one in fetch.waiting(step.kind, company, locker.site, passed)), "")


def terms_values(state: KioskState, step: AcceptTerms, locker: LockerState) -> dict[str, object]:
    """Some lines of the terms; the last ones are accepted."""
    lines, pages = sign_in.lines_of_terms(state, locker), sign_in.pages_of_terms(state, locker)
    page = min(step.page, pages - 1)
    begin = page * sign_in.lines_shown(state)
    return {
        "lines": lines[begin : begin + sign_in.lines_shown(state)],
        "begin": begin + 1,
        "page": page + 1,
        "pages": pages,
    }


def fitting_size(wanted: Size | None, locker: LockerState) -> Size | None:
    """The size to begin with: as wanted where a door of it is free, else the next larger one that is (C9)."""
    if wanted is None:
        return None
    free = [size for size, count in locker.free.items() if count and size.rank >= wanted.rank]
    return min(free, key=lambda size: size.rank, default=None)


def kilograms(grams: int) -> str:
    """A weight as people read it from a scale: 2.34."""
    return f"{grams / 1000:.2f}"


def weight_values(step: WeighParcel, locker: LockerState) -> dict[str, str]:
    """What was declared, what is typed, and by how much the two differ, where it is more than may be."""
    typed, declared = int(step.typed or 0), step.door.declared_g
    far = declared is not None and bool(typed) and locker.weighing.differs(typed, declared)
    return {
        "weight": kilograms(typed) if typed else "",
        "declared": "" if declared is None else kilograms(declared),
        "heavier": kilograms(typed - declared) if far and declared is not None and typed > declared else "",
        "lighter": kilograms(declared - typed) if far and declared is not None and typed < declared else "",
    }


def company_values(step: SignIn, locker: LockerState) -> dict[str, object]:
    """One page of companies; the chosen one is on it."""
    names = locker.companies
    if len(names) <= sign_in.COMPANIES_SHOWN:
        return {"companies": names, "more_companies": False}
    shown = sign_in.COMPANIES_SHOWN - 1
    pages = ceil(len(names) / shown)
    first = (step.page % pages) * shown
    return {"companies": names[first : first + shown], "more_companies": True}
