"""What couriers' screens ask for is performed here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from api.kiosk.courier import (
    contact_effects,
    fetch_effects,
    label_effects,
    label_picture,
    right_effects,
    round_effects,
    word_effects,
)
from api.kiosk.courier.fetch_steps import FetchDoor
from api.kiosk.courier.label_effects import masked
from api.kiosk.courier.messages import (
    BadgeEffect,
    BadgeKnown,
    ChangeEffect,
    ContactEffect,
    CourierEffect,
    CourierKnown,
    DeclineEffect,
    DepositEffect,
    DepositTaken,
    DeskEffect,
    ElsewhereEffect,
    EndRoundEffect,
    LabelEffect,
    LabelKnown,
    PhotoLabelEffect,
    ReopenEffect,
    ResidentsFound,
    RightEffect,
    RightKnown,
    SearchEffect,
    SignDepositEffect,
    SignInEffect,
    TakeOutEffect,
    TellEffect,
    TermsEffect,
)
from api.kiosk.courier.shipment_details import as_details, shipment_of
from api.kiosk.courier.steps import DepositDoor, DepositIntent
from api.kiosk.door_status import COURIER, deposits_under_way
from api.kiosk.messages import EffectRefused, EffectResult, NoteRecorded
from api.kiosk.values import SignedInCourier
from locker.core.model import Consent, ParcelState, parcel_of_deposit
from locker.core.parcels.expected import announced_parcel
from locker.core.reasons import NotStored, RefusalReason, Refused
from locker.core.visit import Open
from locker.journal.history import deposit_start, parcel_row
from locker.services.command_service import DepositActor, DepositRequest
from locker.services.custody_service import WithdrawingCourier
from locker.services.evidence import BadSignature, keep_signature, keep_unsigned
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from api.app_context import AppContext
    from locker.core.visit import Visit
    from locker.services.people import Courier

MATCHES_SHOWN = 3


async def perform(  # noqa: C901, PLR0912  one arm an effect
    context: AppContext, effect: CourierEffect
) -> EffectResult:
    """Do what an effect asks for. Raises Refused."""
    if isinstance(effect, TakeOutEffect):
        return await fetch_effects.perform(context, effect)
    match effect:
        case SignInEffect():
            return await _sign_in(context, effect)
        case TermsEffect() | TellEffect():
            return await word_effects.perform(context, effect)
        case BadgeEffect(text=text):
            return await _badge(context, text)
        case RightEffect(text=text):
            return await _right(context, text)
        case LabelEffect():
            return await _label(context, effect)
        case DeclineEffect() | ContactEffect():
            return await contact_effects.keep(context, effect)
        case PhotoLabelEffect(courier=courier):
            return await label_picture.take(context, courier)
        case SignDepositEffect():
            return await _sign_deposit(context, effect)
        case DeskEffect():
            return _desk(context)
        case SearchEffect(typed=typed):
            return _search(context, typed)
        case DepositEffect():
            return await _deposit(context, effect)
        case ChangeEffect():
            return await _change(context, effect)
        case ElsewhereEffect(deposit=deposit, again=again):
            return await _elsewhere(context, deposit, again)
        case EndRoundEffect():
            return await round_effects.end(context, effect)
        case ReopenEffect():
            return await _reopen(context, effect)
        case _:
            assert_never(effect)


async def _sign_in(context: AppContext, effect: SignInEffect) -> CourierKnown:
    found = await context.couriers.sign_in(effect.company, effect.pin)
    if found is None or effect.badge not in {"", found.id}:
        return CourierKnown(None)
    if not effect.badge and context.couriers.badges.needed(found.id):
        return CourierKnown(None, badge_first=True)
    return await _signed_in(context, found)


async def _badge(context: AppContext, text: str) -> CourierKnown | BadgeKnown:
    found = context.couriers.of_badge(text)
    if found is None:
        return CourierKnown(None)
    courier, badge = found
    if badge.alone:
        return await _signed_in(context, courier)
    return BadgeKnown(SignedInCourier(courier.id, courier.company, courier.name))


async def _right(context: AppContext, text: str) -> RightKnown:
    there = right_effects.under_way(context, text)
    if there is not None:
        visit, parcel, courier = there
        door = await _door_again(context, visit, parcel)
        if door is not None:
            return RightKnown(courier, door=door)
    return await right_effects.show(
        context, text, lambda tracking, company: _label(context, LabelEffect(tracking, company))
    )


async def _signed_in(context: AppContext, found: Courier) -> CourierKnown:
    courier = SignedInCourier(found.id, found.company, found.name)
    stored, fetched = await round_effects.so_far(context, found.id)
    door = await door_of(context, found.id)
    return CourierKnown(courier, door, stored, fetched, terms=await word_effects.terms_of(context, found.id))


async def door_of(context: AppContext, courier: str) -> DepositDoor | FetchDoor | None:
    """The open door at which this courier stood when the screen was lost, bringing a parcel or taking one out."""
    by = f"{COURIER}{courier}"
    taking = await fetch_effects.door_of(context, by)
    if taking is not None:
        return taking
    for visit in deposits_under_way(context.engine.site):
        parcel = visit.parcel
        if parcel is None or not isinstance(visit.last, Open) or visit.leaving in fetch_effects.TAKEN_OUT:
            continue
        if await courier_of(context, visit.id) == by:
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
    return DepositDoor(visit.id, parcel, visit.compartment, row["tracking"], masked(context, person), consent, intent)


async def courier_of(context: AppContext, deposit: str) -> str:
    """Who began a deposit at the kiosk, as the journal names them; an empty text for a deposit of a machine."""
    begun = await context.journal.read(lambda db: deposit_start(db, parcel_of_deposit(deposit) or ""))
    return begun.by if begun is not None and begun.by.startswith(COURIER) else ""


async def _label(context: AppContext, effect: LabelEffect) -> LabelKnown:
    if effect.declined is not None:
        await contact_effects.keep(context, effect.declined)
    label, site = context.vault.label_hash(effect.tracking), context.engine.site
    if any(each.state.live and each.label_hash == label for each in site.parcels.values()):
        return LabelKnown(here=True)
    announced = announced_parcel(site, label)
    told = label_effects.of_label(context, effect.label)
    if announced is None or folded_name(announced.company) != folded_name(effect.company):
        return told
    people = [found for each in announced.recipients if (found := context.directory.get(each)) is not None]
    if not people:
        return told
    resident = masked(context, people[0])
    return replace(told, recipient=resident, size=announced.size, flags=told.flags or tuple(sorted(announced.flags)))


async def _sign_deposit(context: AppContext, effect: SignDepositEffect) -> NoteRecorded | EffectRefused:
    """Keep the signature under the deposit's id, or that nobody signed. Raises Refused while sealed."""
    about, by = (effect.parcel, effect.compartment, effect.deposit), f"{COURIER}{effect.courier.id}"
    if effect.points is None:
        await keep_unsigned(context.engine, *about, by)
        return NoteRecorded()
    try:
        await keep_signature(context.engine, *about, effect.points, by)
    except BadSignature:
        return EffectRefused(RefusalReason.NOT_NOW)
    return NoteRecorded()


