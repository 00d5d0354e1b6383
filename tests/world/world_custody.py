"""What people of a town do with parcels that stay: announce, hold, extend, put at a place, move, take back, hand out.

Laws that are watched here: nothing held leaves by rule, and nothing that is asked takes room that was promised.
"""

from datetime import timedelta

from world_truth import Wrong

from locker.core.messages.custody_commands import (
    Announced,
    DeadlineFilter,
    EndExpected,
    Expect,
    Extend,
    Hold,
    Move,
    PlaceParcel,
    Release,
    ShiftDeadlines,
    Unhold,
    Withdraw,
)
from locker.core.model import Size
from locker.core.parcels.reservations import kept, promised
from locker.core.place import Place, PlaceKind
from locker.core.visits.allocation import offered

PLACES = (Place("shelf", "Shelf", PlaceKind.SHELF, 3), Place("room", "Room", PlaceKind.ROOM, 1))


class Custody:
    """Part of a town. `announced`: what a carrier said that it brings; `held`: what was held by a person's word."""

    def broken_promises(self):
        """How many of the parcels that are expected could not have a door of their own now."""
        site, now = self.engine.site, self.engine.now()
        promises = promised(site, now)
        return len(promises) - kept(promises, offered(site))

    async def asks_for_room(self, command, kind=None, name=None):
        """Ask for something that takes a door: no promise may be broken by it that was not broken before."""
        await self.quiet()
        before = self.broken_promises()
        decided = self.engine.site
        told = await self.ask(command, kind, name)
        if told is not None and self.broken_promises() > before and self.engine.site.visits.keys() >= decided.visits:
            raise Wrong(f"{type(command).__name__} took room that was promised")
        return told

    # --- carriers -------------------------------------------------------------------------------

    async def announces(self, recipient, size, hours, count=1):
        """A carrier says what it will bring; all of it is promised, or nothing."""
        names = [self.name("p") for _ in range(count)]
        parcels = tuple(
            Announced(
                parcel=name,
                size=Size(size),
                recipients=(recipient,),
                label_hash=self.vault.label_hash(name),
                company="SF",
                until=self.engine.now() + timedelta(hours=hours),
                tracking=name,
                unit="101",
            )
            for name in names
        )
        await self.quiet()
        before = self.broken_promises()
        if await self.ask(Expect(by="token:c", parcels=parcels)) is None:
            if any(name in self.engine.site.parcels for name in names):
                raise Wrong("half of a list was promised")
            return
        if self.broken_promises() > before:
            raise Wrong("more was promised than there is room for")
        self.truth.answered |= {("parcel", name) for name in names}
        self.announced += names

    async def brings_announced(self, pick, wait=1):
        """A courier brings what was announced, with no more than its number."""
        if self.announced:
            parcel = self.announced[pick % len(self.announced)]
            await self.deposit("r1", None, parcel=parcel)
            await self.later(1)
            self.finish_at(parcel)
            await self.later(wait)

    async def takes_the_word_back(self, pick):
        if self.announced:
            await self.ask(EndExpected(by="token:c", parcel=self.announced[pick % len(self.announced)]))

    async def takes_back(self, parcel, *, own, company, wait=1):
        """A courier wants a parcel out: an own one, or one that is overdue."""
        before = self.engine.site.parcels.get(parcel)
        command = Withdraw(by="token:c", parcel=parcel, company=company, courier="Li", own=own)
        if await self.ask(command) is None:
            return
        if company != "SF" or not (own or before.overdue):
            raise Wrong(f"{parcel} was given to a courier who may not have it")
        await self.later(1)
        self.finish_at(parcel)
        await self.later(wait)

    # --- staff ----------------------------------------------------------------------------------

    async def holds(self, parcel):
        if await self.ask(Hold(by="staff:s", parcel=parcel, reason="dispute")) is not None:
            self.held.add(parcel)

    async def ends_the_hold(self, parcel):
        if await self.ask(Unhold(by="staff:s", parcel=parcel)) is not None:
            self.held.discard(parcel)

    async def gives_time(self, parcel, hours, *, all_of_them):
        """More time for one parcel, once, or for all: a deadline never comes nearer."""
        before = {p.id: p.deadline for p in self.engine.site.parcels.values() if p.deadline is not None}
        if all_of_them:
            await self.ask(ShiftDeadlines(by="staff:s", hours=hours, reason="storm", only=DeadlineFilter()))
        else:
            await self.ask(Extend(by="token:app", parcel=parcel, hours=hours))
        for name, deadline in before.items():
            known = self.engine.site.parcels.get(name)
            if known is not None and (known.deadline is None or known.deadline < deadline):
                raise Wrong(f"{name} has less time than before")

    async def puts(self, recipient, size, place):
        """Staff put a parcel at a place."""
        parcel = self.name("p")
        command = PlaceParcel(
            by="staff:s",
            parcel=parcel,
            place=place,
            size=Size(size),
            recipients=(recipient,),
            label_hash=self.vault.label_hash(parcel),
            company="SF",
            tracking=parcel,
            unit="101",
        )
        if await self.ask(command, "parcel", parcel) is not None:
            self.placed.append(parcel)

    async def moves(self, parcel, to, wait=1):
        """Staff take a parcel to another door or place, between two open doors if need be."""
        code, token, hashes = self.new_code()
        dead = parcel in self.engine.site.parcels and self.engine.site.parcels[parcel].code_dead
        if await self.asks_for_room(Move(by="staff:s", parcel=parcel, to=to, new_code=hashes)) is None:
            return
        if dead and to in self.engine.site.compartments:
            self.parcels[parcel] = (code, token)
        await self.later(1)
        first = [c.id for c in self.engine.site.compartments.values() if self.world.doors[c.id].open]
        await self.later(1)
        self.finish_at(parcel)
        for door in first:
            self.finish(door)
        await self.later(wait)

    async def hands_out(self, parcel, wait=1):
        """Staff hand a parcel out to somebody whose document they have seen."""
        told = await self.ask(Release(by="staff:s", parcel=parcel, pickup=self.name("k"), reason="code lost"))
        if told is not None:
            await self.later(1)
            self.finish_at(parcel)
            await self.later(wait)

    def finish_at(self, parcel):
        """Whoever is at this parcel's door does what the visit is for, and shuts it."""
        known = self.engine.site.parcels.get(parcel)
        if known is not None and known.compartment in self.world.doors:
            self.finish(known.compartment)

    # --- what must hold -------------------------------------------------------------------------

    def nothing_held_has_left(self):
        """What a person held is here and held, unless a person said that it is not behind its door."""
        site, db = self.engine.site, self.journal.db
        for parcel in sorted(self.held):
            known = site.parcels.get(parcel)
            if known is not None and known.held and known.state in {"stored", "check"}:
                continue
            if known is not None and known.state.live:
                raise Wrong(f"{parcel} was held and is {known.state}")
            if not db.execute(_CLEARED_SINCE, (parcel,)).fetchone()[0]:
                raise Wrong(f"{parcel} was held and has left by rule")
            self.held.discard(parcel)

    def places_hold_no_more_than_they_can(self):
        site = self.engine.site
        for place in site.places.values():
            there = [p.id for p in site.parcels.values() if p.place == place.id and p.state.live]
            if len(there) > place.capacity:
                raise Wrong(f"{place.id} holds {there}")
        for parcel in site.parcels.values():
            if parcel.place and (parcel.compartment or not parcel.state.live):
                raise Wrong(f"{parcel.id} is at {parcel.place} and at {parcel.compartment or parcel.state}")


_CLEARED_SINCE = """
    select count(*) from event cleared, (select seq, json_extract(data, '$.compartment') as door from event
        where json_extract(data, '$.parcel') = ? and kind = 'ParcelHeld' order by seq desc limit 1) held
    where cleared.kind = 'CompartmentCleared' and json_extract(cleared.data, '$.content') = 'empty'
        and json_extract(cleared.data, '$.compartment') = held.door and cleared.seq > held.seq"""
