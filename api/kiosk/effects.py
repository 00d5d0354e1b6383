"""What the touchscreen asks of the house: the only place of the kiosk that waits for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from api.kiosk.door_status import SOURCE
from api.kiosk.messages import (
    ChangeEffect,
    CourierKnown,
    DepositEffect,
    DepositTaken,
    Effect,
    EffectRefused,
    EffectResult,
    NoteEffect,
    NoteRecorded,
    PickupEffect,
    PickupOrdered,
    ResidentsFound,
    SearchEffect,
    SignInEffect,
)
from api.kiosk.state import Match, SignedInCourier
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import DepositRequest
from locker.text_folding import folded_token
from locker.vault import TOKEN_PREFIX

if TYPE_CHECKING:
    from api.app_context import AppContext

SHOWN = 3
TOKEN = re.compile(re.escape(TOKEN_PREFIX) + "[A-Z0-9]{10,60}")


async def put(context: AppContext, ask: Effect) -> EffectResult:
    """Ask the house and say its answer; a refusal is an answer too."""
    try:
        return await _put(context, ask)
    except Refused as refused:
        return EffectRefused(refused.reason, refused.retry_after)


async def _put(context: AppContext, ask: Effect) -> EffectResult:
    match ask:
        case PickupEffect():
            return await _pickup(context, ask)
        case SignInEffect(company=company, pin=pin):
            found = await context.couriers.sign_in(company, pin)
            return CourierKnown(None if found is None else SignedInCourier(found.id, found.company, found.name))
        case SearchEffect(typed=typed):
            return _search(context, typed)
        case DepositEffect():
            return await _deposit(context, ask)
        case ChangeEffect():
            return await _change(context, ask)
        case NoteEffect(wrong=wrong, compartment=compartment):
            await context.engine.note(f"resident reports: {wrong.value}", compartment, SOURCE)
            return NoteRecorded()
        case _:
            assert_never(ask)


async def _pickup(context: AppContext, ask: PickupEffect) -> EffectResult:
    shown = ask.shown
    if shown.token is not None and not TOKEN.fullmatch(folded_token(shown.token)):
        return EffectRefused(RefusalReason.UNKNOWN_CODE)
    answer = await context.commands.pickup(
        source=SOURCE, by=SOURCE, code=shown.code, second=shown.second, token=shown.token
    )
    parcel, compartment = answer.openings[0]
    return PickupOrdered(parcel, compartment)


def _search(context: AppContext, typed: str) -> ResidentsFound:
    found = context.directory.search(typed, SHOWN)
    matches = tuple(
        Match(person.id, person.unit, person.masked_name, person.phone_tail, person.consent, person.reach)
        for person in found.people
    )
    return ResidentsFound(typed, matches, found.more)


async def _deposit(context: AppContext, ask: DepositEffect) -> EffectResult:
    request = DepositRequest(
        by=f"courier:{ask.courier.id}",
        tracking=ask.tracking,
        size=ask.size,
        company=ask.courier.company,
        courier=ask.courier.name,
        resident=ask.match.id,
        consent=ask.consent,
    )
    answer = await context.commands.deposit(request)
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment)


async def _change(context: AppContext, ask: ChangeEffect) -> EffectResult:
    by = f"courier:{ask.courier.id}"
    if ask.cancel:
        answer = await context.commands.cancel(ask.deposit, by, reason=ask.reason)
    elif ask.size is not None:
        answer = await context.commands.resize(ask.deposit, ask.size, by)
    else:
        answer = await context.commands.reopen(ask.deposit, by, take_back=ask.take_back)
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment)
