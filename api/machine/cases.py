"""`/cases`, `/emergencies`, `/working-days`: what people complain of, ask for and claim, and what becomes of it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from api.machine.case_models import (
    ApprovalBody,
    CasesQuery,
    CloseBody,
    CompensationBody,
    EmergencyBody,
    FieldBody,
    ForwardBody,
    NewCaseBody,
    OwnerBody,
    PhotoBody,
    ReportQuery,
    ReturnBody,
    StageBody,
    WordBody,
    WorkingDaysBody,
    case_json,
    detail_json,
    receipt_json,
    warning_json,
)
from api.machine.endpoint import ApiRequest
from api.machine.problems import invalid, refusal
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import (
    BadPhoto,
    BadText,
    CaseRequest,
    CaseService,
    Danger,
    Field,
    MarkedDay,
    Outcome,
    Source,
    Stage,
    approve,
    carrier_report,
    closed_cases,
    decide,
    forward,
    take_back,
)
from locker.services.people import Scope

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.services.cases import Case

PAGE = 50


async def open_case(request: ApiRequest, body: NewCaseBody) -> Response:
    """Open a case: its number, and by when it is answered and solved."""
    asked = CaseRequest(
        kind=body.kind,
        source=Source(body.source),
        by=request.by,
        text=body.text or "",
        parcel=body.parcel or "",
        compartment=body.compartment or "",
        unit=body.unit or "",
        resident=body.resident or "",
        urgent=body.urgent,
        once=request.once,
    )
    if body.resident and body.resident not in request.context.engine.site.residents:
        raise refusal(Refused(RefusalReason.UNKNOWN_RECIPIENT))
    return JSONResponse(receipt_json(await _cases(request).open_case(asked)), 201)


async def listing(request: ApiRequest, query: CasesQuery) -> Response:
    """Cases: the open ones, the most pressing first, or those that have ended, the last first."""
    now = request.context.engine.now()

    def fits(case: Case) -> bool:
        return query.kind in {None, case.kind.name} and query.parcel in {None, case.parcel}

    if query.state == "open":
        found = [case for case in await _cases(request).open_cases() if fits(case)]
        return JSONResponse({"items": [case_json(case, now) for case in found], "next": None})

    def work(db: Database) -> list[Case]:
        return closed_cases(db, query.after or "~", PAGE)

    page = await request.context.journal.read(work)
    items = [case_json(case, now) for case in page]
    more = items[-1]["closed_at"] if len(page) == PAGE else None
    return JSONResponse({"items": [item for case, item in zip(page, items, strict=True) if fits(case)], "next": more})


async def show(request: ApiRequest, number: str) -> Response:
    """One case with everything in it. What people wrote and who they are is for callers with the scope staff."""
    whole = await _cases(request).whole(number)
    personal = Scope.STAFF in request.caller.scopes
    return JSONResponse(detail_json(whole, request.context.engine.now(), personal=personal))


async def write(request: ApiRequest, number: str, body: WordBody) -> Response:
    """Write into a case. The first reply stops its clock, an apology fills its field, a note may name a colleague."""
    await _read(_cases(request).write(number, body.what, body.text, request.by, request.once), "text")
    return await show(request, number)


async def stage(request: ApiRequest, number: str, body: StageBody) -> Response:
    """Go on to the next stage, or back to an earlier one."""
    await _cases(request).advance(number, Stage(body.stage), request.by, request.once)
    return await show(request, number)


async def fill(request: ApiRequest, number: str, body: FieldBody) -> Response:
    """Say what must be known before it can be closed."""
    await _read(_cases(request).fill(number, Field(body.field), body.value, request.by, request.once), "value")
    return await show(request, number)


async def assign(request: ApiRequest, number: str, body: OwnerBody) -> Response:
    """Say who answers for it, and who works on it too."""
    await _cases(request).assign(number, body.owner, tuple(body.partners), request.by, request.once)
    return await show(request, number)


async def mark_urgent(request: ApiRequest, number: str) -> Response:
    """Somebody cannot wait: the first answer is due within hours."""
    await _cases(request).mark_urgent(number, request.by, request.once)
    return await show(request, number)


async def send_on(request: ApiRequest, number: str, body: ForwardBody) -> Response:
    """Give it to a carrier, the property or a warehouse, with a day by which they answer."""
    to = (body.to, body.party)
    await _read(forward(_cases(request), number, to, body.due, body.text, request.by, request.once), "due")
    return await show(request, number)


async def returned(request: ApiRequest, number: str, entry: str, body: ReturnBody) -> Response:
    """What was given to others has come back."""
    if not (entry.isascii() and entry.isdigit() and len(entry) <= 9):
        raise refusal(Refused(RefusalReason.UNKNOWN))
    await _read(take_back(_cases(request), number, int(entry), body.text, request.by, request.once), "text")
    return await show(request, number)


async def compensate(request: ApiRequest, number: str, body: CompensationBody) -> Response:
    """Decide what is paid: the lower of loss and declared value. Somebody else approves it."""
    amounts = (body.actual, body.declared)
    await decide(_cases(request), number, body.party, amounts, request.by, request.once)
    return await show(request, number)


async def approval(request: ApiRequest, number: str, body: ApprovalBody) -> Response:
    """Agree to what is paid, or send it back: not who decided it."""
    await approve(_cases(request), number, request.by, approved=body.approved, once=request.once)
    return await show(request, number)


async def close(request: ApiRequest, number: str, body: CloseBody) -> Response:
    """End it. What is still to be known stands in `missing` of the problem."""
    await _cases(request).close(number, Outcome(body.outcome), request.by, request.once)
    return await show(request, number)


async def add_photo(request: ApiRequest, number: str, body: PhotoBody) -> Response:
    """Put a photo to it; what cameras write into their files does not stay in it."""
    try:
        content = base64.b64decode(body.photo, validate=True)
    except binascii.Error:
        raise invalid("photo", "is not base64") from None
    await _read(_cases(request).add_photo(number, content, request.by, request.once), "photo")
    return await show(request, number)


async def photo(request: ApiRequest, number: str, sha256: str) -> Response:
    """One photo of a case. Its name is the SHA-256 of its bytes. Each look is recorded before it is answered."""
    content, media = await _cases(request).photo(number, sha256)
    number = _cases(request).number(number)
    await request.context.engine.note("pictures-shown", f"case {number}", request.by, number)
    return Response(content, media_type=media)


async def report(request: ApiRequest, month: str, query: ReportQuery) -> Response:
    """The cases that were opened in a month, of one carrier or of all, as CSV; of people it says nothing."""
    zone = ZoneInfo(request.context.site.timezone)
    try:
        text = await request.context.journal.read(lambda db: carrier_report(db, month, zone, query.carrier or ""))
    except ValueError:
        raise refusal(Refused(RefusalReason.UNKNOWN)) from None
    return Response(text, media_type="text/csv; charset=utf-8")


async def emergencies(request: ApiRequest) -> Response:
    """What people are warned of now."""
    return JSONResponse([warning_json(each) for each in request.context.cases.emergencies.warnings])


async def declare(request: ApiRequest, body: EmergencyBody) -> Response:
    """People may be in danger: serve nobody at these doors, warn at the screen, call staff, at once."""
    declared = request.context.cases.emergencies.declare(
        Danger(body.danger), body.compartments, request.by, body.text or "", request.once
    )
    return JSONResponse(receipt_json(await declared), 201)


async def end_emergency(request: ApiRequest, number: str) -> Response:
    """The danger is over: serve people again."""
    await request.context.cases.emergencies.end(number, request.by, request.once)
    return await show(request, number)


async def working_days(request: ApiRequest, year: str, body: WorkingDaysBody) -> Response:
    """Say which days of a year are at rest and which weekends are worked. Provisional limits are counted again."""
    if not (year.isascii() and year.isdigit() and len(year) == 4 and year > "1999"):
        raise refusal(Refused(RefusalReason.UNKNOWN))
    days = [MarkedDay(each.day, each.kind, each.name) for each in body.days]
    try:
        moved = await request.context.cases.calendar.import_year(int(year), days, body.source, request.by)
    except ValueError as wrong:
        raise invalid("days", f"cannot be taken: {wrong}") from None
    return JSONResponse({"year": int(year), "days": len(days), "moved": moved})


async def approve_peak(request: ApiRequest, version: str) -> Response:
    """Agree to what a version of the rule `peak` says of cases: not who wrote it."""
    if not (version.isascii() and version.isdigit() and len(version) <= 6):
        raise refusal(Refused(RefusalReason.UNKNOWN))
    await request.context.cases.calendar.peaks.approve(int(version), request.by)
    return JSONResponse({"version": int(version), "approved_by": request.by})


def _cases(request: ApiRequest) -> CaseService:
    return request.context.cases.service


async def _read(asked: Any, field: str) -> None:
    """Do it; what a field may not say is a body that cannot be read."""
    try:
        await asked
    except (BadText, BadPhoto) as wrong:
        raise invalid(field, str(wrong)) from None
