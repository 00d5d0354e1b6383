"""A cabinet, its people and its faults around the real engine and journal, in virtual time and without luck.

Every chance is drawn from one seed, so that the same seed gives the same journal to the last hash.
"""

import asyncio
import contextlib
import shutil
from datetime import UTC, datetime

from virtual import VirtualClock
from world_bank import CruelBank, world_of
from world_custody import PLACES, Custody
from world_desk import Desk
from world_directions import Directions
from world_truth import Truth, Wrong, loads, orders

from locker.core.deposit_right import RIGHT_ACTOR, DepositRight
from locker.core.messages.commands import Clear, ClearByWord, Collect, Deposit, SaveResident, StaffOpen
from locker.core.model import Compartment, Content, Policy, Size
from locker.core.reasons import Refused
from locker.journal.signs_of_life import begun
from locker.journal.store import Journal
from locker.lock_dispatcher import LockDispatcher
from locker.startup import open_engine
from locker.vault import Vault
from simulator.world.door import DoorFault

UNITS = {"r1": ("101", "+8613800000001"), "r2": ("102", "+8613800000002"), "r3": ("103", "+8613800000003")}
SMALL = {"A1": "S", "A2": "S", "A3": "M", "A4": "L"}
KEY = bytes(range(32))
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def built(sizes):
    """Compartments of these sizes, every second one within reach of a wheelchair."""
    low = {"bottom_mm": 500, "top_mm": 700}
    high = {"bottom_mm": 1300, "top_mm": 1500}
    return [
        Compartment(id=name, size=Size(size), bank="wire", **(low if n % 2 else high))
        for n, (name, size) in enumerate(sizes.items())
    ]


