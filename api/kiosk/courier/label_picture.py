"""A label without a barcode: the kiosk's camera pictures it, and the picture gives the parcel its number."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from api.kiosk.courier.messages import LabelPhotographed
from api.kiosk.door_status import COURIER
from locker.core.events.courier_events import LabelPictured
from locker.core.events.picture_events import SnapshotTaken
from locker.core.events.record import rfc3339
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.journal.history import deposit_start, label_picture, last_label_picture
from locker.services.evidence import SnapshotStore

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.courier.messages import DepositEffect
    from api.kiosk.values import SignedInCourier
    from locker.core.messages.commands import DepositAnswer

_log = logging.getLogger(__name__)

PREFIX = "L-"
"""How the number of such a parcel begins; the rest is the number of the event of its picture."""
NUMBER = re.compile(rf"{PREFIX}([0-9]{{4,18}})", re.ASCII)
"""Such a number; a carrier's own that begins like it may be longer than any event's."""
CAUSE = "label"


async def take(context: AppContext, courier: SignedInCourier) -> LabelPhotographed:
    """Take the picture and keep it; nothing when the camera gives none. Raises Refused while sealed."""
    if context.camera is None:
        return LabelPhotographed()
    day = rfc3339(context.engine.now())[:10]
    try:
        picture = await context.camera.still()
        saved = await asyncio.to_thread(SnapshotStore(context.journal.folder).save, picture, day)
    except (HardwareFault, OSError) as fault:
        _log.warning("no picture of a label: %s", fault)
        return LabelPhotographed()
    by = f"{COURIER}{courier.id}"
    await context.engine.record(LabelPictured(company=courier.company, sha256=saved.sha256), by)
    of = await context.journal.read(lambda db: last_label_picture(db, by))
    taken = SnapshotTaken(
        compartment="", parcel="", cause=CAUSE, of=of, sha256=saved.sha256, day=saved.day, size=saved.size
    )
    await context.engine.record(taken, by)
    return LabelPhotographed(saved.sha256, saved.day, f"{PREFIX}{of:04}")


async def keep_with_parcel(context: AppContext, effect: DepositEffect, answer: DepositAnswer) -> None:
    """The picture that gave this parcel its number stands with the parcel too; no door waits for that to work."""
    number, by = NUMBER.fullmatch(effect.tracking), f"{COURIER}{effect.courier.id}"
    if number is None:
        return
    found = await context.journal.read(lambda db: label_picture(db, int(number[1]), by))
    begun = await context.journal.read(lambda db: deposit_start(db, answer.parcel))
    if found is None or begun is None:
        return
    sha256, day, size = found
    taken = SnapshotTaken(
        compartment=answer.compartment,
        parcel=answer.parcel,
        cause=CAUSE,
        of=begun.seq,
        sha256=sha256,
        day=day,
        size=size,
    )
    try:
        await context.engine.record(taken, by)
    except Refused:
        _log.warning("the picture of a label is not recorded with its parcel")
