"""Which piece of a shipment a parcel is, kept with the parcel: what its number says, else what its courier says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from locker.labels import piece_of

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.courier.messages import DepositEffect

MARK_LENGTH = 16


def shipment_of(context: AppContext, effect: DepositEffect) -> tuple[str, int, int]:
    """The mark of the shipment, which piece, of how many; an empty mark for a single parcel."""
    told = piece_of(effect.tracking)
    if told is not None:
        return context.vault.label_hash(told.shipment)[:MARK_LENGTH], told.piece, told.pieces
    if effect.pieces > 1:
        return effect.mark or context.engine.new_id("s"), effect.piece, effect.pieces
    return "", 1, 1


def as_details(mark: str, piece: int, pieces: int, weight_g: int | None) -> str:
    """The same, and what its label says that it weighs, as details of the parcel; an empty text for neither."""
    shipment = {"piece": piece, "pieces": pieces, "shipment": mark} if mark else {}
    weight = {} if weight_g is None else {"weight_g": weight_g}
    said = {**shipment, **weight}
    return json.dumps(said, separators=(",", ":"), sort_keys=True) if said else ""
