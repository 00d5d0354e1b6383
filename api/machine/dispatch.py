"""`/outbound` beside the booking: the board, who is asked to fetch what, when they come, and what carriers tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.machine.dispatch_models import AnswerBody, EtaBody, NewsBody, OfferBody, PriceQuery, outbound_json, price_json
from api.machine.endpoint import ApiRequest
from locker.services.policies import DispatchRules

if TYPE_CHECKING:
    from locker.services.outbound import BoardLine


async def board(request: ApiRequest) -> Response:
    """All that goes out: what is here, then the newest that a carrier has taken and did not yet deliver."""
    found = await request.context.outbound.dispatch.board.read()
    return JSONResponse([_json(request, each) for each in (*found.here, *found.away)])


async def show(request: ApiRequest, parcel: str) -> Response:
    """One parcel that goes out, or went."""
    return JSONResponse(_json(request, await request.context.outbound.dispatch.board.one(parcel)))


async def price(request: ApiRequest, query: PriceQuery) -> Response:
    """What something would cost about, and when it would arrive, by the tables that hold now."""
    desk, company = request.context.outbound.dispatch.board, query.carrier or ""
    estimate, table = desk.price(query.chosen, company, query.weight_g)
    return JSONResponse(price_json(estimate, table, desk.time(query.chosen, company)))


async def dispatch(request: ApiRequest) -> Response:
    """Ask a courier for every parcel that waits for one: by company, shift, zone and work that they have."""
    found = await request.context.outbound.dispatch.dispatch(request.by)
    return JSONResponse([{"parcel": parcel, "courier": courier} for parcel, courier in sorted(found.items())])


async def offer(request: ApiRequest, parcel: str, body: OfferBody) -> Response:
    """Ask this courier, whoever was asked before."""
    await request.context.outbound.dispatch.offer(parcel, body.courier, request.by)
    return await show(request, parcel)


async def answer(request: ApiRequest, parcel: str, body: AnswerBody) -> Response:
    """Keep what the courier who was asked says; after a no the next is asked at once."""
    await request.context.outbound.dispatch.answer(parcel, body.courier, body.said, request.by)
    return await show(request, parcel)


async def eta(request: ApiRequest, parcel: str, body: EtaBody) -> Response:
    """Keep when the courier will be here, and tell the sender."""
    await request.context.outbound.dispatch.expect(parcel, body.courier, body.at, request.by)
    return await show(request, parcel)


async def news(request: ApiRequest, parcel: str, body: NewsBody) -> Response:
    """Keep what a carrier's feed says; older news than what is known changes nothing."""
    await request.context.outbound.dispatch.news(parcel, body.seen, delivered=body.delivered, by=request.by)
    return await show(request, parcel)


def _json(request: ApiRequest, line: BoardLine) -> dict[str, Any]:
    context = request.context
    return outbound_json(line, context.rules.body(DispatchRules), context.engine.now(), context.site.timezone)
