"""What people of a town do beside bringing and fetching one parcel: sharing doors, second thoughts, what goes out."""

from datetime import timedelta

from world_truth import Wrong, loads

from locker.core.messages.command import NewCode
from locker.core.messages.commands import Collect
from locker.core.messages.parcel_commands import (
    Accept,
    AddDelegate,
    Book,
    EndCredential,
    HandOver,
    PutBack,
    Reject,
    ReplaceCode,
)
from locker.core.model import ParcelState, Size
from locker.core.parcel_words import OutboundType, RejectReason

CARRIER = "token:carrier"


class Directions:
    """Part of a town. `sent`: who was sent for a parcel, with code, token and end; `booked`: what will go out."""

    def new_code(self):
        """A code and token that nobody had, and their hashes."""
        number = int(self.name("n")[1:])
        code, token = f"{number * 7919 % 10**8:08d}", f"PL1.{number:026d}"
        hashes = NewCode(
            code_hash=self.vault.code_hash(code), token_hash=self.vault.token_hash(token), sealed=b"sealed"
        )
        return code, token, hashes

    def door_of(self, parcel):
        """The door behind which a parcel is recorded; None when it is behind none."""
        known = self.engine.site.parcels.get(parcel)
        return known.compartment if known is not None and known.compartment else None

    # --- second thoughts ------------------------------------------------------------------------

    async def fetches_and_says(self, parcel, word, *, named=True, wait=1):
        """A resident comes, looks at the open door, says something, does what was said and shuts."""
        openings = await self.collect(parcel)
        await self.later(1)
        if openings:
            await self.says(parcel, word, named=named)
        for door in {door for _, door in openings}:
            self.finish(door)
        await self.later(wait)

    async def says(self, parcel, word, *, named=True):
        """A resident at the door of this parcel says `put-back`, `accept`, or what is wrong."""
        visit = self.engine.site.visits.get(self.door_of(parcel) or "")
        if visit is None:
            return
        said = {"by": "kiosk", "pickup": visit.id, "source": "kiosk", "parcel": parcel if named else None}
        match word:
            case "put-back":
                command = PutBack(**said)
            case "accept":
                command = Accept(**said)
            case _:
                command = Reject(**said, why=RejectReason(word))
        stranger = type(command)(**{**said, "source": "token:x"}, **({"why": command.why} if word in _WHY else {}))
        if await self.ask(stranger) is not None:
            raise Wrong("a stranger spoke of somebody's pickup")
        told = await self.ask(command)
        rejected = told is not None and word in _WHY and named
        known = self.engine.site.parcels.get(parcel)
        if rejected and known is not None and known.state.live and not known.held:
            raise Wrong(f"{parcel} was rejected and is not held")

    async def fetches_all(self, parcel, wait=1):
        """A resident shows one code for all that is here; every door is opened, emptied and shut by itself."""
        openings = await self.collect(parcel, every=True)
        await self.later(2)
        for door in dict.fromkeys(door for _, door in openings):
            self.finish(door)
            await self.later(1)
        await self.later(wait)

    # --- who is sent ----------------------------------------------------------------------------

    async def sends_somebody(self, parcel, hours):
        """A resident sends somebody for a parcel."""
        code, token, hashes = self.new_code()
        until, name = self.engine.now() + timedelta(hours=hours), self.name("g")
        command = AddDelegate(
            by="token:app", parcel=parcel, credential=name, name="somebody", until=until, new_code=hashes
        )
        if await self.ask(command) is not None:
            self.sent[name] = (parcel, code, token, until)

    async def who_was_sent_comes(self, pick, *, token, race=False):
        """Somebody who was sent shows the code, perhaps while the principal does."""
        if not self.sent:
            return
        name = sorted(self.sent)[pick % len(self.sent)]
        parcel, code, qr, until = self.sent[name]
        hashed = self.vault.token_hash(qr) if token else self.vault.code_hash(code)
        command = Collect(by="kiosk", pickup=self.name("k"), hash=hashed, token=token, source="kiosk", every=True)
        if race and parcel in self.parcels:
            await self.collect(parcel)
        now = self.engine.now()
        told = await self.ask(command)
        if told is not None:
            if {one for one, _ in told.openings} != {parcel}:
                raise Wrong(f"somebody sent for {parcel} opened {told.openings}")
            if now >= until:
                raise Wrong(f"a credential of {parcel} opened after its end")
            await self.later(1)
            self.finish(told.openings[0][1])
            await self.later(1)

    async def recalls(self, pick):
        """A resident recalls whom he sent; from then on the code opens nothing."""
        if self.sent:
            name = sorted(self.sent)[pick % len(self.sent)]
            parcel, code, token, _ = self.sent[name]
            if await self.ask(EndCredential(by="token:app", parcel=parcel, credential=name)) is not None:
                self.sent[name] = (parcel, code, token, self.engine.now())

    async def loses_the_code(self, parcel):
        """A resident lost the code and gets another; the old one is dead."""
        code, token, hashes = self.new_code()
        if await self.ask(ReplaceCode(by="token:app", parcel=parcel, new_code=hashes)) is not None:
            self.parcels[parcel] = (code, token)

    # --- what goes out --------------------------------------------------------------------------

    async def books(self, recipient, size):
        """A resident books what a carrier is to fetch; the parcel or None."""
        code, token, hashes = self.new_code()
        parcel = self.name("p")
        command = Book(
            by="token:app",
            parcel=parcel,
            sender=recipient,
            company="SF",
            size=Size(size),
            type=OutboundType.PARCEL,
            declared=None,
            new_code=hashes,
        )
        if await self.ask(command, "parcel", parcel) is None:
            return None
        self.parcels[parcel] = (code, token)
        self.booked.append(parcel)
        return parcel

    async def brings_out(self, pick, wait=1):
        """A resident brings what was booked, with its code."""
        if self.booked:
            parcel = self.booked[pick % len(self.booked)]
            for _, door in await self.collect(parcel):
                await self.later(1)
                self.finish(door)
            await self.later(wait)

    async def carrier_fetches(self, pick, company="SF", wait=1):
        """A courier fetches what goes out; one of another carrier gets nothing."""
        if not self.booked:
            return
        parcel = self.booked[pick % len(self.booked)]
        command = HandOver(
            by=CARRIER, pickup=self.name("k"), parcel=parcel, company=company, courier="Li", source=CARRIER
        )
        told = await self.ask(command)
        if told is None:
            return
        if company != "SF":
            raise Wrong("another carrier was let at a parcel")
        await self.later(1)
        self.finish(told.openings[0][1])
        await self.later(wait)

    # --- hands ----------------------------------------------------------------------------------

    def finish(self, door):
        """Whoever stands at this open door does honestly what the visit is for, and shuts it."""
        leaf, site = self.world.doors[door], self.engine.site
        if not leaf.open:
            return
        visit = site.visits.get(door)
        if visit is not None and visit.kind == "deposit" and visit.leaving is None:
            for parcel in visit.parcels:
                self._bring(parcel, door)
        elif visit is not None and visit.kind == "deposit":
            self.leave(door, set(site.compartments[door].parcels) - set(visit.parcels))
        elif visit is not None:
            self.leave(door, set(visit.put_back))
        self.world.push(door)

    def leave(self, door, staying):
        """Everything is taken out of this open door but these."""
        leaf = self.world.doors[door]
        leaf.load = " ".join(sorted(loads(leaf) & staying)) or None

    def _bring(self, parcel, door):
        """The courier has the parcel, or fetches it from where it was put before; what lies there may stay there."""
        for other in self.world.doors.values():
            if parcel in loads(other) and other.id != door:
                if not other.open:
                    return
                self.leave(other.id, loads(other) - {parcel})
        here = loads(self.world.doors[door])
        if here <= set(self.engine.site.compartments[door].parcels):
            self.world.doors[door].load = " ".join(sorted(here | {parcel}))

    def belongs(self, door):
        """What a staff member leaves behind a door that was in doubt: what is recorded there, and nothing rejected."""
        site = self.engine.site
        here = [site.parcels[one] for one in site.compartments[door].parcels if one in site.parcels]
        if any(parcel.held for parcel in here):
            return set()
        return {parcel.id for parcel in here if parcel.state is not ParcelState.COLLECTED}


_WHY = {one.value for one in RejectReason}
