"""Pages of cases: the lists, one case, a new one, and each thing that may be said or done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from api.staff.cases import call_pages, case_acts, case_file_pages, emergency_pages
from api.staff.cases.call_view import LONG_DAYS, answer_line
from api.staff.cases.case_file_contents import Purpose
from api.staff.cases.case_view import (
    award_facts,
    case_facts,
    case_groups,
    case_line,
    case_title,
    course,
    first_of_all,
    list_title,
    money,
    needed,
    steps,
)
from api.staff.clip_pages import film_strips
from api.staff.logbook import logbook
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.queue_view import queue_of_case
from api.staff.snapshot_pages import door_subject, latest_snapshots, may_see, parcels_pictured
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import compartment_timeline, looks_at, timeline
from locker.services.cases import (
    FORWARDED_TO,
    KINDS,
    PARTIES,
    BadPhoto,
    BadText,
    CaseRequest,
    Source,
    claims_by_age,
    closed_cases,
    next_stage,
)
from locker.services.people import Right
from locker.services.policies import Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.core.events.record import Recorded
    from locker.services.cases import Case, WholeCase

DOOR_LINES = 120
PICTURES = frozenset({"SnapshotTaken", "ClipTaken"})
_SOURCES = (Source.STAFF, Source.PHONE, Source.RESIDENT, Source.COURIER)
_REFUSED = {
    RefusalReason.SECOND_PERSON: "panel.refused_second_person",
    RefusalReason.FIELDS_MISSING: "panel.refused_fields_missing",
    RefusalReason.UNKNOWN: "panel.case_unknown_name",
    RefusalReason.SEALED: "panel.refused_sealed",
}
PROCEDURE_OF = {
    **dict.fromkeys(("lost", "damaged", "wrong"), "sop-loss"),
    "complaint": "sop-complaint",
    "fee": "sop-complaint",
    "emergency": "sop-emergency",
    "help": "sop-jam",
}
"""Which procedure belongs to the advice of a case."""


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = CasePages(panel)
    emergency_pages.install(app, panel)
    call_pages.install(app, panel)
    case_file_pages.install(app, panel)
    app.add_route("/cases", panel.signed_in(pages.listing), methods=["GET"])
    app.add_route("/cases/closed", panel.signed_in(pages.closed), methods=["GET"])
    app.add_route("/cases/new", panel.signed_in(pages.write_down, Right.CASES), methods=["GET"])
    app.add_route("/cases/new", panel.signed_in(pages.open_case, Right.CASES), methods=["POST"])
    app.add_route("/cases/{number}", panel.signed_in(pages.case), methods=["GET"])
    app.add_route("/cases/{number}/pictures", panel.signed_in(pages.show_pictures, Right.SHOW), methods=["POST"])
    app.add_route("/cases/{number}/photos/{sha256}", panel.signed_in(pages.photo, Right.SHOW), methods=["GET"])
    for name, act in case_acts.ACTS.items():
        right = Right.APPROVE if name == "approve" else Right.CASES
        app.add_route(
            f"/cases/{{number}}/{name}", panel.signed_in(partial(pages.act, name, act), right), methods=["POST"]
        )


class CasePages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._cases = panel.context.cases.service

    async def listing(self, request: StaffRequest) -> Response:
        """Open cases by class, the first of all, and how the clocks run."""
        cases, now = await self._cases.open_cases(), request.text.now
        queue = request.http.query_params.get("queue", "")
        if queue in set(Queue):
            cases = [each for each in cases if queue_of_case(each) == queue]
        ages = await self._context.journal.read(lambda db: claims_by_age(db, now))
        return self._panel.render(
            "cases.html",
            request,
            title=list_title(cases, request.text),
            groups=case_groups(cases, request.text),
            first=first_of_all(cases, request.text),
            ages=ages,
            waits=answer_line(await self._context.cases.calls.waits(LONG_DAYS), request.text),
            missing_year=self._context.cases.calendar.missing,
            provisional=sum(each.provisional for each in cases),
            may=Right.CASES in request.rights,
            queues=[("", request.text.translate("panel.queue_all"))]
            + [(each.value, request.text.translate(f"panel.queue_{each}")) for each in Queue],
            queue=queue if queue in set(Queue) else "",
        )

    async def closed(self, request: StaffRequest) -> Response:
        """Cases that have ended, the last first."""
        cases = await self._context.journal.read(closed_cases)
        rows = [
            (
                case_line(each, request.text),
                request.text.translate(f"panel.case_{each.outcome}"),
                request.text.date_and_time(each.closed_at) if each.closed_at else "",
            )
            for each in cases
        ]
        return self._panel.render("cases_closed.html", request, rows=rows)

    async def write_down(self, request: StaffRequest) -> Response:
        """An empty form for a new case."""
        return self._form(request, {}, "")

    async def open_case(self, request: StaffRequest) -> Response:
        """Open it, and go to its page."""
        form = request.form
        tracking = form.get("parcel", "").strip()
        parcel = await self._context.journal.read(lambda db: _parcel_of(db, tracking)) if tracking else ""
        if form.get("kind") not in KINDS or form.get("source") not in set(_SOURCES) or (tracking and not parcel):
            return self._form(request, form, "panel.case_no_parcel" if tracking and not parcel else "panel.case_which")
        asked = CaseRequest(
            kind=form["kind"],
            source=Source(form["source"]),
            by=request.by,
            text=form.get("words", "").strip(),
            parcel=parcel,
            compartment=form.get("door", "").strip().upper(),
            unit=form.get("unit", "").strip(),
            urgent="urgent" in form,
        )
        try:
            receipt = await self._cases.open_case(asked)
        except (Refused, BadText):
            return self._form(request, form, "panel.case_which")
        return RedirectResponse(f"/cases/{receipt.number}", 303, HEADERS)

    def _form(self, request: StaffRequest, form: dict[str, str], alarm: str) -> Response:
        status = 422 if alarm else 200
        return self._panel.render(
            "case_new.html",
            request,
            status,
            form=form,
            alarm=request.text.translate(alarm) if alarm else "",
            kinds=[name for name in KINDS if name != "emergency"],
            sources=_SOURCES,
            doors=list(self._context.engine.site.compartments),
            still=True,
        )

    async def case(self, request: StaffRequest, alarm: str = "", status: int = 200) -> Response:
        """One case with everything in it."""
        try:
            whole = await self._cases.whole(request.http.path_params["number"])
        except Refused:
            return self._panel.error_page(request, "panel.no_case", 404)
        case, text = whole.case, request.text
        events, looks = await self._context.journal.read(
            lambda db: (events_of_case(db, case), looks_at(db, photos_of_case(case)))
        )
        showing = may_see(request, pictures_of_case(case))
        pictured = any(each.kind in PICTURES for each in events)
        award, may = whole.award, Right.CASES in request.rights and case.is_open
        return self._panel.render(
            "case.html",
            request,
            status,
            whole=whole,
            case=case,
            alarm=alarm,
            title=case_title(case, text),
            facts_line=case_facts(case, text),
            due=text.short_time(case.due),
            steps=steps(whole, text),
            course=course(whole.entries, text),
            needed=needed(whole, text),
            award=award_facts(award, text) if award else [],
            award_sum=money(award.amount) if award else "",
            waits=bool(award and not award.approved_by) and case.is_open,
            may_approve=bool(award) and Right.APPROVE in request.rights and award.decided_by != request.by
            if award
            else False,
            may=may,
            purposes=[each.value for each in Purpose if each is not Purpose.FULL or Right.APPROVE in request.rights]
            if Right.CASES in request.rights
            else [],
            next_stage=next_stage(case.kind, case.stage).value if may else "",
            back=[each.value for each in case.kind.stages[: case.kind.stages.index(case.stage)]] if may else [],
            days=logbook([*(events if case.parcel else ()), *looks], text),
            pictured=pictured,
            seeing_photos=may_see(request, photos_of_case(case)),
            hidden=bool(whole.photos and not may_see(request, photos_of_case(case))) or (pictured and not showing),
            snapshots=latest_snapshots(events, text) if showing else [],
            strips=await film_strips(self._context.journal, events, text) if showing else [],
            may_show=Right.SHOW in request.rights,
            staff=[each.name for each in await self._context.staff.accounts() if each.active] if may else [],
            parties=PARTIES,
            forwarded_to=FORWARDED_TO,
            waiting=[each for each in whole.forwards if each.returned_at is None],
            danger="danger" in whole.fields and "danger-over" not in whole.fields,
            advice=text.translate(f"panel.case_script_{case.kind.script}"),
            procedure=PROCEDURE_OF.get(case.kind.script, ""),
            still=True,
        )

    async def show_pictures(self, request: StaffRequest) -> Response:
        """Show photos of a case and what the camera saw for five minutes: what is not recorded first is not shown."""
        try:
            whole = await self._cases.whole(request.http.path_params["number"])
            case, text = whole.case, request.text
            events = await self._context.journal.read(lambda db: events_of_case(db, case))
            subjects = pictures_shown(whole, events)
            pictured = () if case.parcel else parcels_pictured(events, text)
            for subject in (*subjects, *pictured):
                await self._context.engine.note("pictures-shown", subject, request.by, case.number)
        except Refused as refused:
            sealed = refused.reason is RefusalReason.SEALED
            return self._panel.error_page(
                request, *(("panel.refused_sealed", 503) if sealed else ("panel.no_case", 404))
            )
        if not subjects:
            return self._panel.error_page(request, "panel.no_picture_here", 404)
        for subject in subjects:
            request.memory.show(subject, text.now + SHOWN_FOR)
        return RedirectResponse(f"/cases/{case.number}", 303, HEADERS)

    async def photo(self, request: StaffRequest) -> Response:
        """One photo of a case, while its photos may be seen."""
        params = request.http.path_params
        try:
            case = (await self._cases.whole(params["number"])).case
            content, media = await self._cases.photo(case.number, params["sha256"])
        except Refused:
            return self._panel.error_page(request, "panel.no_picture_here", 404)
        if not may_see(request, photos_of_case(case)):
            return self._panel.error_page(request, "panel.no_right", 403)
        return Response(content, media_type=media, headers=HEADERS)

    async def act(self, name: str, act: case_acts.Act, request: StaffRequest) -> Response:
        """Say or do something about a case, and look at it again."""
        number, form = request.http.path_params["number"], request.form
        try:
            await act(self._cases, number, form, request.by, self._time)
        except Refused as refused:
            key = _REFUSED.get(refused.reason, f"panel.case_refused_{name}")
            if refused.reason is RefusalReason.UNKNOWN and name != "owner":
                key = "panel.no_case"
            return await self.case(request, request.text.translate(key), 409)
        except (BadText, BadPhoto, ValueError):
            return await self.case(request, request.text.translate("panel.case_bad_text"), 422)
        return RedirectResponse(f"/cases/{number}", 303, HEADERS)

    def _time(self, text: str) -> datetime:
        """A time of day at the site, as browsers send it. Raises ValueError."""
        local = datetime.fromisoformat(text.strip())
        return local.replace(tzinfo=ZoneInfo(self._context.site.timezone)).astimezone(UTC)


def _parcel_of(db: Database, typed: str) -> str:
    """The parcel of this id, or the newest of this tracking number; an empty text for none."""
    sql = """select id from parcel where id = ? union all
             select id from (select id from parcel where tracking = ? collate nocase order by rowid desc limit 1)"""
    row = db.execute(sql, [typed, typed]).fetchone()
    return str(row[0]) if row else ""


def events_of_case(db: Database, case: Case) -> list[Recorded]:
    """What the machine saw of a case's parcel, or else of its door."""
    if case.parcel:
        return timeline(db, case.parcel)
    return compartment_timeline(db, case.compartment, DOOR_LINES) if case.compartment else []


def pictures_shown(whole: WholeCase, events: Sequence[Recorded]) -> list[str]:
    """What one look at a case shows: the photos that people sent, and what the camera took of its parcel or door."""
    case, seen = whole.case, any(each.kind in PICTURES for each in events)
    return [photos_of_case(case)] * bool(whole.photos) + [pictures_of_case(case)] * seen


def photos_of_case(case: Case) -> str:
    """How showing the photos of a case is remembered and recorded."""
    return f"case {case.number}"


def pictures_of_case(case: Case) -> str:
    """Whose pictures of the camera a case shows: of its parcel, or else of its door."""
    return case.parcel or door_subject(case.compartment)
