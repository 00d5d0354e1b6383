"""A year of a cabinet in minutes: the real engine and journal, people, faults and power cuts on virtual time.

As a command: `python tests/world/world_soak.py --days 365 --compartments 76 --seed 1`. The same seed is the same year.
"""

import argparse
import asyncio
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from virtual import VirtualLoop  # noqa: E402  as a command this file finds its own neighbours first
from world_days import Days  # noqa: E402
from world_stays import Stays  # noqa: E402
from world_town import UNITS, Town  # noqa: E402
from world_truth import Wrong  # noqa: E402

from locker.core.messages.commands import Cancel, Restore  # noqa: E402

DAY_S = 86_400
KEY_LOST = 0.1
"""How many of the power cuts take the key file away for a minute, or leave another one."""
JOINED, SECOND_THOUGHTS = 0.25, 0.08
"""How many couriers put a second parcel beside the first, and how many residents do not simply take theirs."""
AT_THE_DESK = 0.3
"""How many of those who send something give it to staff, or get something from them."""
FAULTS = ["coil-dead", "jammed", "bouncy", "switch-dead", "forced", "lost", "silent", "late"]
FAULTS += ["unplug", "common", "skew"]
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def sizes(many):
    """A cabinet as it is built: mostly small."""
    kinds = ["S", "S", "M", "S", "M", "L", "S", "M", "XL", "S"]
    return {f"{chr(65 + n // 10)}{n % 10 + 1}": kinds[n % 10] for n in range(many)}


