"""What the right says by which somebody puts in: how often, which parcel, for whom, behind which doors. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locker.core.deposit_right import right_id
from locker.core.model import Seen, Use
from locker.text_folding import folded_tracking

if TYPE_CHECKING:
    from api.kiosk.courier.messages import LabelKnown
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
    one = state.recent[0] if right is not None and right.named and len(state.recent) == 1 else None
    return known if one is None or known.recipient is not None else replace(known, recipient=one)


def uses_left(state: KioskState, locker: LockerState) -> int:
    """How many parcels the right that is shown still puts in."""
    right, courier = right_of(state), state.courier
    if right is None or courier is None:
        return 0
    known = locker.site.rights.get(right_id(courier.company, right.name))
    return right.uses if known is None else max(0, min(right.uses, known.uses or right.uses) - known.used)


def covered(state: KioskState, locker: LockerState) -> LockerState:
    """The locker as a right sees it that is for one size or one door: nothing else is free."""
    right = right_of(state)
    if right is None:
        return locker
    door = locker.site.compartments.get(right.door)
    if door is not None:
        count = int(door.use is Use.FREE and door.seen is Seen.SHUT)
        return replace(locker, free={door.size: count})
    return locker if right.size is None else replace(locker, free=_only(right.size, locker))


def _only(size: Size, locker: LockerState) -> dict[Size, int]:
    return {size: locker.free.get(size, 0)}
