"""The kiosk's app before a real engine and journal: the test is the hands, the switches and the clock."""

from __future__ import annotations

import asyncio
import html
import re
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import httpx

import lockerd
from api.app import kiosk_app
from locker.core.messages.observations import Begun, SwitchesSeen, Tick
from locker.core.model import Consent, Seen, Size
from locker.services.command_service import DepositRequest, ResidentDetails
from locker.services.people import PinTaken

BEGIN = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
COMPANY, PIN = "SF Express", "471102"
DOORS = {"A1": ("S", 1, 1300, 1439), "A2": ("M", 1, 400, 621), "B1": ("M", 2, 500, 721), "C1": ("L", 3, 1230, 1615)}
SITE = """
[site]
id = "riverside-1"
name = "Riverside Court, lobby"
address = "12 River Road"
operator = "Riverside Court Property Services"
timezone = "Asia/Shanghai"
languages = ["en", "zh-CN", "zh-TW"]
help_phone = "+86 21 5555 0100"
[storage]
data = "{data}"
[kiosk]
column = 2
bottom_mm = 1000
top_mm = 1400
[pickup]
{pickup}
[[bank]]
name = "pins"
kind = "gpio"
"""


class HandClock:
    """Time moves when the test says so, for the loop's timers too."""

    def __init__(self):
        loop = asyncio.get_running_loop()
        real = loop.time
        self._added = 0.0
        loop.time = lambda: real() + self._added

    def monotonic(self):
        return self._added

    def now(self):
        return BEGIN + timedelta(seconds=self._added)

    def synced(self):
        return True

    def advance(self, seconds):
        self._added += seconds


class Bench:
    """One cabinet of four doors without a bank."""

    def __init__(self, folder, pickup="", standing_open=()):
        self._standing_open = dict.fromkeys(standing_open, Seen.OPEN)
        text = SITE.format(data=folder / "data", pickup=pickup)
        for at, (name, (size, column, bottom, top)) in enumerate(DOORS.items()):
            text += f'[[compartment]]\nid = "{name}"\nsize = "{size}"\nbank = "pins"\nlock = {at + 2}\n'
            text += f"switch = {at + 14}\ncolumn = {column}\nbottom_mm = {bottom}\ntop_mm = {top}\n"
        self.path = folder / "site.toml"
        self.path.write_text(text, encoding="utf-8")
        self._stack = ExitStack()

    async def __aenter__(self):
        self.clock = HandClock()
        daemon = self._stack.enter_context(lockerd.opened(lockerd.load_settings(self.path), self.clock))
        self.context, self.engine = daemon.context, daemon.engine
        self.actor = asyncio.create_task(self.engine.run())
        self.engine.observe(Begun("test"))
        self.see({**dict.fromkeys(DOORS, Seen.SHUT), **self._standing_open})
        await self.quiet()
        await self.context.directory.load()
        await self.context.couriers.load()
        await self.context.commands.load()
        with suppress(PinTaken):  # on a folder of before
            await self.context.couriers.add(COMPANY, "Chen Wei", PIN)
        for unit, name, phone, consent in (
            ("1203", "Wang Ming", "+8613800000001", True),
            ("1208", "赵敏", "+8613800000002", None),
            ("1201", "Li Na", "+8613800000003", False),
        ):
            card = ResidentDetails(unit=unit, name=name, phone=phone, consent=consent)
            await self.context.commands.save_resident(card, "staff:test")
        self.app = kiosk_app(self.context)
        return self

    async def __aexit__(self, *_):
        self.actor.cancel()
        with suppress(asyncio.CancelledError):
            await self.actor
        self._stack.close()

    def see(self, doors):
        self.engine.observe(SwitchesSeen(doors))

    async def quiet(self):
        await self.engine.heartbeat()

    async def open(self, door):
        self.see({door: Seen.OPEN})
        await self.quiet()

    async def shut(self, door):
        self.see({door: Seen.SHUT})
        await self.quiet()

    async def advance(self, *steps):
        for seconds in steps:
            self.clock.advance(seconds)
            self.engine.observe(Tick(synced=True))
            await self.quiet()

    async def stored(self, tracking, unit="1203"):
        """A parcel behind a door: its compartment, code and token."""
        resident = self.context.directory.find(unit)[0]
        request = DepositRequest(
            by="courier:x",
            tracking=tracking,
            size=Size.S,
            company=COMPANY,
            courier="Chen Wei",
            resident=resident.id,
            consent=Consent.GIVEN,
        )
        answer = await self.context.commands.deposit(request)
        await self.open(answer.compartment)
        await self.shut(answer.compartment)
        query = "select blob from sealed where parcel = ?"
        row = await self.context.journal.read(lambda db: db.execute(query, [answer.parcel]).fetchone())
        code, token = self.context.vault.unseal(row[0])
        return answer.compartment, code, token

    async def kinds(self):
        rows = await self.context.journal.read(lambda db: db.execute("select kind from event order by seq").fetchall())
        return [row[0] for row in rows]

    def browser(self):
        return Browser(self)


class Browser:
    """A browser without scripts' line: it posts touches and reads the screens that come back."""

    def __init__(self, bench):
        self.bench = bench
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=bench.app, raise_app_exceptions=True),
            base_url="http://127.0.0.1:8080",
            headers={"Origin": "http://127.0.0.1:8080", "HX-Request": "true"},
        )
        self.page = ""

    async def load(self):
        answer = await self.http.get("/")
        assert answer.status_code == 200
        self.page = answer.text
        return self

    @property
    def screen(self):
        return re.search(r'name="screen" value="([^"]+)"', self.page)[1]

    @property
    def title(self):
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.DOTALL)[1]
        return html.unescape(re.sub(r"<[^>]+>", "", found))

    @property
    def text(self):
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page)))

    @property
    def acts(self):
        return [html.unescape(act) for act in re.findall(r'<button[^>]* value="([^"]+)"', self.page)]

    async def post(self, act, screen=None):
        return await self.http.post("/touch", data={"screen": screen or self.screen, "act": act})

    async def touch(self, *acts):
        """Touch buttons that are on the screen, one after another."""
        for act in acts:
            assert act in self.acts, f"{act} is not on the screen «{self.title}»: {self.acts}"
            answer = await self.post(act)
            assert answer.status_code == 200, answer.text
            self.page = answer.text
        return self

    async def keys(self, text):
        return await self.touch(*(f"key {key}" for key in text))

    async def sign_in(self):
        await self.touch("dropoff")
        await self.keys(PIN)
        return await self.touch("signin")

    async def deposit_door(self, tracking="SF13299", unit="1203", size="S"):
        """From the scanning screen to the door of a deposit; the compartment is given back."""
        await self.touch("type")
        await self.keys(tracking)
        await self.touch("next")
        await self.keys(unit)
        await self.touch(*[act for act in self.acts if act.startswith("choose")][:1], f"size {size}")
        return re.search(r"Door (\w+) opens now", self.title)[1]


def marks(page):
    """How doors are drawn: id to mark, of the large drawing."""
    drawing = page[page.rindex('<svg class="cabinet"') :] if '<svg class="cabinet"' in page else ""
    found = re.findall(r'<g class="door is-(\w+)"><rect[^>]*/><text[^>]*>(\w+)<', drawing)
    return {door: mark for mark, door in found}
