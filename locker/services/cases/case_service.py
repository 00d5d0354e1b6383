"""The one place where kiosk, pages of residents, panel and machine API open cases and say what becomes of them.

Laws:

1. Each thing that is said is one transaction: its rows and the event that tells of it.
2. Nothing that people wrote and nobody's name stands in the journal: a salted hash of it does.
3. A stage is left only for the next one, or back to an earlier one with a note; closing needs all that its kind asks.
4. Who decided about money does not approve it.
5. What a case freezes is let go when it closes.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar

from locker.core.events.case_events import (
    CaseAssigned,
    CaseClosed,
    CaseMarkedUrgent,
    CasePhotoAdded,
    CaseSaid,
    CaseStageReached,
)
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.services.cases import case_rows
from locker.services.cases.case_kinds import (
    KINDS,
    URGENT_REPLY,
    Field,
    Freeze,
    Outcome,
    Stage,
    next_stage,
    queue_of,
)
from locker.services.cases.case_number import read_number, site_mark
from locker.services.cases.case_opening import (
    LONGEST_TEXT,
    CaseReceipt,
    CaseRequest,
    NewCase,
    add_photo_row,
    write_case,
)
from locker.services.cases.case_views import OwnCase, WholeCase, missing_of, own_view, whole_case
from locker.services.cases.photos import MOST_PHOTOS, BadPhoto, PhotoStore, cleaned
from locker.services.cases.repeats import FirstAnswer, keep_answer, refuse_repeat
from locker.services.policies import Teams

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.case_events import CaseEvent
    from locker.core.messages.command import Once
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases.case_rows import Case
    from locker.services.cases.freezing import Freezer
    from locker.services.cases.site_calendar import SiteCalendar
    from locker.services.policies import RuleBook

T = TypeVar("T")

WORDS_OF_STAFF = frozenset({"reply", "message", "apology", "note", "step", "contact"})
"""What staff may write: the first three are for whoever opened the case."""


class BadText(LockerError):
    """A text that is empty or too long."""


class CaseService:
    """Every method raises Refused: unknown for a case that there is not, not-now for one that has ended."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        calendar: SiteCalendar,
        freezer: Freezer,
        site: str,
        rules: RuleBook,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._calendar = calendar
        self._freezer = freezer
        self._rules = rules
        self.photos = PhotoStore(journal.folder)
        self.mark = site_mark(site)

    # --- opening --------------------------------------------------------------------------------

    async def open_case(self, request: CaseRequest) -> CaseReceipt:
        """Open a case. Raises Refused (unknown parcel or door, key-reused, sealed), BadText, BadPhoto.

        For a repeat of the same request, and for an event that opened a case before, the receipt of then.
        """
        kind = KINDS.get(request.kind)
        parcel = self._engine.site.parcels.get(request.parcel)
        if kind is None or (request.compartment and request.compartment not in self._engine.site.compartments):
            raise Refused(RefusalReason.UNKNOWN)
        if request.parcel and parcel is None and not await self._journal.read(_parcel_known(request.parcel)):
            raise Refused(RefusalReason.UNKNOWN)
        if len(request.text) > LONGEST_TEXT:
            raise BadText(f"must have at most {LONGEST_TEXT} characters")
        if len(request.photos) > MOST_PHOTOS:
            raise BadPhoto(f"are more than {MOST_PHOTOS}")
        photos = tuple(cleaned(each) for each in request.photos)
        for photo in photos:
            await asyncio.to_thread(self.photos.save, photo)

        def work(db: Database, now: datetime) -> tuple[CaseEvent, CaseReceipt]:
            refuse_repeat(db, request.once, now)
            known = db.execute("select number from cases where of = ? and of > 0", [request.of]).fetchone()
            if known is not None:
                raise FirstAnswer({"number": known[0]})
            clocks = self._calendar.clocks(now, kind.priority, urgent=request.urgent)
            team = self._rules.body(Teams).members(queue_of(kind, request.source))
            new = NewCase(request, self.mark, self._journal.epoch, clocks, photos, team)
            event, receipt = write_case(db, now, new)
            keep_answer(db, request.once, now, {"number": receipt.number})
            return event, receipt

        try:
            receipt = await self._engine.record_with(work, request.by)
        except FirstAnswer as before:
            case = (await self.whole(str(before.answer["number"]))).case
            return CaseReceipt(case.number, case.reply_due, case.due, case.provisional)
        if kind.freezes is Freeze.PARCEL and request.parcel:
            await self._freezer.hold(receipt.number, request.parcel, request.by)
        return receipt

    def number(self, text: str) -> str:
        """The number of a case as people type and say it. Raises Refused: unknown."""
        number = read_number(text, self.mark)
        if number is None:
            raise Refused(RefusalReason.UNKNOWN)
        return number

    # --- looking --------------------------------------------------------------------------------

    async def whole(self, number: str) -> WholeCase:
        """A case with everything in it."""
        return await self._journal.read(lambda db: whole_case(db, self.number(number)))

    async def open_cases(self) -> list[Case]:
        """Every open case, the most pressing first."""
        return await self._journal.read(case_rows.open_cases)

    async def own_case(self, number: str, *, unit: str = "", resident: str = "") -> OwnCase:
        """The case as whoever opened it may see it: they say the number, and their unit or who they are."""

        def work(db: Database) -> OwnCase:
            case = case_rows.find(db, self.number(number))
            of_unit = bool(unit) and case.unit.casefold() == unit.strip().casefold()
            if not of_unit and not (resident and case.resident == resident):
                raise Refused(RefusalReason.UNKNOWN)
            return own_view(db, case)

        return await self._journal.read(work)

    async def cases_of(self, resident: str) -> list[OwnCase]:
        """What this resident opened, the last first."""
        return await self._journal.read(
            lambda db: [own_view(db, case) for case in case_rows.cases_about(db, resident=resident)]
        )

    async def cases_about_parcel(self, parcel: str) -> list[Case]:
        """The cases about a parcel, the last first."""
        return await self._journal.read(lambda db: case_rows.cases_about(db, parcel=parcel))

    async def photo(self, number: str, sha256: str) -> tuple[bytes, str]:
        """A photo of a case and its media type. Raises Refused: unknown when there is none, or its file is gone."""
        whole = await self.whole(number)
        found = next((each for each in whole.photos if each.sha256 == sha256), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        try:
            return await asyncio.to_thread(self.photos.read, sha256), found.type
        except OSError as gone:
            raise Refused(RefusalReason.UNKNOWN) from gone

    # --- saying ---------------------------------------------------------------------------------

    async def write(self, number: str, what: str, text: str, by: str, once: Once | None = None) -> int:
        """Write into a case: what staff say to whoever opened it, or among themselves. The number of the entry.

        The first reply stops its clock; an apology fills its field. A note that names a colleague (@name) makes them
        a partner. Raises BadText.
        """
        if what not in WORDS_OF_STAFF:
            raise BadText(f"is not written as {what}")
        said = checked_text(text)

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, int]:
            entry, hashed = case_rows.write_entry(db, case.number, now, by, what, said)
            if what == "reply" and case.replied_at is None:
                case_rows.change(db, case.number, replied_at=rfc3339(now))
            if what == "apology":
                case_rows.fill(db, case.number, Field.APOLOGY, f"{entry}", now, by)
            _take_in(db, case, said)
            return CaseSaid(case=case.number, what=what, number=entry, digest=hashed), entry

        return await self.change(number, work, by, once)

    async def answer(self, number: str, text: str, by: str) -> int:
        """Whoever opened the case writes again. Raises BadText."""
        said = checked_text(text)

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, int]:
            entry, hashed = case_rows.write_entry(db, case.number, now, by, "answer", said)
            return CaseSaid(case=case.number, what="answer", number=entry, digest=hashed), entry

        return await self.change(number, work, by)

    async def add_photo(self, number: str, content: bytes, by: str, once: Once | None = None) -> str:
        """Put a photo to a case; its hash. Raises BadPhoto."""
        photo = cleaned(content)
        await asyncio.to_thread(self.photos.save, photo)

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, str]:
            if len(case_rows.photos(db, case.number)) >= MOST_PHOTOS:
                raise BadPhoto(f"are more than {MOST_PHOTOS}")
            add_photo_row(db, case.number, photo, now, by)
            return CasePhotoAdded(case=case.number, sha256=photo.sha256), photo.sha256

        return await self.change(number, work, by, once)

    async def fill(self, number: str, name: Field, value: str, by: str, once: Once | None = None) -> None:
        """Say what is known: a cause, what prevents it, that the carrier was told. Raises BadText.

        It is made good only after what is paid was approved: not-now before.
        """
        said = checked_text(value)

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, None]:
            paid = case_rows.award(db, case.number)
            if name is Field.MAKE_GOOD and paid is not None and not paid.approved_by:
                raise Refused(RefusalReason.NOT_NOW)
            case_rows.fill(db, case.number, name, said, now, by)
            entry, hashed = case_rows.write_entry(db, case.number, now, by, f"field-{name}", said)
            return CaseSaid(case=case.number, what=f"field-{name}", number=entry, digest=hashed), None

        await self.change(number, work, by, once)

    # --- moving on ------------------------------------------------------------------------------

    async def assign(
        self, number: str, owner: str, partners: tuple[str, ...], by: str, once: Once | None = None
    ) -> None:
        """Say who answers for it and who works on it too. Raises Refused: unknown for nobody's name."""

        def work(db: Database, case: Case, _: datetime) -> tuple[CaseEvent, None]:
            for name in (owner, *partners):
                if not db.execute("select 1 from staff where name = ? and active = 1", [name]).fetchone():
                    raise Refused(RefusalReason.UNKNOWN)
            others = tuple(dict.fromkeys(name for name in partners if name != owner))
            case_rows.change(db, case.number, owner=owner, partners=json.dumps(others))
            return CaseAssigned(case=case.number, owner=owner, partners=others), None

        await self.change(number, work, by, once)

    async def mark_urgent(self, number: str, by: str, once: Once | None = None) -> None:
        """Somebody cannot wait: the first answer is due within hours. Raises Refused: not-now once it was given."""

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, None]:
            if case.urgent or case.replied_at is not None:
                raise Refused(RefusalReason.NOT_NOW)
            due = min(case.reply_due, now + URGENT_REPLY)
            case_rows.change(db, case.number, urgent=1, reply_due=rfc3339(due))
            return CaseMarkedUrgent(case=case.number, reply_due=due), None

        await self.change(number, work, by, once)

    async def advance(self, number: str, stage: Stage, by: str, once: Once | None = None) -> None:
        """Go to the next stage, or back to an earlier one. Raises Refused: not-now for any other."""

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, None]:
            order = case.kind.stages
            back = stage in order[: order.index(case.stage)]
            if stage is Stage.CLOSED or not (back or stage is next_stage(case.kind, case.stage)):
                raise Refused(RefusalReason.NOT_NOW)
            case_rows.change(db, case.number, stage=stage.value)
            case_rows.write_entry(db, case.number, now, by, f"stage-{stage}", "")
            return CaseStageReached(case=case.number, stage=stage.value), None

        await self.change(number, work, by, once)

    async def close(self, number: str, outcome: Outcome, by: str, once: Once | None = None) -> None:
        """End it, from its last stage. Raises Refused: not-now before, fields-missing with what is still to be known.

        What its opener withdraws needs neither.
        """

        def work(db: Database, case: Case, now: datetime) -> tuple[CaseEvent, None]:
            if outcome is not Outcome.WITHDRAWN:
                if case.stage is not case.kind.stages[-1]:
                    raise Refused(RefusalReason.NOT_NOW)
                missing = missing_of(db, case)
                if missing:
                    raise Refused(RefusalReason.FIELDS_MISSING, missing=missing)
            elif "danger-over" in missing_of(db, case):
                raise Refused(RefusalReason.FIELDS_MISSING, missing=("danger-over",))
            changes = {"stage": Stage.CLOSED.value, "closed_at": rfc3339(now), "outcome": outcome.value}
            case_rows.change(db, case.number, **changes)
            case_rows.write_entry(db, case.number, now, by, "stage-closed", "")
            closed = CaseClosed(
                case=case.number, outcome=outcome.value, parcel=case.parcel, compartment=case.compartment
            )
            return closed, None

        await self.change(number, work, by, once)
        await self._freezer.let_go(self.number(number), by)

    async def change(
        self,
        number: str,
        work: Callable[[Database, Case, datetime], tuple[CaseEvent, T]],
        by: str,
        once: Once | None = None,
    ) -> T:
        """Change an open case and record the event that `work` returns, in one transaction.

        For what knows more of cases. Raises Refused: unknown, not-now when it has ended, key-reused, sealed.
        """
        plain = self.number(number)

        def whole(db: Database, now: datetime) -> tuple[Any, T]:
            refuse_repeat(db, once, now)
            event, result = work(db, case_rows.find_open(db, plain), now)
            case_rows.watch(db, plain)
            keep_answer(db, once, now, result)
            return event, result

        try:
            return await self._engine.record_with(whole, by)
        except FirstAnswer as before:
            if once is None:
                raise
            first: T = before.answer
            return first


def checked_text(text: str) -> str:
    """The text without blanks around it. Raises BadText for none, and for one that is too long."""
    said = text.strip()
    if not said:
        raise BadText("must not be empty")
    if len(said) > LONGEST_TEXT:
        raise BadText(f"must have at most {LONGEST_TEXT} characters")
    return said


def _take_in(db: Database, case: Case, text: str) -> None:
    """Whoever is named in a note works on the case too."""
    named = {word[1:].rstrip(".,;:!?)") for word in text.lower().split() if word.startswith("@")}
    for name in sorted(named - set(case.people)):
        if db.execute("select 1 from staff where name = ? and active = 1", [name]).fetchone():
            current = case_rows.find(db, case.number)
            case_rows.change(db, case.number, partners=json.dumps([*current.partners, name]))


def _parcel_known(parcel: str) -> Callable[[Database], bool]:
    return lambda db: db.execute("select 1 from parcel where id = ?", [parcel]).fetchone() is not None
