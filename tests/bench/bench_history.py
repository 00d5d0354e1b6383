"""What a long past must not slow down: every list and page, catching up, a start, and a restore's memory."""

import asyncio
import contextlib
import random
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace

from bench_cabinet import site
from bench_far import cabinet, free_port
from bench_machine import AS_INSTALLED, quiet_cabinet
from bench_past import filled
from bench_row import Row, at, over, spread
from staff_bench import Office

import lockerd
from api.app import staff_app
from hardware.clock import SystemClock
from locker.core.events.record import moment
from locker.core.messages.observations import Begun
from locker.journal.history import last_fault, unseen_since
from locker.journal.store import Journal, read_only
from locker.services.evidence.snapshot_store import mark_oldest, stored_bytes
from locker.services.evidence.temperature_monitor import was_out_of_limits
from locker.services.notices import notice_follower, outbox
from locker.services.notices.notice_plan import Audience
from locker.services.people import ParcelGroup, Role
from locker.services.reports import KINDS

LONGEST_MS = 50
HIGHEST_MB = 120
WAITING = 10_000
OTHERS = {
    each.strip("/").replace("/", ", "): each
    for each in (
        *(
            "/journal",
            "/rounds",
            "/entries",
            "/people",
            "/people/couriers",
            "/people/applications",
            "/access",
            "/cases",
        ),
        *("/cases/closed", "/mass-openings", "/machine", "/rules", "/broadcasts", "/me"),
    )
}
"""Pages of the panel that list something else than parcels."""
RESTORE = """
import re, sys, lockerd
code = lockerd.main(sys.argv[1:])
# Not getrusage: its highest counts the bench too, of which this process was a copy for a moment.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
sys.exit(code)
"""


def row(name, times, means=""):
    return Row(
        name, spread(times), f"{LONGEST_MS} ms", at(times, 0.95) * 1000, LONGEST_MS, LONGEST_MS, means, unit=" ms"
    )


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Samples:
    """Parcels, units and numbers of all times, to ask for."""

    def __init__(self, past, count):
        db = read_only(past.folder)
        rng = random.Random(1)
        rows = [rng.randrange(1, past.parcels + 1) for _ in range(count)]
        sql = "select id, unit, tracking, created_at, compartment from parcel where rowid = ?"
        self.parcels = [db.execute(sql, [number]).fetchone() for number in rows]
        self.events = [rng.randrange(past.events) for _ in range(count)]
        (self.sha256,) = db.execute("select sha256 from snapshot where removed = 0 limit 1").fetchone()
        db.conn.close()


def api_lists(folder, size):
    """Every list and page of the machine API, over HTTP."""
    past, count = filled(folder, size), max(20, size.visits)
    samples = Samples(past, count)
    addresses = {
        "GET /parcels": lambda _: "/parcels",
        "… a page in the middle": lambda n: f"/parcels?after={samples.parcels[n][3]}~{samples.parcels[n][0]}",
        "… of a page's longest": lambda _: "/parcels?limit=500",
        "… collected": lambda _: "/parcels?state=collected",
        "… cancelled": lambda _: "/parcels?state=cancelled",
        "… stored": lambda _: "/parcels?state=stored",
        "… of a unit": lambda n: f"/parcels?unit={samples.parcels[n][1]}",
        "… of a unit, withdrawn": lambda n: f"/parcels?unit={samples.parcels[n][1]}&state=withdrawn",
        "… of a tracking number": lambda n: f"/parcels?tracking={samples.parcels[n][2]}",
        "GET /parcels/{parcel}, with its timeline": lambda n: f"/parcels/{samples.parcels[n][0]}",
        "GET /parcels/{parcel}/snapshots": lambda n: f"/parcels/{samples.parcels[n][0]}/snapshots",
        "GET /events, a page": lambda n: f"/events?after={samples.events[n]}",
        "GET /compartments": lambda _: "/compartments",
        "GET /compartments/{compartment}": lambda n: f"/compartments/{samples.parcels[n][4]}",
    }
    with cabinet(past.folder, 76, 2) as (asker, _, _):
        for name, address in addresses.items():
            times = [timed(lambda n=n, address=address: asked(asker, f"/api/v1{address(n)}")) for n in range(count)]
            yield row(name, times, past.name if name == "GET /parcels" else "")
        yield row("GET /metrics", [timed(lambda: asker.text("/metrics")) for _ in range(count)])
        yield row("GET /snapshots/{sha256}",
                  [timed(lambda: asker.text(f"/api/v1/snapshots/{samples.sha256}")) for _ in range(count)])  # fmt: skip


