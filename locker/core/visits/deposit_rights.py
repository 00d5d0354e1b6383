"""What a carrier's right may do: put a parcel in, so often as it says, and nothing else.

A use is taken with the deposit. A courier who changes their mind has used it, as a code is used that opened a door. It
comes back where the cabinet failed: no door opened, or something lay behind it; never more often than it has uses. A
parcel that does not fit goes on in a larger compartment, never in one of its size or a smaller one. So a right begins
at most twice as many deposits as it names parcels, and none of them opens one door after the other for ever. A backup
that is put in place does not know what was used since: a right that was made before is taken no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.deposit_right import EVERY_RIGHT, RIGHT_ACTOR
from locker.core.events.right_events import DepositRightReturned, DepositRightUsed
from locker.core.messages.commands import Cancel, Deposit, Reopen, Resize
from locker.core.model import ParcelState
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.deposit_right import DepositRight
    from locker.core.messages.commands import AnyCommand
    from locker.core.model import Parcel, Site, Size
    from locker.core.outcome import Draft


def only_puts_in(site: Site, command: AnyCommand) -> None:
    """Raises Refused for whatever somebody with a right asks that is not about the parcel that they are putting in."""
    if not command.by.startswith(RIGHT_ACTOR):
        return
    match command:
        case Deposit(right=right) if right is not None:
            return
        case Cancel(parcel=name) | Resize(parcel=name) | Reopen(parcel=name, take_back=False):
            parcel = site.parcels.get(name)
            if parcel is not None and parcel.state is ParcelState.DEPOSITING and parcel.deposit_right:
                return
        case _:
            pass
    raise Refused(RefusalReason.RIGHT_ONLY_DEPOSITS)


def must_stand(site: Site, right: DepositRight, now: datetime) -> None:
    """Raises Refused for a right that ended, was revoked, or has no use left."""
    known = site.rights.get(right.id)
    if known is not None and known.revoked_at is not None:
        raise Refused(RefusalReason.RIGHT_REVOKED)
    restored = site.rights.get(EVERY_RIGHT)
    if restored is not None and restored.revoked_at is not None and (right.made_at or now) <= restored.revoked_at:
        raise Refused(RefusalReason.RIGHT_REVOKED)
    if now >= right.until:
        raise Refused(RefusalReason.RIGHT_EXPIRED)
    if uses_left(site, right) == 0:
        raise Refused(RefusalReason.RIGHT_USED)


def uses_left(site: Site, right: DepositRight) -> int:
    """How many parcels may still be put in by it."""
    return uses_left_of(site, right.id, right.uses)


def uses_left_of(site: Site, name: str, uses: int) -> int:
    """How many parcels may still be put in by what is counted under this name and says that it has so many uses."""
    known = site.rights.get(name)
    return uses if known is None else max(0, min(uses, known.uses or uses) - known.used)


def use(draft: Draft, right: DepositRight, parcel: str) -> None:
    """Count one use, for this parcel."""
    draft.add(
        DepositRightUsed(
            right=right.id,
            company=right.company,
            name=right.name,
            parcel=parcel,
            uses=right.uses,
            until=right.until,
            size=right.size.value if right.size is not None else "",
            door=right.door,
        )
    )


def must_cover(site: Site, parcel: Parcel, size: Size) -> None:
    """Raises Refused where the right that this parcel is put in by is for another size, or for its door alone."""
    known = site.rights.get(parcel.deposit_right)
    if known is not None and (known.door or (known.size and known.size != size.value)):
        raise Refused(RefusalReason.RIGHT_OTHER_DOOR)


def must_be_larger(parcel: Parcel, size: Size) -> None:
    """Raises Refused where whoever has a right would go from door to door with one parcel: only a larger one is new."""
    if parcel.deposit_right and size.rank <= parcel.size.rank:
        raise Refused(RefusalReason.RIGHT_OTHER_DOOR)


def give_back(draft: Draft, parcel: Parcel) -> None:
    """The cabinet failed: the use that this parcel took is there again, if the right was not helped so often before."""
    known = draft.site.rights.get(parcel.deposit_right)
    if known is not None and known.used and known.given_back < known.uses:
        draft.add(
            DepositRightReturned(right=known.id, company=known.company, name=known.name, parcel=parcel.id),
        )
