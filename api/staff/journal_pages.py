"""The journal as a page: what happened, at which door, with which parcel, by whom; for those who may read it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.staff.logbook import ALARMS, Actors, logbook
from api.staff.panel import HEADERS
from api.table_cells import no_formula
from locker.core.events.record import rfc3339
from locker.core.reasons import Refused
from locker.journal.history import first_event_from
from locker.journal.journal_page import JournalQuery, journal_page
from locker.labels import printed_tracking
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.logbook import Day
    from api.staff.panel import Panel, StaffRequest
    from locker.core.events.record import Recorded
    from locker.journal.journal_page import JournalPage

PAGE_SIZE = 100
EXPORTED = 10_000
_CURSOR = re.compile(r"[0-9]{1,15}", re.ASCII)
_DOORS = frozenset(
    {
        *("UnlockOrdered", "DoorOpened", "DoorShut", "DoorForced", "DoorLeftOpen", "PulseLost", "LockFault"),
        *("SwitchFault", "BankFault", "DoorsSeen", "DoorsUnseen", "TemperatureOut", "TemperatureBack", "EntryReported"),
    }
)
_PARCELS = re.compile(r"(Deposit|Parcel|Pickup|Code|Reopening|Visit|Notice|Resident)\w+")
_SHOWN = frozenset(
    {
        *("recipient-shown", "pictures-shown", "resident-shown", "application-shown"),
        *("resident-exported", "residents-exported"),
    }
)
_CASES = re.compile(r"(Case|Compensation|Emergency|WorkingDays|Peak)\w+")
_STAFF = frozenset({"RuleAdded", "CompartmentCleared", "CompartmentRetired", "CompartmentRestored", "ReportSettled"})
_MACHINE = frozenset(
    {
        *("Started", "ClockJumped", "Restored", "BankFault", "DoorsSeen", "DoorsUnseen"),
        *("CertificateRenewed", "CertificateEnding", "CertificateFault"),
        *("HealthWarned", "HealthRestored", "BackupMade", "BackupFailed", "RestoreDrilled", "UpdateEnded"),
        *("OrderTaken", "OrderRefused", "OrderAnswered"),
    }
)


class JournalGroup(StrEnum):
    """Kinds of lines as people sort them."""

    ALL = "all"
    DOORS = "doors"
    PARCELS = "parcels"
    REPORTS = "reports"
    STAFF = "staff"
    SHOWN = "shown"
    ACCOUNTS = "accounts"
    ALARMS = "alarms"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class JournalForm:
    """What stands in the form, as it was typed."""

    door: str = ""
    text: str = ""
    who: str = ""
    day: str = ""
    group: JournalGroup = JournalGroup.ALL
    after: str = ""

    @property
    def narrowed(self) -> bool:
        """True when not everything is shown."""
        return bool(self.door or self.text or self.who or self.day) or self.group is not JournalGroup.ALL


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = JournalPages(panel)
    app.add_route("/journal", panel.signed_in(pages.newest, Right.JOURNAL), methods=["GET"])
    app.add_route("/journal", panel.signed_in(pages.search, Right.JOURNAL), methods=["POST"])
    app.add_route("/journal/export", panel.signed_in(pages.export, Right.JOURNAL, proved="/journal"), methods=["POST"])


class JournalPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def newest(self, request: StaffRequest) -> Response:
        """The newest lines."""
        return await self._page(request, JournalForm())

    async def search(self, request: StaffRequest) -> Response:
        """The lines that a form looks for: who and what stands in no address, and each tab has its own form."""
        form = self._form(request)
        return form if isinstance(form, Response) else await self._page(request, form)

    async def export(self, request: StaffRequest) -> Response:
        """The newest lines of a form as a table for other programs, up to 10,000; that it was taken is a line too."""
        form = self._form(request)
        if isinstance(form, Response):
            return form
        try:
            await self._context.engine.note("journal-exported", form.group.value, request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        actors = await self._actors()
        page = await self._found(request, form, actors, EXPORTED)
        days = logbook(page.lines, request.text, actors)
        table = csv_table(days, {each.seq: each for each in page.lines})
        name = f"journal-{request.text.now:%Y-%m-%d}.csv"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(table, media_type="text/csv; charset=utf-8", headers=headers)

    def _form(self, request: StaffRequest) -> JournalForm | Response:
        """What the form looks for, or the page that says which field is wrong."""
        form = request.form
        group, after = form.get("group", JournalGroup.ALL), form.get("after", "")
        if group not in set(JournalGroup):
            return self._panel.error_page(request, "panel.bad_field", 422, field="group")
        if after and not _CURSOR.fullmatch(after):
            return self._panel.error_page(request, "panel.bad_field", 422, field="after")
        typed = {name: form.get(name, "").strip() for name in ("door", "text", "who", "day")}
        try:
            _span(typed["day"], request.text)
        except (ValueError, OverflowError):
            return self._panel.error_page(request, "panel.bad_field", 422, field="day")
        return JournalForm(**typed, group=JournalGroup(group), after=after)

    async def _actors(self) -> Actors:
        """Couriers by how the journal names them."""
        couriers = {f"courier:{each.id}": each for each in await self._context.couriers.listed()}
        return {by: f"{each.company}, {each.name}" for by, each in couriers.items()}

    async def _found(self, request: StaffRequest, form: JournalForm, actors: Actors, size: int) -> JournalPage:
        judge = _judge(form, actors)
        return await self._context.journal.read(lambda db: _find(db, form, judge, request.text, size))

    async def _page(self, request: StaffRequest, form: JournalForm) -> Response:
        actors = await self._actors()
        page = await self._found(request, form, actors, PAGE_SIZE)
        return self._panel.render(
            "journal.html",
            request,
            form=form,
            groups=list(JournalGroup),
            doors=list(self._context.engine.site.compartments),
            days=logbook(page.lines, request.text, actors),
            next=page.next,
        )


def csv_table(days: Iterable[Day], lines: Mapping[int, Recorded]) -> str:
    """Lines of the journal as CSV: times in UTC, who, the sentence; nothing that a spreadsheet would reckon with."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("number", "time", "kind", "by", "door", "parcel", "sentence", "detail"))
    for entry in (entry for day in days for entry in day.entries):
        line = lines[entry.number]
        cells = (line.kind, line.by, entry.door, entry.parcel, entry.sentence, entry.detail)
        writer.writerow((entry.number, line.at, *(no_formula(each) for each in cells)))
    return "\ufeff" + table.getvalue()


