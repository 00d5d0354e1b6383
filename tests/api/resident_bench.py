"""A resident with a phone: the link of a notice, a browser that keeps cookies, and the locker's residents' listener."""

from contextlib import asynccontextmanager

from machine_bench import a_bench
from staff_bench import Browser

from api.app import resident_app
from api.options import ResidentOptions

URL = "http://127.0.0.1:8091"
OPTIONS = ResidentOptions(listen="127.0.0.1:8091", url=URL)
PHONE_END = "0001"


class Home:
    """The bench of the machine API, with residents at their phones beside it."""

    def __init__(self, bench, resident):
        self.bench = bench
        self.context = bench.context
        self.resident = resident
        self.app = resident_app(bench.context, OPTIONS)
        self._browsers = []

    def phone(self, **more):
        """Somebody's browser, that knows nothing yet."""
        made = Browser(self.app, base=URL, **more)
        self._browsers.append(made)
        return made

    async def link(self, resident=None):
        """The link that a notice to this resident tells now, without its host."""
        wanted = resident or self.resident
        token = await self.context.journal.write(
            lambda db: self.context.resident_links.offer(db, wanted, self.context.engine.now())
        )
        return f"/p/{token}"

    async def at_home(self, end=PHONE_END):
        """The resident's own phone, let in."""
        phone = self.phone()
        gate = await phone.get(await self.link())
        page = await phone.send(gate, "/gate", end=end)
        assert page.status == 200, page.text
        return phone

    async def close(self):
        for each in self._browsers:
            await each.http.aclose()


@asynccontextmanager
async def a_home(folder, **resident):
    async with a_bench(folder) as bench:
        made = await bench.resident(language="en", **resident)
        home = Home(bench, made["id"])
        try:
            yield home
        finally:
            await home.close()
