"""The page of the machine in Chromium: a lock that wears, the mains gone, on a desk and on a phone, en and zh-CN."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from browser_cabinet import column_of
from browser_house import CabinetInThread
from browser_panel import looked_at
from browser_sign_in import PASSWORD, phone_of
from test_staff_panel import Panel

import lockerd
from api.app import staff_app
from api.listeners import Listener, listening
from hardware.clock import SystemClock
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Seen
from locker.measures import Measure
from locker.services.people import Role

COLUMNS = {number: column_of(number, ["S", "M", "S", "S", "M", "S"]) for number in range(1, 5)}
MEASURES = {
    Measure.CPU_CELSIUS: 51.4,
    Measure.UNDERVOLTAGE: 0.0,
    Measure.DISK_FREE_BYTES: 31.2e9,
    Measure.DISK_FREE_RATIO: 0.5,
    Measure.CARD_WRITTEN_BYTES: 2.5e9,
    Measure.BATTERY_RATIO: 0.97,
    Measure.ON_BATTERY: 0.0,
    Measure.CAMERA_WORKING: 1.0,
    Measure.BACKUP_AGE_SECONDS: 3600.0,
    Measure.CERTIFICATE_LEFT_SECONDS: 104.5 * 86400,
}


class Machine:
    """The far end: what the machine's files say."""

    def __init__(self):
        self.measures = dict(MEASURES)

    async def read(self):
        return self.measures


class Office(CabinetInThread):
    """A cabinet of 24 doors with a panel; its month lies behind it."""

    def __init__(self, folder):
        super().__init__(folder, COLUMNS)
        self.staff = f"http://127.0.0.1:{self._ports[1]}"
        self.machine = Machine()

    def look(self):
        self.do(self.daemon.context.health.look())

    async def _run(self):
        self._end = asyncio.Event()
        with lockerd.opened(lockerd.load_settings(self._site), SystemClock()) as daemon:
            self.daemon = daemon
            actor = asyncio.create_task(daemon.engine.run())
            daemon.engine.observe(Begun("test"))
            daemon.engine.observe(SwitchesSeen(dict.fromkeys(daemon.engine.site.compartments, Seen.SHUT)))
            await daemon.engine.heartbeat()
            accounts = daemon.context.staff
            secret = await accounts.add("chen.lin", Role.TECHNICIAN, by="test")
            pending = await accounts.set_up("chen.lin", secret, PASSWORD, "test")
            phone = phone_of(self, "chen.lin")
            phone.secret = pending.new_secret
            assert await accounts.enrol(pending, phone.code())
            await daemon.journal.write(
                lambda db: a_month(db, list(daemon.engine.site.compartments), daemon.engine.now())
            )
            await daemon.context.health._doors.load()
            daemon.context.health.add([self.machine])
            await daemon.context.health.look()
            listener = Listener(staff_app(daemon.context), "127.0.0.1", self._ports[1], "staff.listen")
            async with listening(listener):
                self._ready.set()
                await self._end.wait()
            actor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await actor


def a_month(db, doors, now):
    """Thirty days of every door; the last door's lock wears."""
    for number, door in enumerate(doors):
        for day in range(30):
            date = (now - timedelta(days=29 - day)).date().isoformat()
            slower = 7 * day if door == doors[-1] else (day * 7 + number * 5) % 9
            millis = 395 + number + slower
            faults = int(door == doors[-1] and day in {20, 25, 28})
            row = [door, date, 7, 7, faults, f"{millis} {millis + 3}"]
            db.execute("insert into door_day values (?, ?, ?, ?, ?, ?)", row)
        db.execute("insert into door_total values (?, ?, ?)", [door, "2026-01-01T00:00:00.000Z", 5000 + 173 * number])


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("machine")) as office:
        yield office


@pytest.fixture
def at(chromium, office):
    opened = []

    def at(width, language):
        panel = Panel(chromium, office, width, language)
        panel.enter("chen.lin")
        opened.append(panel)
        return panel

    yield at
    for panel in opened:
        assert panel.complaints == []
        panel.context.close()


WALKS = [("1280", "en"), ("390", "zh-CN")]


@pytest.mark.parametrize(("width", "language"), WALKS)
def test_UX_03_the_machine_stands_on_one_page_two_touches_away(at, office, width, language):
    office.machine.measures = dict(MEASURES)
    office.look()
    panel = at(width, language)
    panel.page.click("nav.within a[href='/machine']")
    panel.page.wait_for_url(f"{office.staff}/machine")
    first = panel.page.locator("table.is-machine tbody tr").first
    assert first.get_attribute("id") == f"health-{list(office.daemon.engine.site.compartments)[-1]}"
    assert panel.page.locator("#parts li").count() >= 8
    panel.picture("machine")
    panel.page.click("#more-doors summary")
    assert panel.page.locator("table.is-machine tbody tr:visible").count() == len(
        office.daemon.engine.site.compartments
    )
    looked_at(panel, "machine-more")


@pytest.mark.parametrize(("width", "language"), WALKS)
def test_mains_that_are_gone_come_first_and_the_map_leads_there(at, office, width, language):
    office.machine.measures = MEASURES | {Measure.ON_BATTERY: 1.0, Measure.BATTERY_LOW: 0.0, Measure.UNDERVOLTAGE: 1.0}
    health = office.daemon.context.health
    for limit in health._watches.values():
        limit._contrary_since = None
    office.look()
    for watch in health._watches.values():
        if watch._contrary_since is not None:
            watch._contrary_since -= 86400
    office.look()
    panel = at(width, language)
    panel.picture("map-with-machine")
    panel.page.locator("section.list a[href='/machine']:not([tabindex])").first.click()
    panel.page.wait_for_url(f"{office.staff}/machine")
    assert panel.page.locator("section.now h2").count() == 1
    assert panel.page.locator("#warnings li").count() >= 1
    looked_at(panel, "machine-wants")
