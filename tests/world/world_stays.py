"""What else a year of a cabinet knows: what is announced, held, moved, taken back, put at a place, and cut in between.

Law that is watched here: a parcel that is announced keeps its door until its time, also when that comes at the door.
"""

import asyncio

from world_town import UNITS

A_DAY, OFTEN = 86_400, 2
"""How often a day each of these happens in a cabinet of fifty parcels a day."""


class Stays:
    """Part of a year: it has a `town`, a `chance`, `counts`, and sends people with `_send`."""

    def plan_what_stays(self):
        """Moments of a day, and who comes then."""
        chance, often = self.chance, max(1, OFTEN * self.parcels // 50)
        works = [self._announcer, self._announcer, self._mover, self._holder, self._taker, self._shelf]
        plan = [(chance.uniform(7, 20) * 3600, work) for work in works for _ in range(often)]
        return [*plan, (chance.uniform(8, 19) * 3600, self._cut_between_two)]

    # --- carriers -------------------------------------------------------------------------------

    async def _announcer(self):
        self._send(self._announces(self.chance.choice(sorted(UNITS)), self.chance.choice("SSM")))

    async def _announces(self, recipient, size):
        """A carrier announces; it brings it in time, late, never, or at the very moment at which the promise ends."""
        town, chance = self.town, self.chance
        hours, known = chance.choice([0.5, 3, 30]), len(town.announced)
        await town.announces(recipient, size, hours)
        if len(town.announced) == known:
            self.counts["not promised"] += 1
            return
        parcel, mine = town.announced[known], known
        match chance.choice(["in time", "in time", "late", "never", "at the end", "at the end"]):
            case "never":
                if chance.random() < 0.5:
                    await town.takes_the_word_back(mine)
                return
            case "in time":
                await asyncio.sleep(chance.uniform(1, hours * 3600 - 60))
            case "late":
                await asyncio.sleep(hours * 3600 + chance.uniform(1, 3600))
            case _:
                await asyncio.sleep(max(0.0, hours * 3600 - chance.uniform(0.5, 10)))
                self.counts["promises that ended at the door"] += 1
        if await town.deposit(recipient, None, parcel=parcel) is None:
            return
        self.counts["announced and brought"] += 1
        await self._at_the_door(parcel)
        await asyncio.sleep(chance.expovariate(1 / 50_000))
        await self._fetches(parcel)

    async def _taker(self):
        """A courier takes back what it has just brought; one of another carrier, or much later, gets nothing."""
        self._send(self._takes_back(self.chance.choice(sorted(UNITS))))

    async def _takes_back(self, recipient):
        town, chance = self.town, self.chance
        parcel = await town.deposit(recipient, "S")
        if parcel is None:
            return
        await self._at_the_door(parcel)
        await asyncio.sleep(chance.choice([5, 60, 1200]))
        await town.takes_back(parcel, own=chance.random() < 0.8, company=chance.choice(["SF", "SF", "YTO"]))
        if parcel in town.engine.site.parcels:
            await asyncio.sleep(chance.expovariate(1 / 20_000))
            await self._fetches(parcel)
        else:
            self.counts["taken back"] += 1

    # --- staff ----------------------------------------------------------------------------------

    def _any_stored(self):
        stored = sorted(p.id for p in self.town.engine.site.parcels.values() if p.state == "stored" and p.compartment)
        return self.chance.choice(stored) if stored else None

    async def _holder(self):
        parcel = self._any_stored()
        if parcel is not None:
            self._send(self._holds(parcel))

    async def _holds(self, parcel):
        town, chance = self.town, self.chance
        await town.holds(parcel)
        self.counts["held"] += parcel in town.held
        await town.gives_time(parcel, 2, all_of_them=chance.random() < 0.3)
        await asyncio.sleep(chance.uniform(600, A_DAY))
        await town.ends_the_hold(parcel)
        await town.gives_time(parcel, 24, all_of_them=False)

    async def _mover(self):
        parcel = self._any_stored()
        if parcel is not None:
            to = self.chance.choice(["shelf", "shelf", "room", *sorted(self.town.engine.site.compartments)])
            self.counts["moves asked for"] += 1
            self._send(self._moves(parcel, to))

    async def _moves(self, parcel, to):
        await self.town.moves(parcel, to)
        await asyncio.sleep(self.chance.uniform(3600, 2 * A_DAY))
        await self.town.hands_out(parcel)

    async def _shelf(self):
        self._send(self._at_a_place(self.chance.choice(sorted(UNITS))))

    async def _at_a_place(self, recipient):
        town, chance = self.town, self.chance
        known = len(town.placed)
        await town.puts(recipient, "M", chance.choice(["shelf", "room"]))
        if len(town.placed) == known:
            return
        self.counts["put at a place"] += 1
        parcel = town.placed[known]
        await asyncio.sleep(chance.uniform(600, A_DAY))
        if chance.random() < 0.3:
            await town.moves(parcel, chance.choice(sorted(town.engine.site.compartments)))
            await asyncio.sleep(chance.uniform(600, A_DAY))
        await town.hands_out(parcel)

    # --- the power ------------------------------------------------------------------------------

    async def _cut_between_two(self):
        """The power goes while a second parcel is put beside the first, or while both are fetched."""
        town, chance = self.town, self.chance
        recipient = chance.choice(sorted(UNITS))
        first = await town.brings(recipient, "S")
        second = await town.deposit(recipient, "S", join=True) if first is not None else None
        if second is None:
            return
        await asyncio.sleep(chance.uniform(0, 3))
        if chance.random() < 0.5:
            town.finish_at(second)
            await asyncio.sleep(1)
            await town.collect(first)
            await asyncio.sleep(chance.uniform(0, 3))
        self.counts["cut between two"] += 1
        await self._cut()
        for parcel in (first, second):
            self._send(self._fetches(parcel))
