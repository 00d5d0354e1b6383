"""What a recipient says of the parcel in hand, performed: it is accepted, it is signed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.kiosk.door_status import SOURCE
from api.kiosk.messages import EffectRefused, NoteRecorded
from locker.core.reasons import RefusalReason, Refused
from locker.services.evidence import BadSignature, keep_signature, keep_unsigned
from locker.services.parcel_service import Caller

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.messages import AcceptEffect, SignEffect


async def accept_parcel(context: AppContext, effect: AcceptEffect) -> NoteRecorded:
    """Note that all is well. A visit that has ended meanwhile was accepted by rule. Raises Refused."""
    try:
        await context.parcels.accept(effect.pickup, effect.parcel, Caller(by=SOURCE))
    except Refused as refused:
        if refused.reason is not RefusalReason.UNKNOWN:
            raise
    return NoteRecorded()


async def sign_parcel(context: AppContext, effect: SignEffect) -> NoteRecorded | EffectRefused:
    """Keep the signature, or that somebody could not sign. Raises Refused while sealed."""
    about = effect.parcel, effect.compartment, effect.pickup
    if effect.points is None:
        await keep_unsigned(context.engine, *about, SOURCE)
        return NoteRecorded()
    try:
        await keep_signature(context.engine, *about, effect.points, SOURCE)
    except BadSignature:
        return EffectRefused(RefusalReason.NOT_NOW)
    return NoteRecorded()
