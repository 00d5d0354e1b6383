"""`/deposit-rights`: what a carrier's couriers put in by rights that it signed, and calling one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.operation import Operation
from api.machine.problems import FORBIDDEN, Problem, invalid
from api.machine.request_models import Body, PersonName
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.services.people import Scope
from locker.services.rights import TooManyRevoked
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.core.deposit_right import KnownRight


class RevokeRightBody(Body):
    """`right`: the carrier's own number of it (`jti`). `company`: only for a token that is of no company."""

    right: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    company: PersonName | None = None


class DepositRightView(View):
    """A right that was used or revoked. `uses` 0: it was revoked before it was ever shown here."""

    company: str
    right: str
    uses: int
    used: int
    until: Moment
    used_at: Moment | None
    revoked_at: Moment | None


async def listing(request: ApiRequest) -> Response:
    """The last 100 rights that were used or revoked: of the token's company, or of all for staff."""
    company = request.caller.company
    if not company and not request.asker.staff:
        raise _of_no_company()
    return JSONResponse([right_json(each) for each in request.context.rights.listed(company or None)])


async def revoke(request: ApiRequest, body: RevokeRightBody) -> Response:
    """Let a right put nothing in any more, whether or not it was ever shown. The same again changes nothing."""
    try:
        known = await request.context.rights.revoke(_company(request, body), body.right, request.by)
    except TooManyRevoked:
        detail = "So many of this company were called back before they were shown: let staff end its key instead."
        raise Problem(RefusalReason.NOT_NOW, detail) from None
    return JSONResponse(right_json(known))


def _company(request: ApiRequest, body: RevokeRightBody) -> str:
    """Whose right it is. Raises Problem: a token of a company reaches the rights of no other."""
    own, named = request.caller.company, body.company
    if own:
        if named is not None and folded_name(named) != folded_name(own):
            raise Problem(FORBIDDEN, "This token reaches the rights of its own company only.")
        return own
    if not request.asker.staff:
        raise _of_no_company()
    if named is None:
        raise invalid("company", "must be named by a token that is of no company")
    return named


def _of_no_company() -> Problem:
    return Problem(FORBIDDEN, "This token is of no company: make one with --company.")


def right_json(known: KnownRight) -> dict[str, Any]:
    """As DepositRightView."""
    return {
        "company": known.company,
        "right": known.name,
        "uses": known.uses,
        "used": known.used,
        "until": rfc3339(known.until),
        "used_at": None if known.used_at is None else rfc3339(known.used_at),
        "revoked_at": None if known.revoked_at is None else rfc3339(known.revoked_at),
    }


_REFUSED = (RefusalReason.SEALED, RefusalReason.NOT_NOW)
DEPOSIT_RIGHT_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/deposit-rights", listing, list[DepositRightView], Scope.DEPOSIT),
    Operation("POST", "/deposit-rights/revoke", revoke, DepositRightView, Scope.DEPOSIT, 200, _REFUSED),
)
