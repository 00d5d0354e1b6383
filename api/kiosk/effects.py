"""Effects are performed here: the only place of the kiosk that waits for the rest of the locker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api.kiosk.case_effects import call_staff, report_problem, take_photo
from api.kiosk.courier import effects as courier_effects
from api.kiosk.courier.messages import CourierEffect
from api.kiosk.door_status import SOURCE
from api.kiosk.inspection_effects import accept_parcel, sign_parcel
from api.kiosk.messages import (
    AcceptEffect,
    Effect,
    EffectRefused,
    EffectResult,
    HelpEffect,
    LostCodeEffect,
    NextEffect,
    NoteEffect,
    NoteRecorded,
    PhotoEffect,
    PickupEffect,
    PickupOrdered,
    PrintEffect,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
    SignEffect,
)
from api.kiosk.printing import print_receipt
from api.kiosk.sending.send_effects import perform_send
from api.kiosk.sending.send_messages import SendOrdered
from locker.core.reasons import RefusalReason, Refused
from locker.core.visits.code_throttle import level
from locker.labels import TOKEN_PREFIX
from locker.services.parcel_service import Caller
from locker.services.resident_reports import keep_rating
from locker.text_folding import folded_token

if TYPE_CHECKING:
    from api.app_context import AppContext

TOKEN_SHAPE = re.compile(re.escape(TOKEN_PREFIX) + "[A-Z0-9]{10,60}")


async def perform(context: AppContext, effect: Effect) -> EffectResult:
    """Do what an effect asks for; a refusal is a result too."""
    try:
        return await _perform(context, effect)
    except Refused as refused:
        return EffectRefused(refused.reason, refused.retry_after)


async def _perform(context: AppContext, effect: Effect) -> EffectResult:  # noqa: C901, PLR0912  one arm an effect
    if isinstance(effect, CourierEffect):
        return await courier_effects.perform(context, effect)
    match effect:
        case PickupEffect():
            return await _pickup(context, effect)
        case NoteEffect():
            return await report_problem(context, effect)
        case AcceptEffect():
            return await accept_parcel(context, effect)
        case SignEffect():
            return await sign_parcel(context, effect)
        case PhotoEffect(case=case):
            return await take_photo(context, case)
        case PutBackEffect(pickup=pickup, parcel=parcel):
            await context.parcels.put_back(pickup, parcel, Caller(by=SOURCE))
            return PutBackNoted()
        case RateEffect(compartment=compartment, score=score, case=case):
            await keep_rating(context.engine, compartment, score, SOURCE, case)
            return NoteRecorded()
        case LostCodeEffect(unit=unit, tail=tail):
            await context.parcels.send_lost_codes(unit, tail, Caller(by=SOURCE))
            return NoteRecorded()
        case HelpEffect(compartment=compartment):
            return await call_staff(context, compartment)
        case NextEffect(parcel=parcel):
            return await _next(context, parcel)
        case PrintEffect():
            return await print_receipt(context, effect)
        case _:
            return await perform_send(context, effect)


async def _pickup(context: AppContext, effect: PickupEffect) -> EffectResult:
    credential = effect.credential
    if credential.token is not None and not TOKEN_SHAPE.fullmatch(folded_token(credential.token)):
        return EffectRefused(RefusalReason.UNKNOWN_CODE)
    code, second, token = credential.code, credential.second, credential.token
    try:
        answer = await context.commands.pickup(
            source=SOURCE, by=SOURCE, code=code, second=second, token=token, ask_second=True
        )
    except Refused as refused:
        spent = level(context.engine.site.buckets.get(SOURCE), context.engine.now()) == 0
        return EffectRefused(refused.reason, refused.retry_after, valuable=not spent)
    parcel, compartment = answer.openings[0]
    vault, found = context.vault, context.engine.site.parcels.get(parcel)
    if found is not None and found.from_resident:
        return SendOrdered(found.deposit, parcel, compartment, credential.code or "")
    shown = {vault.code_hash(credential.code or ""), vault.token_hash(credential.token or "")}
    own = found is not None and any(shown & set(each.hashes) for each in found.credentials if each.own)
    return PickupOrdered(parcel, compartment, answer.pickup, own)


async def _next(context: AppContext, parcel: str) -> EffectResult:
    answer = await context.commands.pickup_also(parcel, source=SOURCE, by=SOURCE)
    opened, compartment = answer.openings[0]
    return PickupOrdered(opened, compartment, answer.pickup, own=True)