def asked(asker, path):
    status, told = asker.ask("GET", path)
    if status != 200:
        raise SystemExit(f"{path} answered {status}: {told}")


def panel_pages(folder, size):
    """Every page of the panel that lists, with its rendering; in this process, without a network."""
    past = filled(folder, size)
    file = folder / "panel.toml"
    file.write_text(site(past.folder, 76, (free_port(), free_port()), 2))
    count = max(40, size.visits // 4)  # of ten the slowest would be their p95
    yield from asyncio.run(Panel(file, Samples(past, 20), count).rows())


class Panel:
    """A supervisor who looks at everything."""

    def __init__(self, file, samples, count):
        self._file, self._samples, self._count = file, samples, count

    async def rows(self):
        with lockerd.opened(lockerd.load_settings(self._file), SystemClock()) as daemon:
            engine = asyncio.create_task(daemon.engine.run())
            daemon.engine.observe(Begun("bench"))
            await daemon.context.directory.load()
            here = SimpleNamespace(context=daemon.context, app=staff_app(daemon.context), clock=daemon.engine)
            office = Office(here)
            try:
                # What a running daemon counted long ago is counted before anything is timed.
                await daemon.context.reports.follower.catch_up()
                await daemon.context.reports.follower.write()
                return await self._look(await office.person(Role.SUPERVISOR, name=f"bench.{time.time_ns()}"))
            finally:
                await office.close()
                engine.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await engine

    async def _look(self, browser):
        parcel, unit, tracking, created, door = self._samples.parcels[0]
        searches = {
            "every parcel": {},
            **{group.value: {"group": group.value} for group in ParcelGroup if group is not ParcelGroup.ALL},
            "a unit": {"text": unit},
            "a unit, ended": {"text": unit, "group": "ended"},
            "a unit, held": {"text": unit, "group": "held"},
            "a name": {"text": "Neighbour"},
            "the end of a number": {"text": tracking[-6:]},
            "the beginning of numbers": {"text": "SF12"},
            "a compartment": {"text": door},
            "a day": {"day": moment(created).date().isoformat()},
            "a day and a unit": {"day": moment(created).date().isoformat(), "text": unit},
            "a page in the middle": {"after": "5000"},
        }
        form = (await browser.get("/parcels")).form("/parcels")
        rows = [await self._row(browser, f"panel: {name}", path) for name, path in
                (("map and tasks", "/"), ("door", f"/doors/{door}"), ("parcel", f"/parcels/{parcel}"),
                 ("duty", "/duty"), ("what goes out", "/parcels/outbound"))]  # fmt: skip
        reports = {f"report: {each}": f"/reports/{each}" for each in KINDS}
        rows += [await self._row(browser, f"panel: {name}", path) for name, path in (OTHERS | reports).items()]
        for name, fields in searches.items():
            asked = {**form, "group": "all", **fields}
            rows.append(await self._row(browser, f"panel, parcels: {name}", "/parcels", asked))
        return rows

    async def _row(self, browser, name, path, fields=None):
        """A page, or with `fields` what a form of it is answered: a search stands in no address."""
        await (browser.get(path) if fields is None else browser.post(path, **fields))  # what is made once is made now
        times = []
        for _ in range(self._count):
            began = time.perf_counter()
            page = await (browser.get(path) if fields is None else browser.post(path, **fields))
            times.append(time.perf_counter() - began)
            if page.status != 200:
                raise SystemExit(f"{path} answered {page.status}")
        return row(name, times)


def catching_up(folder, size):
    """What followers read to catch up, piece by piece, and what a start asks of the past."""
    past = filled(folder, size)
    db = read_only(past.folder)
    at_random = random.Random(2)
    places = [at_random.randrange(past.events) for _ in range(max(20, size.visits // 2))]
    asked = Audience(staff=1, collected=True)
    yield row("catching up: 500 events that ask for notices",
              [timed(lambda n=n: notice_follower._plan(db, n, asked)) for n in places])  # fmt: skip
    yield row("a start: is a sensor out of its limits", [timed(lambda: was_out_of_limits(db, "chest")) for _ in places])
    yield row("a start: bytes of all pictures", [timed(lambda: stored_bytes(db)) for _ in places])
    yield row("tasks: since when doors are faulty or unseen",
              [timed(lambda: (unseen_since(db), *(last_fault(db, f"A{n}", "LockFault") for n in range(76))))
               for _ in places])  # fmt: skip
    yield row("tasks: notices that failed", [timed(lambda: outbox.undelivered_notices(db, SystemClock().now()))
                                             for _ in places])  # fmt: skip
    db.conn.close()
    with writing(past) as db:
        yield from waiting(db)
        yield row("a budget that shrank: one step", [timed(lambda: mark_oldest(db, 10**9)) for _ in range(5)])


@contextlib.contextmanager
def writing(past):
    """A connection whose changes are undone."""
    journal = Journal(past.folder, threads=False)
    journal.open()
    journal.db.execute("begin immediate")
    try:
        yield journal.db
    finally:
        journal.db.execute("rollback")
        journal.close()


def waiting(db):
    """Ten thousand notices wait: a page of them, and what one delivery reads and writes."""
    db.execute("update outbox set state = 'waiting', template = 'moved' where id in "
               "(select id from outbox where state = 'sent' order by event desc limit ?)", [WAITING])  # fmt: skip
    pages, found, place = [], [], outbox.FIRST_PAGE
    while place is not None:
        began = time.perf_counter()
        page = outbox.waiting_page(db, place)
        pages.append(time.perf_counter() - began)
        found, place = page.notices or found, page.next
    now = SystemClock().now()
    yield row("catching up: a page of 500 of 10,000 notices that wait", pages)
    said = outbox.Said("webhook", "en", "0" * 12, "x" * 160)
    sent = [timed(lambda one=one: (outbox.start_attempt(db, one.id), outbox.mark_sent(db, one.id, now, said)))
            for one in found[-100:]]  # fmt: skip
    yield row("… one of them, begun and noted as sent", sent)


def a_start(folder, size):
    """From start to READY on the past and on an empty folder, turn by turn."""
    past = filled(folder, size)
    with_past, without = [], []
    with quiet_cabinet(folder / "none"):
        pass
    for _ in range(max(3, size.visits // 40)):
        for place, times in ((past.folder, with_past), (folder / "none", without)):
            began = time.perf_counter()
            with quiet_cabinet(place):
                times.append(time.perf_counter() - began)
    yield Row(f"start to ready with {past.name}", spread(with_past), f"with none {spread(without)}",
              over(with_past, without), 1.25, 1.25, "the look at the whole database comes after")  # fmt: skip


def a_restore(folder, size):
    """The memory that backup and restore need at their highest."""
    past = filled(folder, size)
    target, copy = folder / "restored", folder / "copy"
    files = {}
    for name, data in (("from", past.folder), ("to", target)):
        files[name] = folder / f"{name}.toml"
        files[name].write_text(site(data, 76, (free_port(), free_port()), 2))
    for name, arguments in (("backup", ["backup", str(copy), "--config", str(files["from"])]),
                            ("restore", ["restore", str(copy), "--config", str(files["to"])])):  # fmt: skip
        began = time.perf_counter()
        program = [sys.executable, "-c", AS_INSTALLED + RESTORE, *arguments]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        peak, took = float(done.stdout.split()[-1]), time.perf_counter() - began
        database = f"{past.megabytes:,.0f} MB of database"
        yield Row(f"memory of a {name}, {database}", f"{peak:.0f} MB", f"{HIGHEST_MB} MB", peak,
                  HIGHEST_MB, HIGHEST_MB, f"{took:.0f} s", unit=" MB")  # fmt: skip
    copy.unlink()
    shutil.rmtree(target)


ROWS = (api_lists, panel_pages, catching_up, a_start, a_restore)
