"""Effects are performed here: the only place of the kiosk that waits for the rest of the locker."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from api.kiosk.door_status import COURIER, SOURCE, deposits_under_way
from api.kiosk.dropoff_steps import DepositDoor, DepositIntent
from api.kiosk.messages import (
    ChangeEffect,
    CourierKnown,
    DepositEffect,
    DepositTaken,
    Effect,
    EffectRefused,
    EffectResult,
    ElsewhereEffect,
    HelpEffect,
    LabelEffect,
    LabelKnown,
    LostCodeEffect,
    NextEffect,
    NoteEffect,
    NoteRecorded,
    PickupEffect,
    PickupOrdered,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
    ReopenEffect,
    ResidentsFound,
    SearchEffect,
    SignInEffect,
)
from api.kiosk.values import MaskedResident, ProblemKind, SignedInCourier
from locker.core.expected import announced_parcel
from locker.core.model import Consent, Flag, ParcelState, parcel_of_deposit
from locker.core.parcel_words import RejectReason
from locker.core.reasons import NotStored, RefusalReason, Refused
from locker.journal.history import deposit_start, last_help, open_reports, parcel_row
from locker.labels import TOKEN_PREFIX
from locker.services.command_service import DepositActor, DepositRequest
from locker.services.custody_service import WithdrawingCourier
from locker.services.parcel_service import Caller
from locker.services.reports import ask_for_help, keep_rating, keep_report
from locker.text_folding import folded_name, folded_token

if TYPE_CHECKING:
    from api.app_context import AppContext
    from locker.core.model import Visit
    from locker.services.people import Person

MATCHES_SHOWN = 3
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


async def _perform(context: AppContext, effect: Effect) -> EffectResult:  # noqa: C901, PLR0912  one arm an effect
    match effect:
        case PickupEffect():
            return await _pickup(context, effect)
        case SignInEffect(company=company, pin=pin):
            return await _sign_in(context, company, pin)
        case LabelEffect():
            return _label(context, effect)
        case SearchEffect(typed=typed):
            return _search(context, typed)
        case DepositEffect():
            return await _deposit(context, effect)
        case ChangeEffect():
            return await _change(context, effect)
        case ElsewhereEffect(deposit=deposit, again=again):
            return await _elsewhere(context, deposit, again)
        case ReopenEffect():
            return await _reopen(context, effect)
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
            assert_never(effect)


async def _sign_in(context: AppContext, company: str, pin: str) -> EffectResult:
    found = await context.couriers.sign_in(company, pin)
    if found is None:
        return CourierKnown(None)
    return CourierKnown(SignedInCourier(found.id, found.company, found.name), await door_of(context, found.id))


async def door_of(context: AppContext, courier: str) -> DepositDoor | None:
    """The open door at which this courier stood when the screen was lost."""
    for visit in deposits_under_way(context.engine.site):
        parcel, by = visit.parcel, f"{COURIER}{courier}"
        if parcel is None or visit.opened_at is None or await courier_of(context, visit.id) != by:
            continue
        return await _door_again(context, visit, parcel)
    return None


async def _door_again(context: AppContext, visit: Visit, parcel: str) -> DepositDoor | None:
    row = await context.journal.read(lambda db: parcel_row(db, parcel))
    people = () if row is None else row["recipients"]
    person = next((found for each in people if (found := context.directory.get(each))), None)
    if row is None or person is None:
        return None
    intent = DepositIntent.STORE if visit.leaving is None else DepositIntent.CANCEL
    consent = Consent(row["consent"]) if row["consent"] else None
    return DepositDoor(visit.id, parcel, visit.compartment, row["tracking"], _masked(person), consent, intent)


async def courier_of(context: AppContext, deposit: str) -> str:
    """Who began a deposit at the kiosk, as the journal names them; an empty text for a deposit of a machine."""
    begun = await context.journal.read(lambda db: deposit_start(db, parcel_of_deposit(deposit) or ""))
    return begun.by if begun is not None and begun.by.startswith(COURIER) else ""


async def _pickup(context: AppContext, effect: PickupEffect) -> EffectResult:
    credential = effect.credential
    if credential.token is not None and not TOKEN_SHAPE.fullmatch(folded_token(credential.token)):
        return EffectRefused(RefusalReason.UNKNOWN_CODE)
    answer = await context.commands.pickup(
        source=SOURCE, by=SOURCE, code=credential.code, second=credential.second, token=credential.token
    )
    parcel, compartment = answer.openings[0]
    vault, found = context.vault, context.engine.site.parcels.get(parcel)
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


def _label(context: AppContext, effect: LabelEffect) -> LabelKnown:
    label, site = context.vault.label_hash(effect.tracking), context.engine.site
    if any(each.state.live and each.label_hash == label for each in site.parcels.values()):
        return LabelKnown(here=True)
    announced = announced_parcel(site, label)
    if announced is None or folded_name(announced.company) != folded_name(effect.company):
        return LabelKnown(here=False)
    people = [found for each in announced.recipients if (found := context.directory.get(each)) is not None]
    return LabelKnown(False, _masked(people[0]), announced.size) if people else LabelKnown(here=False)


def _search(context: AppContext, typed: str) -> ResidentsFound:
    found = context.directory.search(typed, MATCHES_SHOWN)
    return ResidentsFound(typed, tuple(_masked(person) for person in found.people), found.more)


def _masked(person: Person) -> MaskedResident:
    return MaskedResident(person.id, person.unit, person.masked_name, person.phone_tail, person.consent, person.reach)


async def _deposit(context: AppContext, effect: DepositEffect) -> EffectResult:
    if not context.couriers.may_sign_in(effect.courier.id):  # disabled since they signed in
        return EffectRefused(RefusalReason.NOT_NOW)
    request = DepositRequest(
        by=f"{COURIER}{effect.courier.id}",
        tracking=effect.tracking,
        size=effect.size,
        company=effect.courier.company,
        courier=effect.courier.name,
        resident=effect.recipient.id,
        consent=effect.consent,
        join=effect.join,
        flags=frozenset({Flag.COLD} if effect.cold else ()),
    )
    answer = await context.commands.deposit(request)
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment)


async def _elsewhere(context: AppContext, deposit: str, again: DepositEffect) -> EffectResult:
    actor = DepositActor(f"{COURIER}{again.courier.id}", again.courier.company)
    await context.commands.cancel(deposit, actor, reason=NotStored.OCCUPIED)
    return await _deposit(context, again)


async def _change(context: AppContext, effect: ChangeEffect) -> EffectResult:
    actor = DepositActor(f"{COURIER}{effect.courier.id}", effect.courier.company)
    if effect.cancel:
        answer = await context.commands.cancel(effect.deposit, actor, reason=effect.reason)
    elif effect.size is not None:
        answer = await context.commands.resize(effect.deposit, effect.size, actor)
    elif _is_stored(context, effect.deposit):  # it was shut meanwhile: from here on the PIN is asked
        return EffectRefused(RefusalReason.NOT_NOW)
    else:
        answer = await context.commands.reopen(effect.deposit, actor)
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment)


async def _reopen(context: AppContext, effect: ReopenEffect) -> EffectResult:
    found = await context.couriers.sign_in(effect.courier.company, effect.pin)
    if found is None or found.id != effect.courier.id:
        return CourierKnown(None)
    by, company = f"{COURIER}{effect.courier.id}", effect.courier.company
    if effect.take_back:
        courier = WithdrawingCourier(by=by, company=company, name=effect.courier.name)
        standing = await context.custody.withdraw(parcel_of_deposit(effect.deposit) or "", courier)
        return DepositTaken(effect.deposit, standing.parcel, standing.compartment)
    answer = await context.commands.reopen(effect.deposit, DepositActor(by, company))
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment)


def _is_stored(context: AppContext, deposit: str) -> bool:
    parcel = context.engine.site.parcels.get(parcel_of_deposit(deposit) or "")
    return parcel is not None and parcel.state is ParcelState.STORED
