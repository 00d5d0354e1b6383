"""What the right says by which somebody puts in: how often, which parcel, for whom, behind which doors. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.recipient import named_by
from api.kiosk.courier.steps import ChooseSize
from api.kiosk.messages import EffectRefused
from locker.core.deposit_right import right_id
from locker.core.model import Seen, Use
from locker.core.visits.deposit_rights import uses_left_of
from locker.text_folding import folded_tracking

if TYPE_CHECKING:
    from api.kiosk.courier.messages import LabelKnown, ResidentsFound
    from api.kiosk.state import KioskState
    from api.kiosk.values import CourierRight, LockerState
    from locker.core.model import Size


def right_of(state: KioskState) -> CourierRight | None:
    """The right by which whoever stands here puts in; None for nobody, and for a courier with an account."""
    return None if state.courier is None else state.courier.right


def may_bring(state: KioskState, tracking: str) -> bool:
    """False for another parcel than the one that the right is for."""
    right = right_of(state)
    return right is None or not right.tracking or folded_tracking(right.tracking) == folded_tracking(tracking)


def filled_in(state: KioskState, known: LabelKnown) -> LabelKnown:
    """What is known of a number, and for whom it is where the right says that of one person."""
    right = right_of(state)
    one = right.people[0] if right is not None and len(right.people) == 1 else None
    return known if one is None or known.recipient is not None else replace(known, recipient=one)


def told(state: KioskState, found: ResidentsFound | EffectRefused) -> ResidentsFound | EffectRefused:
    """Of those who fit what was typed whoever shows a right sees the people it is for, or whom the keys name whole.

    Nobody here knows them: a right, or a picture of one, is no way to read who lives in the house.
    """
    right = right_of(state)
    if right is None or isinstance(found, EffectRefused):
        return found
    meant = {each.id for each in right.people}
    seen = tuple(each for each in found.matches if (each.id in meant if meant else named_by(found.typed, each)))
    return replace(found, matches=seen, more=0)


def uses_left(state: KioskState, locker: LockerState) -> int:
    """How many parcels the right that is shown still puts in."""
    right, courier = right_of(state), state.courier
    if right is None or courier is None:
        return 0
    return uses_left_of(locker.site, right_id(courier.company, right.name), right.uses)


def covered(state: KioskState, locker: LockerState) -> LockerState:
    """The locker as a right sees it that is for one size or one door: nothing else is free.

    What does not fit goes on in a larger compartment, so then none of its size and no smaller one is.
    """
    right = right_of(state)
    if right is None:
        return locker
    if isinstance(state.step, ChooseSize) and state.step.door is not None:
        parcel = locker.site.parcels.get(state.step.door.parcel)
        rank = -1 if parcel is None else parcel.size.rank
        locker = replace(locker, free={size: n if size.rank > rank else 0 for size, n in locker.free.items()})
    door = locker.site.compartments.get(right.door)
    if door is not None:
        count = int(door.use is Use.FREE and door.seen is Seen.SHUT)
        return replace(locker, free={door.size: count})
    return locker if right.size is None else replace(locker, free=_only(right.size, locker))


def _only(size: Size, locker: LockerState) -> dict[Size, int]:
    return {size: locker.free.get(size, 0)}