class Year(Stays):
    """One town and the people in it, all drawn from one seed."""

    def __init__(self, folder, *, seed, compartments, parcels):
        self.chance = random.Random(seed)
        self.town = Town(folder, sizes(compartments), seed=seed)
        self.parcels = parcels
        self.counts = Counter()
        self.people = set()

    async def live(self, days, thorough_every=30):
        """Let the days pass; the hash of the journal's last event."""
        town = self.town
        await town.open()
        for day in range(1, days + 1):
            await self._day()
            town.truth.always(town)
            town.truth.same(town)
            self.counts["days"] += 1
            if day % thorough_every == 0 or day == days:
                town.truth.thorough(town)
        head = town.journal.db.execute("select seq, hash from event order by seq desc limit 1").fetchone()
        self.counts["events"] = head[0]
        self.counts["pulses"] = sum(town.truth.pulses.values())
        await self._leave()
        await town.close()
        return head[1]

    async def _day(self):
        chance = self.chance
        plan = [(chance.uniform(7, 20) * 3600, self._courier) for _ in range(self.parcels)]
        plan += [(chance.uniform(7, 20) * 3600, self._sender) for _ in range(self.parcels // 15)]
        plan += [(chance.uniform(0, 24) * 3600, self._fault) for _ in range(4)]
        plan += [(chance.uniform(0, 24) * 3600, self._cut) for _ in range(chance.randrange(2))]
        plan += [(9 * 3600, self._rounds), (17 * 3600, self._rounds)]
        plan += self.plan_what_stays()
        midnight = self._now() + DAY_S
        for moment, work in sorted(plan, key=lambda one: one[0]):
            await asyncio.sleep(max(0.0, midnight - DAY_S + moment - self._now()))
            await work()
        await asyncio.sleep(max(0.0, midnight - self._now()))
        await self.town.quiet()

    @staticmethod
    def _now():
        return asyncio.get_running_loop().time()

    def _send(self, visit):
        task = asyncio.ensure_future(visit)
        self.people.add(task)
        task.add_done_callback(self._left)

    def _left(self, task):
        self.people.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.counts["wrong"] += 1
            self.town.truth.said.append(str(task.exception()))

    async def _leave(self):
        for task in tuple(self.people):
            task.cancel()
        await asyncio.gather(*self.people, return_exceptions=True)

    async def _courier(self):
        self._send(self._brings(self.chance.choice(sorted(UNITS)), self.chance.choice("SSSMML")))

    async def _brings(self, recipient, size):
        town = self.town
        parcel = await town.deposit(recipient, size, join=self.chance.random() < JOINED)
        if parcel is None:
            self.counts["refused"] += 1
            return
        if self.chance.random() < 0.04:
            await asyncio.sleep(self.chance.uniform(0, 4))
            await town.ask(Cancel(by="token:c", parcel=parcel))
        await self._at_the_door(parcel)
        state = getattr(town.engine.site.parcels.get(parcel), "state", None)
        if state == "stored":
            self.counts["stored"] += 1
            await asyncio.sleep(self.chance.expovariate(1 / 50_000))
            await self._fetches(parcel)

    async def _at_the_door(self, parcel):
        """Wait for the leaf to spring, for as long as somebody would, and finish."""
        town = self.town
        for _ in range(20):
            await asyncio.sleep(self.chance.uniform(2, 6))
            known = town.engine.site.parcels.get(parcel)
            if known is None or not known.compartment:
                return
            if town.world.doors[known.compartment].open:
                if self.chance.random() > 0.01:
                    town.finish(known.compartment)
                    await asyncio.sleep(1 + town.wire.late)
                return

    async def _fetches(self, parcel):
        for _ in range(50):
            if parcel not in self.town.engine.site.parcels:
                return
            if self.chance.random() < 0.02:
                await self.town.wrong_code()
                await asyncio.sleep(2)
            if self.chance.random() < SECOND_THOUGHTS:
                await self._thinks_again(parcel)
            elif await self.town.collect(parcel, token=self.chance.random() < 0.5):
                await self._at_the_door(parcel)
                known = self.town.engine.site.parcels.get(parcel)
                if known is None or known.state == "collected":
                    self.counts["collected"] += 1
                    return
            await asyncio.sleep(self.chance.uniform(600, 7200))

    async def _thinks_again(self, parcel):
        """Not every visit is a plain one: it is put back, rejected, accepted, fetched by another or with all others."""
        town, chance = self.town, self.chance
        self.counts["second thoughts"] += 1
        match chance.choice(["put-back", "put-back", "accept", "missing", "damaged", "all", "sent", "lost"]):
            case "all":
                await town.fetches_all(parcel)
            case "sent":
                await town.sends_somebody(parcel, chance.choice([0.01, 2, 48]))
                await asyncio.sleep(chance.uniform(10, 5000))
                await town.who_was_sent_comes(len(town.sent) - 1, token=chance.random() < 0.5, race=True)
                if chance.random() < 0.5:
                    await town.recalls(len(town.sent) - 1)
            case "lost":
                await town.loses_the_code(parcel)
            case word:
                await town.fetches_and_says(parcel, word)

    async def _sender(self):
        self._send(self._sends_out(self.chance.choice(sorted(UNITS)), self.chance.choice("SSM")))

    async def _sends_out(self, recipient, size):
        """A resident books, brings it sooner or later or never, and the carrier comes for it."""
        town, chance = self.town, self.chance
        if chance.random() < AT_THE_DESK:
            await self._over_the_desk(recipient, size)
            return
        if await town.books(recipient, size) is None:
            return
        mine = len(town.booked) - 1
        if chance.random() < 0.1:
            return
        await asyncio.sleep(chance.expovariate(1 / 20_000))
        await town.brings_out(mine)
        for _ in range(20):
            await asyncio.sleep(chance.uniform(3600, 40_000))
            await town.carrier_fetches(mine, chance.choice(["SF", "SF", "SF", "YTO"]))
            if town.booked[mine] not in town.engine.site.parcels:
                self.counts["sent out"] += 1
                return

    async def _over_the_desk(self, recipient, size):
        """A resident brings something for staff, or staff leave something for a resident who may never come."""
        town, chance = self.town, self.chance
        self.counts["over the desk"] += 1
        if chance.random() < 0.5:
            await town.books_for_staff(recipient, size)
            await asyncio.sleep(chance.expovariate(1 / 20_000))
            await town.brings_out(len(town.booked) - 1)
            parcel = town.booked[-1] if town.booked else None
        else:
            await town.leaves_at_the_desk(recipient, size)
            parcel = max(town.parcels)
        await asyncio.sleep(chance.uniform(3600, 40_000))
        if parcel is not None:
            await town.staff_take_over(parcel)

    async def _fault(self):
        town, chance = self.town, self.chance
        what = chance.choice(FAULTS)
        door = chance.choice(sorted(town.world.doors))
        self.counts["faults"] += 1
        if what in {"lost", "silent"}:
            town.wire.mischief.append(what)
        elif what == "late":
            town.wire.late = chance.choice([0.0, 0.5, 2.0])
        elif what == "unplug":
            town.wire.plug(False)
            self._send(self._plug_in())
        elif what == "common":
            town.break_common()
            self._send(self._mend_common())
        elif what == "skew":
            town.clock.jump(chance.choice([8 * 3600, -8 * 3600, 90, -90]))
        else:
            if what == "switch-dead" or not town.wire.plugged:
                town.truth.tainted.add(door)
            await town.fault(door, what)

    async def _plug_in(self):
        await asyncio.sleep(self.chance.uniform(10, 3600))
        self.town.wire.plug(True)

    async def _mend_common(self):
        await asyncio.sleep(self.chance.uniform(10, 3600))
        if self.town.wire.common_lost:
            self.town.wire.lose_common(False)

    async def _cut(self):
        doors = sorted(self.town.world.doors)
        hands = {door for door in doors if self.chance.random() < 0.5}
        for door in hands:
            if not self.town.wire.plugged:
                self.town.truth.tainted.add(door)
        if self.chance.random() < KEY_LOST:
            await self.town.lose_the_key(foreign=self.chance.random() < 0.5, hands=hands, wait=60)
        else:
            await self.town.cut(hands)
        self.counts["recoveries"] += 1

    async def _rounds(self):
        """A technician mends everything, then staff look into every door in doubt."""
        town = self.town
        town.mend()
        await town.later(1)
        for name, compartment in tuple(town.engine.site.compartments.items()):
            visit = town.engine.site.visits.get(name)
            if town.world.doors[name].open and (visit is None or visit.opened_at is not None):
                town.finish(name)
                await town.later(1)
            if compartment.use == "check":
                await town.look_into(name)
                self.counts["looked into"] += 1
            elif compartment.use == "retired":
                await town.ask(Restore(by="staff:s", compartment=name))


def year(*, seed, days, compartments=76, parcels=60, thorough_every=30):
    """One soak; its counts and the hash of its last event. Raises Wrong."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        life = Year(Path(folder), seed=seed, compartments=compartments, parcels=parcels)
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            head = runner.run(life.live(days, thorough_every))
    if life.counts["wrong"]:
        raise Wrong(str(life.town.truth.said[:3]))
    return life.counts, head


def main():
    """Print what a year came to; 1 when an invariant was broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--compartments", type=int, default=76)
    parser.add_argument("--parcels", type=int, default=60, help="a day")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began, busy = time.monotonic(), time.process_time()
    days = Days(asked.seed)
    trace = days.run(asked.days)
    spent = time.process_time() - busy
    say(f"core: {days.counts}, trace {trace[:16]}, {asked.days / spent:.0f} days a second")
    try:
        counts, head = year(seed=asked.seed, days=asked.days, compartments=asked.compartments, parcels=asked.parcels)
        broken = ""
    except Wrong as wrong:
        say(f"seed {asked.seed}: invariants broken: 1: {wrong}")
        return 1
    told = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    spent = time.monotonic() - began
    say(f"seed {asked.seed}: {told}, invariants broken 0, last hash {head[:16]}, in {spent:.0f} s{broken}")
    return 0


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
