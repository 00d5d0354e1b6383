"""An engine on a real journal in virtual time, and a cabinet whose switches the test plays."""

import asyncio
import contextlib
import functools
import sqlite3

from virtual import VirtualClock, virtually

from locker.core.events.record import moment
from locker.core.messages.commands import Collect, Deposit, SaveResident
from locker.core.messages.observations import SwitchesSeen
from locker.core.model import Compartment, Policy, Seen, Size
from locker.core.reasons import Refused
from locker.engine import Engine
from locker.journal.answers import load_answers
from locker.journal.rows import load
from locker.journal.signs_of_life import begun
from locker.journal.store import Journal
from locker.key_check import open_vault
from locker.trusted_clock import TrustedClock

DOORS = [Compartment(id=f"A{n}", size=Size.M, bank="left", bottom_mm=1300, top_mm=1500) for n in range(1, 5)]


class SlowDisk(Journal):
    """A disk that takes its time for every transaction, and tells when it has one."""

    def __init__(self, folder, **more):
        super().__init__(folder, **more)
        self.slow = 0.0

    async def append(self, outcome, by, keep=None):
        if self.slow:
            await asyncio.sleep(self.slow)
        return await super().append(outcome, by, keep)


class EngineBench:
    """Starts and kills the same cabinet again and again, as a process does."""

    def __init__(self, folder, **policy):
        self.folder = folder
        self.policy = Policy(**policy)
        self.clock = VirtualClock()
        self.pulses = []
        self.on_pulse = lambda _: None
        self.made = 0
        self.secrets = {}

    async def start(self, *, look=True):
        self.journal = SlowDisk(self.folder, threads=False)
        self.journal.open()
        self.vault, _ = open_vault(self.journal)
        last = moment(self.journal.at) if self.journal.at else None
        self.time = TrustedClock(self.clock, last)
        site = load(self.journal.db, self.policy, DOORS)
        answers = load_answers(self.journal.db, self.time.now())
        self.engine = Engine(site, self.journal, self.time, self._pulse, answers)
        self.actor = asyncio.create_task(self.engine.run())
        self.engine.observe(begun(self.journal, site, "test"))
        if look:
            await self.see(**{d.id: "shut" for d in DOORS})
            if not self.engine.site.residents:
                await self.resident()
        return self

    def _pulse(self, order):
        self.pulses.append((order.door, self.clock.monotonic()))
        self.on_pulse(order.door)

    async def kill(self):
        """No goodbye: the actor is gone and the files are closed as the kernel would."""
        self.actor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.actor
        self.journal.close()

    async def restart(self, **more):
        await self.kill()
        return await self.start(**more)

    async def quiet(self):
        await self.engine.heartbeat()

    async def see(self, **doors):
        self.engine.observe(SwitchesSeen({name: Seen(value) for name, value in doors.items()}))
        await self.quiet()

    async def open_and_shut(self, name):
        await self.see(**{name: "open"})
        await self.see(**{name: "shut"})

    async def resident(self, name="r1"):
        await self.engine.ask(
            SaveResident(
                by="staff:t",
                id=name,
                unit="1203",
                name="Wang Ming",
                phone="+8613800000001",
                language="en",
                email="wang@example.org",
                consent=True,
                reach=False,
            )
        )

    def deposit_command(self, once=None, **more):
        self.made += 1
        parcel = f"p{self.made:010d}"
        secrets = self.secrets[parcel] = self.vault.mint(8)
        said = {
            "by": "token:t",
            "once": once,
            "parcel": parcel,
            "size": Size.M,
            "recipients": ("r1",),
            "label_hash": self.vault.label_hash(parcel),
            "code_hash": secrets.code_hash,
            "token_hash": secrets.token_hash,
            "sealed": secrets.sealed,
            "tracking": f"SF-{parcel}",
            "unit": "1203",
            "company": "SF",
            "courier": "Li Si",
        }
        return Deposit(**(said | more))

    async def deposit(self, once=None, **more):
        return await self.engine.ask(self.deposit_command(once, **more))

    async def stored(self):
        told = await self.deposit()
        await self.open_and_shut(told.compartment)
        return told

    def collect_command(self, parcel, once=None, **more):
        self.made += 1
        said = {"by": "kiosk", "once": once, "source": "kiosk", "token": False, "pickup": f"k{self.made:010d}"}
        hashed = self.secrets[parcel].code_hash if parcel in self.secrets else f"wrong {self.made}"
        return Collect(**(said | {"hash": hashed} | more))

    async def collect(self, parcel, once=None, **more):
        return await self.engine.ask(self.collect_command(parcel, once, **more))

    def use(self, name):
        return self.engine.site.compartments[name].use.value

    def kinds(self):
        return [row[0] for row in self.rows("select kind from event order by seq")]

    def rows(self, sql, *values):
        """What another process would read from the disk now."""
        with contextlib.closing(sqlite3.connect(f"file:{self.journal.path}?mode=ro", uri=True)) as other:
            return other.execute(sql, values).fetchall()

    async def fill_disk(self):
        """Let the database not grow any further: SQLite itself says FULL to the next event. Nobody knows yet."""
        self._let_grow(0)
        with contextlib.suppress(Refused):
            while True:  # spend the room that is left inside the pages
                await self.engine.note("x", "", "t")
        self.free_disk()
        await asyncio.sleep(6)
        assert self.engine.sealed is None
        self._let_grow(0)

    def free_disk(self):
        self._let_grow(1_000_000)

    def _let_grow(self, pages):
        now = self.journal.db.execute("pragma page_count").fetchone()[0]
        self.journal.db.execute(f"pragma max_page_count = {now + pages}")


async def refused(asking):
    """The code of the refusal that this must meet."""
    try:
        answer = await asking
    except Refused as no:
        return no.reason.value
    raise AssertionError(f"it was not refused but answered {answer}")


def walk_in_virtual_time(folder, walk):
    """Run a coroutine that takes a bench started on this folder."""

    async def whole():
        bench = await EngineBench(folder).start()
        try:
            await walk(bench)
        finally:
            await bench.kill()

    virtually(whole)


def in_virtual_time(walk):
    """Make a test of a coroutine that takes a started bench."""

    @functools.wraps(walk)
    def test(tmp_path):
        walk_in_virtual_time(tmp_path, walk)

    del test.__wrapped__  # pytest would look for fixtures in the coroutine's arguments
    return test