class Town(Directions, Custody, Desk):
    """One cabinet through many lives of its daemon."""

    def __init__(self, folder, sizes=None, *, seed=0):
        self.folder = folder
        self.built = self.all_built = built(sizes or SMALL)
        self.clock = VirtualClock()
        self.truth = Truth()
        self.made = 0
        self.cuts = 0
        self.parcels = {}
        self.sent = {}
        self.booked = []
        self.announced = []
        self.placed = []
        self.held = set()
        self._world_seed = seed
        self.world = None
        self._first_start()

    def _first_start(self):
        """A cabinet that was started once, cut before its first event: its key is the same in every play."""
        journal = Journal(self.folder, threads=False)
        journal.open()
        check = Vault(KEY).check_value
        journal.write_now(lambda db: db.execute("insert into meta (key, value) values ('key-check', ?)", (check,)))
        journal.close()
        self._key_file.write_bytes(KEY)

    @property
    def _key_file(self):
        return self.folder / "key"

    async def open(self):
        """The power is on for the first time, and the residents are known."""
        self.world = world_of([c.id for c in self.built], self.clock, self._world_seed)
        self.world.begin(asyncio.get_running_loop())
        await self._boot()
        for name, (unit, phone) in UNITS.items():
            await self.engine.ask(
                SaveResident(
                    by="staff:s",
                    id=name,
                    unit=unit,
                    name=name,
                    phone=phone,
                    language="en",
                    email="",
                    consent=True,
                    reach=name == "r3",
                )
            )

    async def _boot(self):
        self.journal = Journal(self.folder, threads=False)
        self.dispatcher = LockDispatcher(
            lambda seen: self.engine.observe(seen),  # noqa: PLW0108  made below
            lambda order: order.awaited(self.engine.site),
        )
        self.engine, self.vault = open_engine(
            self.journal, self.clock, Policy(), self.built, self.dispatcher.order, PLACES
        )
        doors = tuple(c.id for c in self.built)
        self.wire = CruelBank(self.world, self.dispatcher.report, lambda door: self.truth.pulse(self, door), doors)
        self.dispatcher.add([self.wire])
        self.engine.observe(begun(self.journal, self.engine.site, "town"))
        self._tasks = [asyncio.create_task(self.engine.run()), asyncio.create_task(self.dispatcher.run())]
        await self.dispatcher.looked(10)
        await self.engine.heartbeat()

    async def cut(self, hands=(), moments=0, without=None):
        """The power goes after so many turns of the loop, `hands` push doors in the dark, and it comes back.

        `without`: from then on the site file has these compartments less.
        """
        for _ in range(moments):
            await asyncio.sleep(0)
        plugged, late, common_lost = self.wire.plugged, self.wire.late, self.wire.common_lost
        if without is not None:
            self.built = [c for c in self.all_built if c.id not in without]
        before = {c.id: orders(self.journal.db, c.id) for c in self.all_built}
        await self._die()
        self.cuts += 1
        for door in hands:
            if self.world.doors[door].open:
                self.world.push(door)
        await asyncio.sleep(5)
        await self._boot_with(plugged, late, common_lost)
        after = {c.id: orders(self.journal.db, c.id) for c in self.all_built}
        if before != after:
            raise Wrong("a start ordered a door")

    async def lose_the_key(self, *, foreign, hands=(), wait=0):
        """The power comes back without the key, or with another cabinet's, and the right one is found after a while."""
        if foreign:
            self._key_file.write_bytes(bytes(reversed(KEY)))
        else:
            self._key_file.unlink()
        await self.cut(hands)
        before = {c.id: orders(self.journal.db, c.id) for c in self.all_built}
        head = self.journal.seq
        await self.later(wait)
        if self.engine.sealed is None or self.journal.seq != head:
            raise Wrong("it goes on without its key")
        self._key_file.write_bytes(KEY)
        await self.later(10)
        if self.engine.sealed is not None:
            raise Wrong(f"the key is back and it is sealed: {self.engine.sealed}")
        if before != {c.id: orders(self.journal.db, c.id) for c in self.all_built}:
            raise Wrong("healing ordered a door")

    async def _boot_with(self, plugged, late, common_lost):
        await self._boot()
        self.wire.late = late
        if common_lost:
            self.wire.lose_common(True)
        if not plugged:
            self.wire.plug(plugged)
            await self.engine.heartbeat()

    async def _die(self):
        """Nothing is closed or finished; what the disk has is what there is."""
        self.wire.die()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        files = [self.journal.path, self.journal.path.with_name("locker.db-wal")]
        for path in files:
            if path.exists():
                shutil.copyfile(path, path.with_name(path.name + ".kept"))
        self.journal.close()
        for path in files:
            if (kept := path.with_name(path.name + ".kept")).exists():
                kept.replace(path)

    async def close(self):
        """The end of the play."""
        await self._die()

    async def later(self, seconds):
        """Time passes, and what is due happens."""
        await asyncio.sleep(seconds)
        await self.quiet()

    async def quiet(self):
        """All that was said is done, and nobody has died of it."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise Wrong(f"{task.get_coro().__qualname__} ended")
        with contextlib.suppress(Refused):
            await self.engine.heartbeat()

    # --- what is asked --------------------------------------------------------------------------

    def name(self, letter):
        self.made += 1
        return f"{letter}{self.made:010d}"

    async def ask(self, command, kind=None, name=None):
        """The answer, or None when it was refused; what was answered must last."""
        try:
            told = await self.engine.ask(command)
        except Refused:
            return None
        if kind is not None:
            self.truth.answered.add((kind, name))
        return told

    async def deposit(self, recipient, size, once=None, *, join=False, parcel=None):
        """A courier asks for a compartment; the parcel's id or None. Without a size `parcel` was announced."""
        right = None
        if parcel is None:
            parcel = self.name("p")
            if size and not join and once is None and int(parcel[1:]) % 3 == 0:
                right = DepositRight("SF", f"R-{int(parcel[1:]) // 6}", 2, FAR)
        number = int(parcel[1:])
        code = f"{number * 7919 % 10**8:08d}"
        token = f"PL1.{number:026d}"
        unit, _ = UNITS[recipient]
        told = await self.asks_for_room(
            Deposit(
                by="token:c" if right is None else RIGHT_ACTOR + "SF",
                right=right,
                once=once,
                parcel=parcel,
                size=Size(size) if size else None,
                recipients=(recipient,) if size else None,
                label_hash=self.vault.label_hash(parcel),
                code_hash=self.vault.code_hash(code),
                token_hash=self.vault.token_hash(token),
                sealed=b"sealed",
                tracking=parcel,
                unit=unit,
                company="SF",
                courier="Li",
                join=join,
            ),
            "parcel",
            parcel,
        )
        if told is None:
            return None
        self.parcels[parcel] = (code, token)
        return parcel

    async def collect(self, parcel, *, token=False, once=None, every=False):
        """A resident shows the code of this parcel; the doors that it opens."""
        code, qr = self.parcels[parcel]
        hashed = self.vault.token_hash(qr) if token else self.vault.code_hash(code)
        pickup = self.name("k")
        command = Collect(by="kiosk", once=once, pickup=pickup, hash=hashed, token=token, source="kiosk", every=every)
        told = await self.ask(command)
        if told is None:
            return ()
        if told.pickup.startswith("k"):
            self.truth.answered.add(("pickup", told.pickup))
        site, doors = self.engine.site, {door for _, door in told.openings}
        owner = site.parcels[parcel]
        theirs = {one for one in site.parcels if set(site.parcels[one].recipients) == set(owner.recipients)}
        if told.openings[0] != (parcel, owner.compartment) or not {one for one, _ in told.openings} <= theirs:
            raise Wrong(f"the code of {parcel} opens {told.openings}")
        if len(doors) > 1 and not every and told.pickup == pickup:  # else somebody opens all of them just now
            raise Wrong(f"the code of {parcel} opens {told.openings}, asked for one")
        return told.openings

    async def brings(self, recipient, size, wait=1, *, join=False):
        """A courier deposits a parcel, waits for the door, puts it in and shuts; the parcel's id or None."""
        parcel = await self.deposit(recipient, size, join=join)
        await self.later(1)
        known = self.engine.site.parcels.get(parcel or "")
        if known is not None:
            self.finish(known.compartment)
        await self.later(wait)
        return parcel

    async def fetches(self, parcel, wait=1, *, token=False):
        """A resident comes with the code, takes the parcel out and shuts."""
        for door in dict.fromkeys(door for _, door in await self.collect(parcel, token=token)):
            await self.later(1)
            self.finish(door)
        await self.later(wait)

    async def wrong_code(self):
        command = Collect(by="kiosk", pickup=self.name("k"), hash="wrong", token=False, source="kiosk")
        if await self.ask(command) is not None:
            raise Wrong("a wrong code opened a door")

    async def staff_open(self, door):
        order = self.name("s")
        await self.ask(StaffOpen(by="staff:s", order=order, compartment=door, reason="look"), "order", order)

    async def fault(self, door, kind, *, on=True):
        """Something breaks at a door, or is mended."""
        self.world.door_fault(door, DoorFault(kind), on)

    def mend(self):
        """A technician puts everything right."""
        self.wire.mischief.clear()
        self.wire.late = 0.0
        for door in self.world.doors.values():
            for fault in sorted(door.faults):
                self.world.door_fault(door.id, fault, on=False)
        if self.wire.common_lost:
            self.wire.lose_common(False)
        if not self.wire.plugged:
            self.wire.plug(True)

    # --- hands ----------------------------------------------------------------------------------

    def break_common(self):
        """The common wire of the switches breaks. At a door that somebody waits for it reads as the opening did."""
        self.truth.tainted |= set(self.engine.site.visits)
        self.wire.lose_common(True)

    async def by_word(self, door):
        """Two people open with the mechanical key where no switch can tell, take out what is there, and say so."""
        compartment, leaf = self.engine.site.compartments.get(door), self.world.doors[door]
        if compartment is None or compartment.seen != "unseen":
            return
        command = ClearByWord(
            by="staff:s", compartment=door, content=Content.EMPTY, reason="the key was used", witness="staff:w"
        )
        if await self.ask(command) is not None:
            if not leaf.open:
                self.world.door_fault(door, DoorFault.FORCED, True)
            if leaf.load is not None:
                leaf.take()
            self.world.push(door)

    async def look_into(self, door):
        """A staff member opens a compartment that is CHECK, takes out what does not belong there, and says so."""
        compartment = self.engine.site.compartments.get(door)
        if compartment is None or compartment.use != "check":
            return
        leaf = self.world.doors[door]
        if not leaf.open:
            await self.staff_open(door)
            await self.later(3)
        if leaf.open:
            self.leave(door, self.belongs(door))
            self.world.push(door)
            await self.later(2 + self.wire.late)
            content = Content.PARCEL if leaf.load is not None else Content.EMPTY
            found = frozenset(loads(leaf)) or None
            told = await self.ask(Clear(by="staff:s", compartment=door, content=content, found=found))
            if told is not None and not leaf.faults:
                self.truth.tainted.discard(door)
