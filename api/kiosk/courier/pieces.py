"""A shipment of several pieces: each has its label and its door, and they are one for whoever fetches them. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.steps import ChooseSize, CountPieces
from api.kiosk.transitions import Transition, go_to
from api.kiosk.values import ShipmentUnderWay

if TYPE_CHECKING:
    from api.kiosk.courier.messages import DepositEffect, DepositTaken, LabelKnown
    from api.kiosk.messages import Touched
    from api.kiosk.state import KioskState
    from api.kiosk.values import LockerState

MOST_PIECES = 9
"""More than this no courier carries to one door."""


def count_pieces(state: KioskState, step: CountPieces, touched: Touched) -> Transition | None:
    """How many pieces there are, this one among them."""
    match touched.act:
        case "pieces" if touched.value in {str(each) for each in range(2, MOST_PIECES + 1)}:
            return go_to(state, replace(step.previous, pieces=int(touched.value)))
        case "back":
            return go_to(state, step.previous)
        case _:
            return None


def here(shipment: ShipmentUnderWay, locker: LockerState) -> int:
    """How many of its pieces are in the locker."""
    parcels = locker.site.parcels
    return sum(1 for one in shipment.parcels if one in parcels and parcels[one].state.live)


def waits_for_more(state: KioskState, locker: LockerState) -> ShipmentUnderWay | None:
    """The shipment of which a piece is still to come; None when there is none."""
    shipment = state.shipment
    return shipment if shipment is not None and here(shipment, locker) < shipment.pieces else None


def without_given_up(state: KioskState, locker: LockerState) -> KioskState:
    """The shipment without what did not stay, so that the next label is the piece that it is counted as."""
    if state.shipment is None:
        return state
    known = locker.site.parcels
    live = tuple(one for one in state.shipment.parcels if one in known and known[one].state.live)
    return replace(state, shipment=replace(state.shipment, parcels=live))


def next_piece(state: KioskState, tracking: str, known: LabelKnown, locker: LockerState) -> ChooseSize | None:
    """The same recipient and the same yes for the next label of a shipment; None when it is no piece of it."""
    shipment = waits_for_more(state, locker)
    if shipment is None or (known.recipient is not None and known.recipient.id != shipment.recipient.id):
        return None
    size = ChooseSize(tracking, shipment.recipient, shipment.consent, announced=known.size, flags=shipment.flags)
    return replace(size, pieces=shipment.pieces, mark=shipment.mark)


def after_deposit(state: KioskState, effect: DepositEffect, taken: DepositTaken) -> KioskState:
    """The state with this parcel in its shipment; without any where it is a single one."""
    if taken.pieces < 2:
        return replace(state, shipment=None)
    before = state.shipment
    parcels = before.parcels if before is not None and before.mark == taken.mark else ()
    shipment = ShipmentUnderWay(
        taken.mark, taken.pieces, effect.recipient, effect.consent, effect.flags, (*parcels, taken.parcel)
    )
    return replace(state, shipment=shipment)
