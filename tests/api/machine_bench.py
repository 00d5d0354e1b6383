"""The daemon's real parts on a folder of the test's own, with doors that spring open and a clock moved by hand."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx

import lockerd
from api.app import staff_app
from locker.core.messages.observations import Begun
from locker.core.model import Seen
from locker.measures import BankMeter
from lockerd.daemon import load_accounts

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
COURIER = {"company": "SF Express", "name": "Li Lei"}
SITE = {"id": "test-1", "name": "Test Court", "help_phone": "+86 21 5555 0100"}
SIZES = {"A1": "S", "A2": "S", "A3": "M", "A4": "M", "A5": "L", "A6": "XL"}


class HandClock:
    """Real time plus what a test adds: timers of the loop and the wall clock move together."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self._real = self._loop.time
        self._begun = self._real()
        self._added = 0.0
        self._loop.time = self.monotonic

    def monotonic(self):
        return self._real() + self._added

    def now(self):
        return BEGIN + timedelta(seconds=self.monotonic() - self._begun)

    def synced(self):
        return True

    def advance(self, seconds):
        self._added += seconds


class Doors:
    """The far end of the wire: a pulsed door springs open at once unless jammed; only a hand shuts it."""

    name = "left"

    def __init__(self, report, without=()):
        self.doors = tuple(name for name in SIZES if name not in without)
        self.truth = dict.fromkeys(self.doors, Seen.SHUT)
        self.jammed = set()
        self.pulses = []
        self._report = report
        self.meter = BankMeter()

    async def unlock(self, door):
        self.pulses.append(door)
        if door not in self.jammed:
            self.see(door, Seen.OPEN)

    def see(self, door, seen):
        self.truth[door] = seen
        self._report({door: seen})

    async def survey(self):
        return dict(self.truth)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None


def settings(folder, without=(), languages=("en",), more=(), **pickup):
    return lockerd.Settings.model_validate(
        {
            "site": {
                "id": "test-1",
                "name": "Test Court",
                "help_phone": "+86 21 5555 0100",
                "languages": list(languages),
            },
            "storage": {"data": folder},
            "staff": {"listen": "127.0.0.1:8443"},
            "pickup": pickup,
            **dict(more),
            "bank": [{"name": "left", "kind": "gpio"}],
            "place": [
                {"id": "shelf", "name": "Shelf at the desk", "kind": "shelf", "capacity": 20},
                {"id": "room", "name": "Post room", "kind": "room", "capacity": 1},
            ],
            "compartment": [
                {"id": name, "size": size, "bank": "left", "lock": 2 * n, "switch": 2 * n + 1}
                for n, (name, size) in enumerate(SIZES.items())
                if name not in without
            ],
        }
    )


class Bench:
    """One cabinet of six doors, its apps, and a client for each set of scopes."""

    def __init__(self, daemon, doors, clock):
        self.daemon = daemon
        self.context = daemon.context
        self.engine = daemon.engine
        self.doors = doors
        self.clock = clock
        self.app = staff_app(daemon.context)
        self.texts = {}
        self._clients = []

    async def token(self, *scopes, company=""):
        if (scopes, company) not in self.texts:
            made = await self.context.tokens.create("-".join(scopes), scopes, by="test", company=company)
            self.texts[scopes, company] = made
        return self.texts[scopes, company]

    async def client(self, *scopes, company=""):
        """A caller with a token of these scopes, or with none."""
        headers = {"Authorization": f"Bearer {await self.token(*scopes, company=company)}"} if scopes else {}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        made = httpx.AsyncClient(transport=transport, base_url="http://locker/api/v1", headers=headers)
        self._clients.append(made)
        return made

    async def close(self):
        for client in self._clients:
            await client.aclose()

    async def settle(self):
        """Everything that was ordered or seen so far has had its consequence."""
        for _ in range(6):
            await asyncio.sleep(0)
            await self.engine.heartbeat()

    async def shut(self, *doors):
        await self.settle()
        for door in doors:
            assert self.doors.truth[door] is Seen.OPEN
            self.doors.see(door, Seen.SHUT)
        await self.settle()

    async def resident(self, unit="1-201", name="Wang Ming", phone="+8613800000001", **more):
        staff = await self.client("staff")
        body = {"unit": unit, "name": name, "phone": phone, "consent": True, **more}
        answer = await staff.put("/residents", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deposit_body(self, tracking="SF0001", **more):
        return {"tracking": tracking, "recipient": {"unit": "1-201"}, "size": "S", "courier": COURIER, **more}

    async def store(self, tracking="SF0001", **more):
        """A parcel behind a shut door: the answer to its deposit, and its code and token."""
        courier = await self.client("deposit")
        answer = await courier.post("/deposits", json=self.deposit_body(tracking, **more))
        assert answer.status_code == 201, answer.text
        deposit = answer.json()
        await self.shut(deposit["compartment"])
        query = "select blob from sealed where parcel = ?"
        blob = await self.context.journal.read(lambda db: db.execute(query, [deposit["parcel"]]).fetchone()[0])
        code, token = self.context.vault.unseal(blob)
        return {**deposit, "code": code, "token": token}

    async def events(self, kind=None):
        reader = await self.client("read")
        found = (await reader.get("/events")).json()
        return [event for event in found if kind is None or event["kind"] == kind]


@asynccontextmanager
async def a_bench(folder, without=(), languages=("en",), more=(), **pickup):
    """`without`: doors that the site file does not name (any more); `more`: other tables of it."""
    clock = HandClock()
    with lockerd.opened(settings(folder, without, languages, more, **pickup), clock) as daemon:
        engine = asyncio.create_task(daemon.engine.run())
        daemon.engine.observe(Begun("test"))
        doors = Doors(daemon.dispatcher.report, without)
        daemon.dispatcher.add([doors])
        dispatcher = asyncio.create_task(daemon.dispatcher.run())
        await load_accounts(daemon)
        await daemon.dispatcher.looked(10)
        bench = Bench(daemon, doors, clock)
        await bench.settle()
        try:
            yield bench
        finally:
            await bench.close()
            for task in (dispatcher, engine):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def said(answer, status=200):
    """What was answered, with this status."""
    assert answer.status_code == status, answer.text
    return answer.json()
