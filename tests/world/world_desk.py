"""What passes over the desk of a town, between residents and staff.

Law that is watched here: staff fetch what passes over the desk and nothing else so, and no courier fetches any of it.
"""

from world_truth import Wrong

from locker.core.messages.commands import Deposit
from locker.core.messages.custody_commands import TakeOver
from locker.core.messages.parcel_commands import Book
from locker.core.model import Direction, Size
from locker.core.parcel_words import ParcelType


class Desk:
    """Part of a town."""

    async def leaves_at_the_desk(self, recipient, size, *, by_staff=True, wait=1):
        """A member of staff puts something in for a resident; nobody else may."""
        code, token, hashes = self.new_code()
        parcel = self.name("p")
        command = Deposit(
            by="staff:s",
            staff=by_staff,
            direction=Direction.DESK,
            type=ParcelType.KEY,
            parcel=parcel,
            size=Size(size),
            recipients=(recipient,),
            label_hash="",
            code_hash=hashes.code_hash,
            token_hash=hashes.token_hash,
            sealed=b"sealed",
            tracking="",
            unit="101",
            company="",
            courier="",
        )
        if await self.asks_for_room(command, "parcel", parcel) is None:
            return
        if not by_staff:
            raise Wrong("somebody else put something in over the desk")
        self.parcels[parcel] = (code, token)
        await self.later(1)
        self.finish_at(parcel)
        await self.later(wait)

    async def books_for_staff(self, recipient, size):
        """A resident will bring something for staff; room is kept, and no carrier may fetch it."""
        code, token, hashes = self.new_code()
        parcel = self.name("p")
        command = Book(
            by="token:app",
            parcel=parcel,
            sender=recipient,
            company="",
            size=Size(size),
            type=ParcelType.GOODS,
            declared=None,
            direction=Direction.DESK,
            new_code=hashes,
        )
        if await self.ask(command, "parcel", parcel) is not None:
            self.parcels[parcel] = (code, token)
            self.booked.append(parcel)

    async def staff_take_over(self, parcel, wait=1):
        """Staff fetch something from behind its door."""
        known = self.engine.site.parcels.get(parcel)
        told = await self.ask(TakeOver(by="staff:s", parcel=parcel, pickup=self.name("k")))
        if told is None:
            return
        if known is None or known.direction is not Direction.DESK:
            raise Wrong(f"{parcel} does not pass over the desk, and staff took it")
        await self.later(1)
        self.finish_at(parcel)
        await self.later(wait)