def _desk(context: AppContext) -> ResidentsFound:
    """Who takes in what is for nobody in the list. Raises Refused where no card of that unit agrees."""
    agreed = [each for each in context.directory.find(context.kiosk.unknown_unit) if each.consent]
    if not agreed:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    return ResidentsFound("", (masked(context, agreed[0]),), 0)


def _search(context: AppContext, typed: str) -> ResidentsFound:
    found = context.directory.search(typed, MATCHES_SHOWN)
    return ResidentsFound(typed, tuple(masked(context, person) for person in found.people), found.more)


async def _deposit(context: AppContext, effect: DepositEffect) -> EffectResult:
    right = await right_effects.right_for(context, effect)
    if right is None and not context.couriers.may_put_in(effect.courier.id):  # disabled since they signed in
        return EffectRefused(RefusalReason.NOT_NOW)
    if effect.pin:
        found = await context.couriers.sign_in(effect.courier.company, effect.pin)
        if found is None or found.id != effect.courier.id:
            return CourierKnown(None)
    mark, piece, pieces = shipment_of(context, effect)
    request = DepositRequest(
        by=f"{COURIER}{effect.courier.id}",
        tracking=effect.tracking,
        size=effect.size,
        company=effect.courier.company,
        courier=effect.courier.name,
        resident=effect.recipient.id,
        consent=effect.consent,
        join=effect.join,
        flags=frozenset(effect.flags),
        confirmed=bool(effect.pin) or effect.confirmed,
        details=as_details(mark, piece, pieces, effect.weight_g),
        right=right,
    )
    try:
        answer = await context.commands.deposit(request)
    except Refused as refused:
        if right is not None:
            await context.rights.turned_away(right, refused.reason)
        raise
    await label_picture.keep_with_parcel(context, effect, answer)
    return DepositTaken(answer.deposit, answer.parcel, answer.compartment, mark, pieces)


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
