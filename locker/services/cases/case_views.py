"""A case as it is looked at: by staff with everything in it, by whoever opened it with what they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.cases import case_rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.services.cases.case_kinds import Stage
    from locker.services.cases.case_rows import Award, Case, CasePhoto, Entry, Forward


@dataclass(frozen=True, slots=True)
class WholeCase:
    """A case with everything in it."""

    case: Case
    entries: tuple[Entry, ...]
    fields: dict[str, str]
    photos: tuple[CasePhoto, ...]
    forwards: tuple[Forward, ...]
    award: Award | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case as whoever opened it may see it."""

    number: str
    kind: str
    stage: Stage
    opened_at: datetime
    reply_due: datetime
    replied_at: datetime | None
    due: datetime
    provisional: bool
    closed_at: datetime | None
    words: tuple[Entry, ...]


def whole_case(db: Database, number: str) -> WholeCase:
    """A case with everything in it. Raises Refused: unknown."""
    case = case_rows.find(db, number)
    return WholeCase(
        case,
        tuple(case_rows.entries(db, number)),
        case_rows.fields(db, number),
        tuple(case_rows.photos(db, number)),
        tuple(case_rows.forwards(db, number)),
        case_rows.award(db, number),
        missing_of(db, case) if case.is_open else (),
    )


def missing_of(db: Database, case: Case) -> tuple[str, ...]:
    """What must be known before this case can be closed: a first reply, its fields, an approval, an end of danger."""
    known = case_rows.fields(db, case.number)
    paid = case_rows.award(db, case.number)
    return (
        *(("reply",) if case.replied_at is None else ()),
        *(name.value for name in case.kind.fields if name not in known),
        *(("approval",) if paid is not None and not paid.approved_by else ()),
        *(("danger-over",) if "danger" in known and "danger-over" not in known else ()),
    )


def own_view(db: Database, case: Case) -> OwnCase:
    """The case as whoever opened it may see it."""
    words = tuple(each for each in case_rows.entries(db, case.number) if each.what in case_rows.TO_OPENER)
    return OwnCase(
        case.number,
        case.kind.name,
        case.stage,
        case.opened_at,
        case.reply_due,
        case.replied_at,
        case.due,
        case.provisional,
        case.closed_at,
        words,
    )
