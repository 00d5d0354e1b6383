"""`/call-records` and `/answer-waits`: how long people wait until somebody answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from api.machine.call_models import AnswerWaitsView, CallBody, CallListView, CallsBody, CallsView, WaitsQuery
from api.machine.endpoint import ApiRequest
from api.machine.problems import INVALID, Problem
from locker.services.cases import CALL_COLUMNS, CallFault, read_calls

if TYPE_CHECKING:
    from locker.services.cases import FaultyLine

_SHOWN = 20
_SAID = {
    CallFault.TIME_AHEAD: "lies in the future",
    CallFault.TIME_OLD: "lies more than 400 days back",
    CallFault.TWICE: "stands in the list twice",
}
_FIELDS = {"waited": "waited_s"}


async def take(request: ApiRequest, body: CallsBody) -> Response:
    """Take calls over, all or none; one that is known already counts once, so the same list may be sent again."""
    rows = [CALL_COLUMNS, *(_row(each) for each in body.calls)]
    found = read_calls(rows, ZoneInfo(request.context.site.timezone), request.context.engine.now())
    if found.faults:
        errors = [_error(each) for each in found.faults[:_SHOWN]]
        raise Problem(INVALID, errors[0]["detail"], field=errors[0]["field"], errors=errors)
    done = await request.context.cases.calls.take(body.source, found.calls, request.by)
    return JSONResponse(CallsView(list=done.id, taken=done.taken, known=done.known).model_dump())


async def undo(request: ApiRequest, name: str) -> Response:
    """Take a list of calls back whole."""
    await request.context.cases.calls.undo(name, request.by)
    return JSONResponse(CallListView(list=name).model_dump())


async def waits(request: ApiRequest, query: WaitsQuery) -> Response:
    """How long people waited until somebody answered, at the touchscreen and on the phone, on average (SLA-01)."""
    found = await request.context.cases.calls.waits(query.days)
    return JSONResponse(AnswerWaitsView.of(query.days, found).model_dump())


def _row(call: CallBody) -> tuple[str, ...]:
    answered = "yes" if call.answered else "no"
    return call.call or "", call.time.isoformat(), f"{call.waited_s:.3f}", answered, call.queue or ""


def _error(fault: FaultyLine) -> dict[str, str]:
    """What is wrong with an entry, counted from 0 as everywhere in this API; line 2 is the first behind the heading."""
    field = f"calls[{fault.line - 2}].{_FIELDS.get(fault.column, fault.column)}"
    return {"field": field, "detail": f"{field} {_SAID.get(fault.fault, 'cannot be read')}."}
