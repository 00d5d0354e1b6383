"""What is asked of the locker about a courier's round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.kiosk.courier.messages import EndRoundEffect, MissingFound, RoundEnded
from api.kiosk.courier.round_steps import MissingParcel, RoundCounts, RoundReceipt
from api.kiosk.door_status import COURIER
from api.kiosk.values import FetchedParcel, StoredParcel
from locker.core.parcel_words import MissingReason
from locker.core.reasons import Refused
from locker.journal.store import CannotWrite, JournalBroken
from locker.services.handover import end_round, missing, missing_parcels, round_of_courier

if TYPE_CHECKING:
    from api.app_context import AppContext
    from locker.services.handover import CourierRound, Receipt

LINES_IN_PROOF = 20


async def end(context: AppContext, effect: EndRoundEffect) -> RoundEnded | MissingFound:
    """Make the receipt, once there is a reason for all that did not come. Raises Refused while sealed."""
    courier, now = effect.courier, context.engine.now()
    by = f"{COURIER}{courier.id}"
    done = await round_of_courier(context.journal, by, now)
    if done.empty:
        return RoundEnded(None)
    counts = RoundCounts(len(done.stored), len(done.taken_back), len(done.handed_over))
    reasons, absent = dict(effect.reasons), missing(context.engine.site, courier.company, now)
    if unexplained := [one for one in absent if one not in reasons]:
        known = await missing_parcels(context.journal, unexplained)
        return MissingFound(tuple(MissingParcel(one.parcel, one.unit, one.tracking) for one in known), counts)
    for one in await missing_parcels(context.journal, [one for one in absent if reasons[one] is MissingReason.AT_DOOR]):
        await context.custody.end_expected(one.tracking, by, staff=True)
    receipt = await end_round(context.engine, context.journal, done, reasons, (by, courier.company))
    checkpoint = await _checkpoint(context)
    proof = _proof(context, done, receipt, checkpoint)
    return RoundEnded(RoundReceipt(receipt.code, proof, counts, len(reasons), checkpoint))


async def _checkpoint(context: AppContext) -> str:
    """What the log is now, signed; a receipt without it is one as well."""
    try:
        return await context.proof.receipt()
    except (CannotWrite, JournalBroken, Refused):
        return ""


def _proof(context: AppContext, done: CourierRound, receipt: Receipt, checkpoint: str) -> str:
    """What a phone keeps of the round: the site, the code, the hash of its event, and each parcel by door and end."""
    groups = (("+", done.stored), ("-", done.taken_back), (">", done.handed_over))
    lines = [f"{sign} {one.door} {one.tracking[-5:]}" for sign, group in groups for one in group]
    head = f"{context.site.name}\n{receipt.code} {receipt.at}\n{receipt.hash}\n{checkpoint}".rstrip()
    return "\n".join([head, *lines[:LINES_IN_PROOF]])


async def so_far(context: AppContext, courier: str) -> tuple[tuple[StoredParcel, ...], tuple[FetchedParcel, ...]]:
    """The round of a courier who signs in again: it goes on."""
    done = await round_of_courier(context.journal, f"{COURIER}{courier}", context.engine.now())
    stored = tuple(StoredParcel(one.door, one.unit, one.tracking, one.parcel) for one in done.stored)
    back = tuple(FetchedParcel(one.door, one.unit, one.parcel, goes_out=False) for one in done.taken_back)
    along = tuple(FetchedParcel(one.door, one.unit, one.parcel, goes_out=True) for one in done.handed_over)
    return stored, (*along, *back)
