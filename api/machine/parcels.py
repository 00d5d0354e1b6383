"""`/parcels`: what is and what was in the cabinet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import Problem, invalid
from api.machine.request_models import ParcelQuery
from api.machine.response_models import compact, events_text, parcel_json, shipment_json
from locker.core.reasons import RefusalReason
from locker.journal.history import parcel_row, parcels_page, timeline
from locker.services.notices import notices_of_parcel, shipment_of

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.services.notices import Shipment

    _Known = tuple[dict[str, Any] | None, list[Recorded], list[dict[str, Any]], Shipment | None]

LONGEST_PAGE = 500


async def listing(request: ApiRequest, query: ParcelQuery) -> Response:
    """Parcels, newest first; a page has at most 500."""

    def work(db: Database) -> tuple[list[dict[str, Any]], str | None]:
        return parcels_page(
            db,
            state=query.state,
            unit=query.unit,
            tracking=query.tracking,
            direction=query.direction,
            held=query.held,
            place=query.place,
            after=query.after,
            limit=min(query.limit, LONGEST_PAGE),
        )

    try:
        rows, following = await request.context.journal.read(work)
    except ValueError:
        raise invalid("after", "is not a cursor that this list gave") from None
    return JSONResponse({"items": [parcel_json(row) for row in rows], "next": following})


async def show(request: ApiRequest, parcel: str) -> Response:
    """One parcel, its timeline, and what was told of it."""

    def work(db: Database) -> _Known:
        row = parcel_row(db, parcel)
        return row, timeline(db, parcel), notices_of_parcel(db, parcel), shipment_of(db, parcel)

    row, events, told, shipment = await request.context.journal.read(work)
    if row is None:
        raise Problem(RefusalReason.UNKNOWN)
    notices = compact([_notice_json(each) for each in told])
    known = {**parcel_json(row), "shipment": shipment_json(shipment)}
    text = f'{compact(known)[:-1]},"timeline":{events_text(events)},"notices":{notices}}}'
    return Response(text, media_type="application/json")


def _notice_json(row: dict[str, Any]) -> dict[str, Any]:
    renamed = {"last_fault": "fault", "said": "text"}
    return {renamed.get(name, name): value for name, value in row.items()}
