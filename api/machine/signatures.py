"""`/parcels/{id}/signature`: with what its recipient signed for a parcel."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import Problem
from api.machine.response_models import Moment, View
from locker.core.reasons import RefusalReason
from locker.services.evidence import signature_of


class PickupSignatureView(View):
    """The strokes, each a list of x, y on a pad of 640 x 400 and milliseconds, and the cabinet's drawing of them."""

    parcel: str
    pickup: str
    at: Moment
    points: list[list[tuple[float, float, int]]]
    svg: str


async def show(request: ApiRequest, parcel: str) -> Response:
    """The newest signature for this parcel."""
    found = await signature_of(request.context.journal, parcel)
    if found is None:
        raise Problem(RefusalReason.UNKNOWN)
    about = {"parcel": found.parcel, "pickup": found.pickup, "at": found.at}
    return JSONResponse(about | {"points": json.loads(found.points), "svg": found.svg})