def _find(
    db: Database, form: JournalForm, judge: Callable[[Recorded], bool], text: LocalizedText, size: int
) -> JournalPage:
    first, end = 0, JournalQuery().end
    if form.day:
        start, stop = _span(form.day, text)
        first, end = first_event_from(db, start), first_event_from(db, stop)
    if form.after:
        end = min(end, int(form.after))
    parcel = _parcel_of(db, form.text) if form.text else ""
    if form.text and not parcel:
        end = 0  # of a parcel that nobody knows there is nothing
    return journal_page(db, JournalQuery(form.door.upper(), parcel, first, end, judge), size)


def _span(day: str, text: LocalizedText) -> tuple[str, str]:
    """From when to when a day lasts, as the journal spells times. Raises ValueError or OverflowError."""
    if not day:
        return "", ""
    start, stop = text.day_span(date.fromisoformat(day))
    return rfc3339(start), rfc3339(max(stop, start + timedelta(seconds=1)))


def _parcel_of(db: Database, typed: str) -> str:
    """The newest parcel of this number, or the one of this id; an empty text for none."""
    known = db.execute("select id from parcel where id = ?", (typed,)).fetchone()
    if known is None:
        number = printed_tracking(typed) or typed
        sql = "select id from parcel where tracking = ? collate nocase order by rowid desc limit 1"
        known = db.execute(sql, (number,)).fetchone()
    return str(known[0]) if known else ""


def _judge(form: JournalForm, actors: Actors) -> Callable[[Recorded], bool]:
    who = form.who.casefold()

    def fits(line: Recorded) -> bool:
        if who and who not in f"{line.by} {actors.get(line.by, '')}".casefold():
            return False
        return _is_of(form.group, line)

    return fits


def _is_of(group: JournalGroup, line: Recorded) -> bool:
    match group:
        case JournalGroup.ALL:
            return True
        case JournalGroup.DOORS:
            return line.kind in _DOORS
        case JournalGroup.PARCELS:
            return bool(_PARCELS.fullmatch(line.kind)) and line.kind != "ResidentReported"
        case JournalGroup.REPORTS:
            return line.kind in {"ResidentReported", "ReportSettled"}
        case JournalGroup.STAFF:
            return (
                line.kind in _STAFF
                or bool(_CASES.fullmatch(line.kind))
                or (line.kind == "UnlockOrdered" and line.body().get("kind") == "staff")
            )
        case JournalGroup.SHOWN:
            return line.kind == "CaseFileMade" or (line.kind == "Noted" and line.body().get("what") in _SHOWN)
        case JournalGroup.ACCOUNTS:
            return line.kind == "Noted" and line.body().get("what") not in _SHOWN
        case JournalGroup.ALARMS:
            return line.kind in ALARMS
        case JournalGroup.MACHINE:
            return line.kind in _MACHINE
