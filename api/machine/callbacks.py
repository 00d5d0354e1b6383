"""What other systems tell of their own accord, without a token of ours: gateways of notices, the payment provider.

Each proves by a signature what it speaks of; what is not signed so is answered like a path that there is not, and
changes nothing. Whatever comes twice changes nothing the second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.machine.problems import NOT_FOUND, WRONG_PAYMENT, Problem, refusal
from api.machine.request_models import PaymentBody, ReceiptBody
from api.machine.request_parsing import BODY_LIMIT, parse_body, read_body
from locker.core.reasons import Refused
from locker.services.fees import BadSignature, WrongPayment, check_signature

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from api.app_context import AppContext


def callback_routes(context: AppContext) -> list[Route]:
    """The paths of callbacks."""

    async def receipt(raw: bytes, _: Request) -> Response:
        body = parse_body(ReceiptBody, raw)
        if not await context.receipts.take(body.id, body.token, body.state):
            raise Problem(NOT_FOUND)
        return JSONResponse({"id": body.id, "state": body.state.value})

    async def payment(raw: bytes, request: Request) -> Response:
        if not context.payment_secret:
            raise Problem(NOT_FOUND)
        try:
            check_signature(context.payment_secret, request.headers, raw, context.engine.now())
        except BadSignature:
            raise Problem(NOT_FOUND) from None
        body = parse_body(PaymentBody, raw)
        try:
            fee = await context.fees.pay(body.parcel, body.amount, body.currency, body.reference)
        except WrongPayment:
            raise Problem(WRONG_PAYMENT) from None
        return JSONResponse({"parcel": body.parcel, "paid": fee.paid, "due": fee.due})

    return [
        Route("/callbacks/receipts", _answered(receipt), methods=["POST"]),
        Route("/callbacks/payments", _answered(payment), methods=["POST"]),
    ]


def _answered(handle: Callable[[bytes, Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await handle(await read_body(request, BODY_LIMIT), request)
        except Problem as problem:
            return problem.response()
        except Refused as refused:
            return refusal(refused).response()

    return endpoint
