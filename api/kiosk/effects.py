"""Effects are performed here: the only place of the kiosk that waits for the rest of the locker."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from api.kiosk.courier import effects as courier_effects
from api.kiosk.courier.messages import CourierEffect
from api.kiosk.door_status import SOURCE
from api.kiosk.messages import (
    Effect,
    EffectRefused,
    EffectResult,
    HelpEffect,
    LostCodeEffect,
    NextEffect,
    NoteEffect,
    NoteRecorded,
    PickupEffect,
    PickupOrdered,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
)
from api.kiosk.sending.send_effects import perform_send
from api.kiosk.sending.send_messages import SendOrdered
from api.kiosk.values import ProblemKind
from locker.core.parcel_words import RejectReason
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import last_help, open_reports
from locker.labels import TOKEN_PREFIX
from locker.services.parcel_service import Caller
from locker.services.reports import ask_for_help, keep_rating, keep_report
from locker.text_folding import folded_token

if TYPE_CHECKING:
    from api.app_context import AppContext

REJECTED_AS = {
    ProblemKind.EMPTY: RejectReason.MISSING,
    ProblemKind.OTHER: RejectReason.WRONG_PARCEL,
    ProblemKind.DAMAGED: RejectReason.DAMAGED,
}
TOKEN_SHAPE = re.compile(re.escape(TOKEN_PREFIX) + "[A-Z0-9]{10,60}")


async def perform(context: AppContext, effect: Effect) -> EffectResult:
    """Do what an effect asks for; a refusal is a result too."""
    try:
        return await _perform(context, effect)
    except Refused as refused:
        return EffectRefused(refused.reason, refused.retry_after)


async def _perform(context: AppContext, effect: Effect) -> EffectResult:
    if isinstance(effect, CourierEffect):
        return await courier_effects.perform(context, effect)
    match effect:
        case PickupEffect():
            return await _pickup(context, effect)
        case NoteEffect():
            return await _note(context, effect)
        case PutBackEffect(pickup=pickup, parcel=parcel):
            await context.parcels.put_back(pickup, parcel, Caller(by=SOURCE))
            return PutBackNoted()
        case RateEffect(compartment=compartment, score=score):
            await keep_rating(context.engine, compartment, score, SOURCE)
            return NoteRecorded()
        case LostCodeEffect(unit=unit, tail=tail):
            await context.parcels.send_lost_codes(unit, tail, Caller(by=SOURCE))
            return NoteRecorded()
        case HelpEffect(compartment=compartment):
            await ask_for_help(context.engine, compartment, SOURCE)
            return NoteRecorded(await context.journal.read(last_help))
        case NextEffect(parcel=parcel):
            return await _next(context, parcel)
        case _:
            return await perform_send(context, effect)


async def _pickup(context: AppContext, effect: PickupEffect) -> EffectResult:
    credential = effect.credential
    if credential.token is not None and not TOKEN_SHAPE.fullmatch(folded_token(credential.token)):
        return EffectRefused(RefusalReason.UNKNOWN_CODE)
    answer = await context.commands.pickup(
        source=SOURCE, by=SOURCE, code=credential.code, second=credential.second, token=credential.token
    )
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


async def _note(context: AppContext, effect: NoteEffect) -> NoteRecorded:
    """Keep what is wrong; first nobody else gets this door. What was said counts even where it is too late for that."""
    why = REJECTED_AS.get(effect.problem)
    if why is not None and effect.pickup:
        with suppress(Refused):
            await context.parcels.reject(effect.pickup, why, effect.parcel, Caller(by=SOURCE))
    await keep_report(context.engine, effect.compartment, effect.parcel, effect.problem.value, SOURCE)
    lines = await context.journal.read(open_reports)
    return NoteRecorded(max((line.seq for line in lines if line.body()["parcel"] == effect.parcel), default=0))
