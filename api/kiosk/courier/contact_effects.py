"""What a courier says before a door opens, kept: a call and its answer, a parcel that stays outside and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from api.kiosk.courier.messages import ContactEffect, DeclineEffect, WordKept
from api.kiosk.door_status import COURIER
from locker.core.events.courier_events import ContactTried, ParcelNotAccepted

if TYPE_CHECKING:
    from api.app_context import AppContext


async def keep(context: AppContext, effect: ContactEffect | DeclineEffect) -> WordKept:
    """Record it. Raises Refused while sealed."""
    by, company = f"{COURIER}{effect.courier.id}", effect.courier.company
    match effect:
        case ContactEffect(recipient=recipient, answer=answer, tracking=tracking):
            label = context.vault.label_hash(tracking)
            event = ContactTried(company=company, recipients=(recipient,), answer=answer, label_hash=label)
            await context.engine.record(event, by)
        case DeclineEffect(recipient=recipient, reason=reason):
            people = (recipient,) if recipient else ()
            await context.engine.record(ParcelNotAccepted(company=company, recipients=people, reason=reason), by)
        case _:
            assert_never(effect)
    return WordKept(context.engine.now())
