"""The effects of sending, performed: booked, brought to a door, changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from api.kiosk.door_status import SOURCE
from api.kiosk.sending.packing import PACKING, Contents
from api.kiosk.sending.send_messages import (
    BookEffect,
    BringEffect,
    ReturnEffect,
    ReturnKnown,
    SendChangeEffect,
    SendEffect,
    SenderEffect,
    SenderKnown,
    SendOrdered,
    SendReopenEffect,
    SendResult,
)
from api.kiosk.values import MaskedResident
from locker.core.events.service_events import PackingConfirmed
from locker.core.messages.commands import DepositAnswer
from locker.core.model import Direction, Flag, ParcelState
from locker.core.parcels.insurance import premium
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import DepositActor
from locker.services.parcel_service import BookingRequest, Caller

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.sending.send_steps import SendDraft
    from locker.core.model import Parcel
    from locker.services.people import Person

FLAGS = {
    Contents.FRAGILE: frozenset({Flag.FRAGILE}),
    Contents.LIQUID: frozenset({Flag.LIQUID}),
}


async def perform_send(context: AppContext, effect: SendEffect) -> SendResult:
    """Do what an effect of sending asks for. Raises Refused."""
    match effect:
        case ReturnEffect(code=code):
            return _return(context, code)
        case SenderEffect():
            return SenderKnown(_sender(context, effect))
        case BookEffect(draft=draft):
            return await _book(context, draft)
        case BringEffect(draft=draft):
            return await _bring(context, draft)
        case SendChangeEffect():
            return _ordered(await _change(context, effect))
        case SendReopenEffect(code=code):
            return await _reopen(context, code)
        case _:
            assert_never(effect)


def _return(context: AppContext, code: str) -> ReturnKnown:
    found = _going_out(context, context.vault.label_hash(code))
    if found is None:
        return ReturnKnown(code)
    waits = found.state is ParcelState.EXPECTED
    return ReturnKnown(code, found.id if waits else "", here=not waits)


def _going_out(context: AppContext, label: str) -> Parcel | None:
    """What was booked under this code and has not left."""
    parcels = context.engine.site.parcels.values()
    out = (each for each in parcels if each.direction is Direction.OUT and not each.state.ended)
    return next((each for each in out if each.label_hash == label), None)


def _sender(context: AppContext, effect: SenderEffect) -> MaskedResident | None:
    """The resident of this unit whose phone ends so. Wrong tries of a unit make the next one wait."""
    tries, now, key = context.sender_tries, context.engine.now(), context.vault.label_hash(effect.unit)
    wait = tries.wait_seconds(key, now)
    if wait:
        raise Refused(RefusalReason.THROTTLED, retry_after=wait)
    found = next((one for one in context.directory.find(effect.unit) if one.phone_tail == effect.tail), None)
    if found is None:
        tries.record_failure(key, now)
        return None
    return _masked(found)


def _masked(person: Person) -> MaskedResident:
    return MaskedResident(person.id, person.unit, person.masked_name, person.phone_tail, person.consent, person.reach)


async def _book(context: AppContext, draft: SendDraft) -> SendOrdered:
    sender = None if draft.sender is None else context.directory.get(draft.sender.id)
    if sender is None or draft.size is None:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    insured = draft.worth is not None and draft.worth.insured
    flags = FLAGS.get(draft.contents or Contents.ORDINARY, frozenset())
    request = BookingRequest(
        unit=sender.unit,
        name=sender.name,
        carrier=draft.carrier,
        size=draft.size,
        type=draft.type,
        declared=None if draft.worth is None else draft.worth.value,
        declared_weight_g=draft.weight_g,
        flags=flags | ({Flag.INSURED} if insured else frozenset()),
        return_code=draft.return_code or None,
    )
    caller = Caller(by=SOURCE)
    answer, code = await context.parcels.book(request, caller)
    await _keep_packing(context, answer.parcel, draft)
    brought = await context.parcels.deposit_booked(answer.booking, code, caller)
    return SendOrdered(brought.deposit, brought.parcel, brought.compartment, code)


async def _bring(context: AppContext, draft: SendDraft) -> SendOrdered:
    await _keep_packing(context, draft.booked, draft)
    return _ordered(await context.parcels.bring_return(draft.booked, Caller(by=SOURCE)))


async def _keep_packing(context: AppContext, parcel: str, draft: SendDraft) -> None:
    """Keep what was ticked and agreed to, beside the parcel."""
    contents, worth = draft.contents or Contents.RETURN, draft.worth
    value = 0 if worth is None else worth.value
    insured = worth is not None and worth.insured
    event = PackingConfirmed(
        parcel=parcel,
        contents=contents.value,
        ticked=tuple(each for each in PACKING[contents] if each in (draft.packed or ())),
        declared=value,
        declared_weight_g=draft.weight_g,
        insured=insured,
        premium=premium(value) if insured else 0,
    )
    await context.engine.record(event, SOURCE)


async def _change(context: AppContext, effect: SendChangeEffect) -> DepositAnswer:
    actor, commands = DepositActor(SOURCE), context.commands
    if effect.cancel:
        return await commands.cancel(effect.deposit, actor)
    if effect.size is not None:
        return await commands.resize(effect.deposit, effect.size, actor)
    return await commands.reopen(effect.deposit, actor)


async def _reopen(context: AppContext, code: str) -> SendOrdered:
    answer = await context.commands.pickup(source=SOURCE, by=SOURCE, code=code)
    parcel, compartment = answer.openings[0]
    return SendOrdered("d" + parcel[1:], parcel, compartment, code)


def _ordered(answer: DepositAnswer) -> SendOrdered:
    return SendOrdered(answer.deposit, answer.parcel, answer.compartment)
