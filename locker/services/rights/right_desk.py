"""Where a carrier's right is shown: believed or not, and why; what was used, and what is revoked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.deposit_right import EVERY_RIGHT, LONGEST_LIFE, KnownRight, right_id
from locker.core.events.right_events import DepositRightRefused, DepositRightRevoked, DepositRightsForgotten
from locker.core.reasons import RefusalReason, Refused
from locker.core.visits.code_throttle import must_not_wait
from locker.core.visits.deposit_rights import must_stand, uses_left
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.rights.carrier_keys import CarrierKeys
from locker.services.rights.signed_right import SKEW, SignedRight, must_be_for, must_be_good, read_right
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from locker.core.deposit_right import DepositRight
    from locker.engine import Engine
    from locker.journal.store import Journal

    Meant = Callable[[str | None, str | None, str | None], tuple[str, ...]]

ONCE_IN = timedelta(hours=1)
"""The same right refused for the same reason is recorded so often at most."""
LISTED = 100
MOST_REVOKED = 1000
"""So many of one company that were never shown: a stolen token fills no memory, and ending the key does more."""
BY = "retention"
_MOST_KNOWN = 500
_GUESSES = frozenset({RefusalReason.RIGHT_CARRIER, RefusalReason.RIGHT_SIGNATURE})
_OF_A_RIGHT = frozenset(each for each in RefusalReason if each.value.startswith("right-"))


class TooManyRevoked(LockerError):
    """So many rights of this company were called back before they were shown: its key is to be ended instead."""


@dataclass(frozen=True, slots=True)
class ShownRight:
    """A right that puts something in now; `left`: so many parcels."""

    signed: SignedRight
    left: int


class RightDesk:
    """Lives on the loop. `may_put_in`: whether couriers of a company put in here at all.

    `meant`: the ids of residents whom a unit, a name and a phone mean.
    """

    def __init__(
        self, engine: Engine, journal: Journal, locker: str, may_put_in: Callable[[str], bool], meant: Meant
    ) -> None:
        self._engine = engine
        self.keys = CarrierKeys(journal, engine)
        self._locker = locker
        self._may_put_in = may_put_in
        self._meant = meant
        self._one_at_a_time = asyncio.Lock()
        self._lately: dict[tuple[str, str], datetime] = {}

    async def show(self, text: str, kiosk: str = "kiosk") -> ShownRight:
        """What a reader has read of a QR. Raises Refused with why it puts nothing in, and records that.

        What is not signed counts as a wrong code does, in a bucket of its own: nobody else waits for it. For somebody
        whom nobody here knows it is good and puts nothing in: unknown-recipient, which is not recorded.
        """
        source = f"right:{kiosk}"
        async with self._one_at_a_time:
            must_not_wait(self._engine.site.buckets.get(source), self._engine.now())
            try:
                signed = self.believed(text)
            except Refused as refused:
                await self._keep(refused.reason, None, source if refused.reason in _GUESSES else "")
                raise
            try:
                self._must_be_good(signed)
            except Refused as refused:
                await self._keep(refused.reason, signed.right)
                raise
        if signed.names_somebody and not self.people(signed):
            raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
        return ShownRight(signed, uses_left(self._engine.site, signed.right))

    def people(self, signed: SignedRight) -> tuple[str, ...]:
        """Ids of the residents whom it is for, as far as they are known here; none where it names nobody."""
        if not signed.names_somebody:
            return ()
        return self._meant(signed.unit or None, signed.name or None, signed.phone or None)

    def believed(self, text: str) -> SignedRight:
        """What its carrier signed, good or not. Raises Refused for what none of a known carrier's keys signed."""
        signed = read_right(text, self.keys.of)
        if not self._may_put_in(signed.right.company):
            raise Refused(RefusalReason.RIGHT_CARRIER)
        return signed

    async def again(self, text: str, tracking: str, recipient: str) -> DepositRight:
        """The right that was shown before, for this parcel put in now: its carrier's key may be gone meanwhile.

        Raises Refused, recorded: also right-other-parcel, for another parcel or recipient than it names. Whether it has
        a use left, is revoked or has ended is decided with the deposit.
        """
        signed = None
        try:
            signed = self.believed(text)
            self._must_be_meant(signed)
            must_be_for(signed, tracking, recipient, self.people(signed))
        except Refused as refused:
            await self._keep(refused.reason, signed.right if signed is not None else None)
            raise
        return signed.right

    def _must_be_good(self, signed: SignedRight) -> None:
        self._must_be_meant(signed)
        must_stand(self._engine.site, signed.right, self._engine.now())

    def _must_be_meant(self, signed: SignedRight) -> None:
        if self._engine.clock_disbelieved:
            raise Refused(RefusalReason.RIGHT_CLOCK)
        must_be_good(signed, self._locker, self._engine.now())
        if signed.right.door and signed.right.door not in self._engine.site.compartments:
            raise Refused(RefusalReason.RIGHT_OTHER_DOOR)

    async def turned_away(self, right: DepositRight, reason: RefusalReason) -> None:
        """Record that this right opened nothing, where that was why."""
        if reason in _OF_A_RIGHT:
            await self._keep(reason, right)

    async def _keep(self, reason: RefusalReason, right: DepositRight | None, source: str = "") -> None:
        """Record it; a cabinet that cannot record refuses all the same."""
        same, now = (right.id if right is not None else "", reason.value), self._engine.now()
        if not source and same in self._lately and now - self._lately[same] < ONCE_IN:
            return
        self._lately.pop(same, None)
        while len(self._lately) >= _MOST_KNOWN:
            del self._lately[next(iter(self._lately))]
        self._lately[same] = now
        company, name = (right.company, right.name) if right is not None else ("", "")
        refused = DepositRightRefused(reason=reason.value, company=company, name=name, source=source)
        with suppress(Refused, CannotWrite):
            await self._engine.record(refused, "kiosk")

    async def revoke(self, company: str, name: str, by: str) -> KnownRight:
        """Let this right put nothing in any more; one that is revoked stays so. Raises Refused while sealed.

        One that was never shown here is known from now on for as long as any right of today can be good. Raises
        TooManyRevoked where a company has so many of those that its key is to be ended instead.
        """
        company = self.keys.spelling(company)
        found = right_id(company, name)
        known = self._engine.site.rights.get(found)
        if known is None and sum(1 for each in self._of(company) if not each.uses) >= MOST_REVOKED:
            raise TooManyRevoked
        if known is None or known.revoked_at is None:
            until = self._engine.now() + LONGEST_LIFE + SKEW
            await self._engine.record(DepositRightRevoked(right=found, company=company, name=name, until=until), by)
        return self._engine.site.rights[found]

    def listed(self, company: str | None = None) -> list[KnownRight]:
        """What was used or revoked lately, of one company or of all, the last first."""
        return sorted(self._of(company), key=_touched, reverse=True)[:LISTED]

    def _of(self, company: str | None) -> list[KnownRight]:
        same = None if company is None else folded_name(company)
        known = (each for each in self._engine.site.rights.values() if each.id != EVERY_RIGHT)
        return [each for each in known if same in {None, folded_name(each.company)}]

    async def let_go(self, before: datetime) -> int:
        """Count no more what ended before that moment; no picture goes with it. Raises Refused while sealed."""
        if any(each.until < before for each in self._engine.site.rights.values()):
            await self._engine.record(DepositRightsForgotten(before=before), BY)
        return 0


def _touched(right: KnownRight) -> tuple[datetime, str]:
    touched = [each for each in (right.used_at, right.revoked_at) if each is not None]
    return max(touched, default=right.until), right.id
