"""A real engine and journal on a folder of the test's own, a clock moved by hand, and a phone company that can fail."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, time, timedelta

from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Compartment, Policy, Seen, Size
from locker.engine import Engine
from locker.journal.answers import load_answers
from locker.journal.rows import load
from locker.journal.store import Journal
from locker.key_check import open_vault
from locker.services.backup import BackupKeeper
from locker.services.command_service import CommandService, DepositRequest, ResidentDetails
from locker.services.people import DepositWishes, WishRegister
from locker.services.people.residents import ResidentDirectory
from locker.services.policies import RuleBook
from locker.startup import restore
from locker.trusted_clock import TrustedClock

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TIMEOUT_S = 20


def no_backups(bench):
    """The keeper of a site file that asks for no backups."""
    return BackupKeeper(bench.engine, bench.journal, "site", time(3), "UTC", None)


class HandClock:
    """The cabinet's time stands still until a test moves it; timers of the loop are moved along."""

    def __init__(self):
        loop = asyncio.get_running_loop()
        real = loop.time
        self._added = 0.0
        self.ahead = timedelta()
        loop.time = lambda: real() + self._added

    def monotonic(self):
        return self._added

    def now(self):
        return BEGIN + timedelta(seconds=self._added) + self.ahead

    def synced(self):
        return True

    def advance(self, seconds):
        self._added += seconds


class Bench:
    """One cabinet of six doors without a bank: the test says what the switches say."""

    def __init__(self, folder, clock):
        self.folder = folder
        self.clock = clock
        self.pulses = []

    async def start(self):
        self.journal = Journal(self.folder)
        self.journal.open()
        self.vault, _ = open_vault(self.journal)
        doors = [Compartment(id=f"A{n}", size=Size.M, bank="left") for n in range(1, 7)]
        site = load(self.journal.db, Policy(), doors)
        last = datetime.fromisoformat(self.journal.at) if self.journal.at else None
        trusted = TrustedClock(self.clock, last)
        answers = load_answers(self.journal.db, trusted.now())
        self.engine = Engine(site, self.journal, trusted, lambda order: self.pulses.append(order.door), answers)
        self.actor = asyncio.create_task(self.engine.run())
        self.directory = ResidentDirectory(self.journal, self.engine)
        await self.directory.load()
        self.wishes = WishRegister(self.journal, self.engine)
        wished = DepositWishes(self.wishes, "Asia/Shanghai")
        self.rules = RuleBook(self.journal, self.engine)
        await self.rules.load()
        self.commands = CommandService(self.engine, self.journal, self.directory, self.vault, wished, self.rules, "en")
        self.engine.observe(Begun(version="test"))
        self.engine.observe(SwitchesSeen({door.id: Seen.SHUT for door in doors}))
        await self.quiet()
        return self

    async def stop(self):
        self.actor.cancel()
        with suppress(asyncio.CancelledError):
            await self.actor
        self.journal.close()

    async def restored(self, copy):
        """Put a backup back, with all that happened since unknown but for what this folder tells; a new bench on it."""
        await self.stop()
        doors = [Compartment(id=f"A{n}", size=Size.M, bank="left") for n in range(1, 7)]
        restore(copy, self.folder, (Policy(), doors, self.clock), force=True, trusted=False)
        return await Bench(self.folder, self.clock).start()

    async def resident(self, unit="1203", name="Wang Ming", phone="+8613800000001", **more):
        card = ResidentDetails(unit=unit, name=name, phone=phone, consent=True, **more)
        return (await self.commands.save_resident(card, "staff:test")).id

    async def deposit(self, tracking="SF1", unit="1203"):
        request = DepositRequest(by="token:test", tracking=tracking, size=Size.M, company="SF", courier="Li", unit=unit)
        return await self.commands.deposit(request)

    async def quiet(self):
        """What was seen before has become events."""
        await asyncio.sleep(0)
        await self.engine.heartbeat()

    async def door(self, compartment, *seen):
        for one in seen:
            self.engine.observe(SwitchesSeen({compartment: one}))
            await self.quiet()

    async def store(self, tracking="SF1", unit="1203"):
        deposit = await self.deposit(tracking, unit)
        await self.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        return deposit

    async def collect(self, deposit):
        code, _ = await self.secrets(deposit.parcel)
        opened = await self.commands.pickup(source="kiosk", by="kiosk", code=code)
        await self.door(opened.openings[0][1], Seen.OPEN, Seen.SHUT)

    async def secrets(self, parcel):
        query = "select blob from sealed where parcel = ?"
        return self.vault.unseal((await self.rows(query, parcel))[0]["blob"])

    async def rows(self, query, *values):
        def work(db):
            cursor = db.execute(query, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return await self.journal.read(work)


class PhoneCompany:
    """A real HTTP server that takes messages by id, and can be down, reject, answer 503 or not answer."""

    def __init__(self):
        self.mode = "up"
        self.retry_after = ""
        self.posts = []
        self.messages = {}
        self.order = []
        self.go_on = asyncio.Event()

    def to(self, number):
        return [message for message in self.messages.values() if message["to"] == number]

    async def answer(self, reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            message = json.loads(await reader.readexactly(length))
            self.posts.append(message)
            status = await self._status(message)
            if status:
                asks = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
                writer.write(f"HTTP/1.1 {status} X\r\n{asks}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async def _status(self, message):
        match self.mode:
            case "down":
                return None
            case "reject":
                return 400
            case "busy":
                return 503
            case int():
                return self.mode
            case "accepts-in-silence":
                self._take(message)
                await self.go_on.wait()
                return None
            case _:
                self._take(message)
                return 200

    def _take(self, message):
        if message["id"] not in self.messages:
            self.order.append(message["id"])
        self.messages.setdefault(message["id"], message)


async def until(condition, what="it"):
    """Wait for something that a real process or socket brings about."""
    loop = asyncio.get_running_loop()
    for _ in range(TIMEOUT_S * 100):
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        wait = loop.create_future()
        loop.call_later(0.01, wait.set_result, None)
        await wait
    raise AssertionError(f"{what} did not happen in {TIMEOUT_S} s")


@asynccontextmanager
async def running(*coroutines):
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
                raise result
