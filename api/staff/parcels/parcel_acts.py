"""Orders about one parcel: asked on its page, carried out by the services that the machine API asks too."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS, REFUSAL_SHOWN_FOR, RefusedOrder
from api.staff.parcels.parcel_orders import MORE_HOURS, PROVED, RECEIVERS, parcel_orders
from locker.core.messages.command import Once
from locker.core.parcel_words import IdentityCheck
from locker.core.reasons import RefusalReason, Refused
from locker.services.custody_service import TOUCHSCREEN, RightRecipient, WithdrawingCourier
from locker.services.parcel_service import Caller
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette

    from api.app_context import AppContext
    from api.staff.panel import Panel, StaffRequest
    from locker.core.model import Parcel

    Act = Callable[[AppContext, Parcel, StaffRequest, Caller], Awaitable[object]]

MIN_REASON_LENGTH = 2


class Unreadable(ValueError):
    """What a form says cannot be carried out; the text is the key of the sentence."""


def install(app: Starlette, panel: Panel) -> None:
    """Add a route for each order."""
    acts = ParcelActs(panel)
    for name, act in ACTS.items():
        page = panel.signed_in(
            partial(acts.carry_out, name, act), Right.HANDLE, proved="/parcels/{parcel}" if name in PROVED else ""
        )
        app.add_route(f"/parcels/{{parcel}}/{name}", page, methods=["POST"])
    app.add_route(
        "/parcels/{parcel}/end-credential", panel.signed_in(acts.end_credential, Right.HANDLE), methods=["POST"]
    )


class ParcelActs:
    """Handlers: read, ask, go back to the parcel, where a refusal stands beside its form."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def carry_out(self, name: str, act: Act, request: StaffRequest) -> Response:
        """Ask for it, and look at the parcel again."""
        parcel = request.http.path_params["parcel"]
        here = self._context.engine.site.parcels.get(parcel)
        if here is None:
            return self._panel.error_page(request, "panel.no_parcel_here", 404)
        allowed = parcel_orders(self._context.engine.site, parcel, request.rights, request.text)
        sentence = ""
        if name not in {each.name for each in allowed}:
            sentence = request.text.translate("panel.parcel_not_now")
        elif request.form.get("once", "") not in request.memory.sent_keys:
            sentence = await self._ask(act, here, request)
        return self._back(name, sentence, request)

    async def _ask(self, act: Act, here: Parcel, request: StaffRequest) -> str:
        """The sentence why it was not done, or an empty text."""
        key = request.form.get("once", "")
        said = "\n".join(f"{name}={value}" for name, value in sorted(request.form.items()))
        hashed = self._context.vault.body_hash(said.encode())
        once = Once(f"{request.by}:{request.http.url.path}:{key}", hashed) if key else None
        try:
            await act(self._context, here, request, Caller(by=request.by, staff=True, once=once))
        except Unreadable as unreadable:
            return request.text.translate(str(unreadable))
        except Refused as refused:
            return parcel_refusal(refused, request)
        if key:
            request.memory.sent_keys.append(key)
        return ""

    async def end_credential(self, request: StaffRequest) -> Response:
        """Revoke what opens this parcel: a delegate's code, or its own."""
        parcel, sentence = request.http.path_params["parcel"], ""
        caller = Caller(by=request.by, staff=True)
        try:
            await self._context.parcels.end_credential(parcel, request.form.get("credential", ""), caller)
        except Refused as refused:
            sentence = parcel_refusal(refused, request)
        return self._back("end-credential", sentence, request)

    def _back(self, form: str, sentence: str, request: StaffRequest) -> Response:
        parcel = request.http.path_params["parcel"]
        request.memory.refusals.pop(parcel, None)
        if sentence:
            until = request.text.now + REFUSAL_SHOWN_FOR
            request.memory.refusals[parcel] = RefusedOrder(form, sentence, request.form.get("reason", ""), until)
        return RedirectResponse(f"/parcels/{parcel}", 303, HEADERS)


def parcel_refusal(refused: Refused, request: StaffRequest) -> str:
    """Why an order about a parcel was refused, in one sentence."""
    code = refused.reason.value.replace("-", "_")
    if refused.reason in {RefusalReason.NOT_NOW, RefusalReason.UNKNOWN}:
        return request.text.translate("panel.parcel_not_now")
    return request.text.translate_or(f"panel.refused_{code}", "panel.parcel_not_now", n=refused.retry_after or 1)


def _reason(request: StaffRequest) -> str:
    reason = " ".join(request.form.get("reason", "").split())
    if len(reason) < MIN_REASON_LENGTH:
        raise Unreadable("panel.reason_needed")
    return reason


def _courier(request: StaffRequest) -> str:
    name = " ".join(request.form.get("courier", "").split())
    if not name:
        raise Unreadable("panel.courier_needed")
    return name


async def _not_coming(context: AppContext, here: Parcel, _: StaffRequest, caller: Caller) -> None:
    await context.custody.end_booking(here.id, caller.by)


async def _release(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    who = request.form.get("who", "")
    if who not in RECEIVERS or "identity" not in request.form:
        raise Unreadable("panel.identity_needed")
    reason = who if who != "other" else f"other: {_reason(request)}"
    await context.custody.release(here.id, reason, caller.by, caller.once, source=TOUCHSCREEN)


async def _new_code(context: AppContext, here: Parcel, _: StaffRequest, caller: Caller) -> None:
    await context.parcels.replace_code(here.id, caller)


async def _sender_check(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    if "seen" not in request.form:
        raise Unreadable("panel.identity_needed")
    await context.custody.check_sender(here.id, IdentityCheck.STAFF, caller.by, caller.once)


async def _more_time(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    hours = request.form.get("hours", "")
    if hours not in {str(each) for each in MORE_HOURS}:
        raise Unreadable("panel.hours_needed")
    await context.custody.prolong(here.id, int(hours), _reason(request), caller.by, caller.once)


async def _move(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    to = request.form.get("to", "")
    site = context.engine.site
    if to not in site.compartments and to not in site.places:
        raise Unreadable("panel.move_needed")
    await context.custody.move(here.id, to, caller.by, caller.once)


async def _reassign(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    unit, name = (" ".join(request.form.get(each, "").split()) for each in ("unit", "name"))
    if not context.directory.meant(unit, name or None, None):
        raise Unreadable("panel.reassign_nobody")
    to = RightRecipient(unit=unit, name=name or None)
    await context.custody.reassign(here.id, to, _reason(request), caller.by, caller.once)


async def _hold(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    await context.custody.hold(here.id, _reason(request), caller.by, caller.once)


async def _unhold(context: AppContext, here: Parcel, _: StaffRequest, caller: Caller) -> None:
    await context.custody.unhold(here.id, caller.by, caller.once)


async def _return(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    courier = WithdrawingCourier(by=caller.by, company=here.company, name=_courier(request), staff=True)
    await context.custody.withdraw(here.id, courier, caller.once)


async def _hand_over(context: AppContext, here: Parcel, request: StaffRequest, caller: Caller) -> None:
    await context.parcels.hand_over(here.id, (here.company, _courier(request)), None, caller)


async def _take_over(context: AppContext, here: Parcel, _: StaffRequest, caller: Caller) -> None:
    await context.custody.take_over(here.id, caller.by, caller.once)


ACTS = {
    "not-coming": _not_coming,
    "sender-check": _sender_check,
    "release": _release,
    "new-code": _new_code,
    "more-time": _more_time,
    "move": _move,
    "reassign": _reassign,
    "hold": _hold,
    "unhold": _unhold,
    "return": _return,
    "hand-over": _hand_over,
    "take-over": _take_over,
}
