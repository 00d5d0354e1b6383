"""A carrier's right is looked at, and once more with each parcel that is put in by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.kiosk.courier.label_effects import masked
from api.kiosk.courier.messages import RightKnown
from api.kiosk.door_status import COURIER, deposits_under_way
from api.kiosk.values import CourierRight, SignedInCourier
from locker.core.deposit_right import RIGHT_ACTOR
from locker.core.reasons import Refused
from locker.core.visit import Open

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.app_context import AppContext
    from api.kiosk.courier.messages import DepositEffect, LabelKnown
    from locker.core.deposit_right import DepositRight
    from locker.core.visit import Visit
    from locker.services.people import Person
    from locker.services.rights import SignedRight


async def show(context: AppContext, text: str, look_up: Callable[[str, str], Awaitable[LabelKnown]]) -> RightKnown:
    """Who may put in by it, and for whom. `look_up`: what is known of a number of a company. Raises Refused."""
    shown = await context.rights.show(text)
    signed = shown.signed
    known = await look_up(signed.tracking, signed.right.company) if signed.tracking else None
    return RightKnown(courier_by(context, text, signed), label=known)


def courier_by(context: AppContext, text: str, signed: SignedRight) -> SignedInCourier:
    """Whoever shows this right, as a screen knows them: a company, and the carrier's number of the right for a name."""
    right, people = signed.right, tuple(masked(context, each) for each in _people(context, signed))
    shown = CourierRight(text, right.name, right.uses, right.size, right.door, signed.tracking, people)
    return SignedInCourier(RIGHT_ACTOR.removeprefix(COURIER) + right.company, right.company, right.name, shown)


def under_way(context: AppContext, text: str) -> tuple[Visit, str, SignedInCourier] | None:
    """The open door at which the courier of this right stood when the screen was lost, its parcel, and the courier."""
    try:
        signed = context.rights.believed(text)
    except Refused:
        return None
    site = context.engine.site
    for visit in deposits_under_way(site):
        parcel = visit.parcel
        if parcel is not None and isinstance(visit.last, Open):
            known = site.parcels.get(parcel)
            if known is not None and known.deposit_right == signed.right.id:
                return visit, parcel, courier_by(context, text, signed)
    return None


async def right_for(context: AppContext, effect: DepositEffect) -> DepositRight | None:
    """The right that this parcel is put in by, None for a courier with an account.

    Raises Refused where the right is for another parcel or another recipient, or is believed no more.
    """
    if effect.courier.right is None:
        return None
    return await context.rights.again(effect.courier.right.text, effect.tracking, effect.recipient.id)


def _people(context: AppContext, signed: SignedRight) -> list[Person]:
    return [one for each in context.rights.people(signed) if (one := context.directory.get(each)) is not None]
