"""Forgetting a resident, by their own wish or that of staff (R25). What is kept of parcels names nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.service_events import ResidentErased
from locker.core.model import ParcelState
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.engine import Engine
    from locker.services.people.resident_wishes import WishRegister
    from locker.services.people.residents import ResidentDirectory


def still_needed(site: Site, resident: str) -> list[str]:
    """Parcels for which this resident must still be known: those in the cabinet, and those on their way."""
    kept = [each for each in site.parcels.values() if each.state.live or each.state is ParcelState.EXPECTED]
    return sorted(each.id for each in kept if resident in each.recipients)


async def erase_resident(
    engine: Engine, directory: ResidentDirectory, wishes: WishRegister, resident: str, by: str
) -> None:
    """Forget all about this resident. Raises Refused: not-now while a parcel waits for them, unknown for nobody."""

    def work(_db: Database, _now: datetime) -> tuple[ResidentErased, None]:
        # Nothing is decided meanwhile, so that no parcel can come for somebody who is being forgotten.
        if resident not in engine.site.residents:
            raise Refused(RefusalReason.UNKNOWN)
        if still_needed(engine.site, resident):
            raise Refused(RefusalReason.NOT_NOW)
        return ResidentErased(resident=resident), None

    await engine.record_with(work, by)
    wishes.forget(resident)
    await directory.refresh(resident)
