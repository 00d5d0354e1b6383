"""A cabinet with a rich past behind its panel: something stands on every page, and every page has an address."""

import asyncio
import contextlib
import io
from datetime import timedelta

from browser_house import CabinetInThread
from case_file_bench import NUMBER, a_case
from PIL import Image
from report_days import days_of
from staff_bench import PASSWORD, an_office
from test_machine_page import MEASURES, a_month

from api.i18n import LANGUAGES
from api.listeners import Listener, listening
from locker.core.events.access_events import Passage
from locker.core.model import Seen, Size
from locker.core.parcel_words import ParcelType
from locker.measures import Measure
from locker.services.cases import CaseRequest, Source
from locker.services.command_service import ResidentDetails
from locker.services.incidents import IncidentWords
from locker.services.outbound import Chosen
from locker.services.parcel_service import BookingRequest, Caller
from locker.services.people import Application, Role, Scope
from locker.services.policies import AreaContact, EmergencyContacts, NewVersion, RoundSchedule
from locker.services.reports.fact_table import add_facts
from locker.services.rounds import RoundKind

BY = "staff:he.jun"
RESIDENT = {"resident": {"listen": "127.0.0.1:8091", "url": "https://parcels.example", "registration": True}}
PAST_S = 120
"""Far above the seconds that the past takes to build: some hundred commands through the real engine."""
PEOPLE = (
    *(("1202", "陈静", "13911110002"), ("1203", "王秀英", "13722220003")),
    *(("Tower B, 22-04", "Alexandra Papadopoulos-Featherstone", "13633330005"), ("0803", "陳美玲", "")),
)
GATE = ((Passage.GRANTED, "7711", 9), (Passage.REFUSED, "0042", 5), (Passage.HELD_OPEN, "", 2))
EAST = AreaContact(area="East", person="Li Hua", phone="13800000001", deputy="Wang Fang", deputy_phone="13800000002")
POWER = {
    "en": IncidentWords("Power cut in building 2", "The desk opens doors by hand until 20:00"),
    "zh-CN": IncidentWords("2 号楼停电", "20:00 前可到服务台人工开柜"),
}


class WholePast(CabinetInThread):
    """Its panel on a port, its supervisor's session, and what stands in the places of its addresses."""

    def __init__(self, folder):
        super().__init__(folder, {1: []})
        self._folder = folder
        self._fault = None
        self.staff = f"http://127.0.0.1:{self._ports[1]}"

    def __enter__(self):
        self._thread.daemon = True  # a past that was never built must not keep the run from ending
        self._thread.start()
        assert self._ready.wait(PAST_S), "the past was not built"
        if self._fault is not None:
            raise self._fault
        return self

    async def _run(self):
        self._end = asyncio.Event()
        async with contextlib.AsyncExitStack() as stack:
            try:
                self.office = await stack.enter_async_context(
                    an_office(self._folder / "whole", languages=LANGUAGES, more=RESIDENT)
                )
                self.boss = await self.office.person(Role.SUPERVISOR, "he.jun")
                self.places = await a_past(self.office, self.boss)
                listener = Listener(self.office.bench.app, "127.0.0.1", self._ports[1], "staff.listen")
                await stack.enter_async_context(listening(listener))
            except BaseException as fault:  # noqa: BLE001  raised again where the cabinet is entered
                self._fault = fault
                self._ready.set()
                return
            self._ready.set()
            await self._end.wait()

    @property
    def session(self):
        return self.boss.http.cookies["staff"]

    def pictures_shown(self):
        """He may see the pictures of the case for the next minutes."""
        self.do(self._show())

    async def _show(self):
        page = await self.boss.get(f"/cases/{NUMBER}")
        if page.has_form(f"/cases/{NUMBER}/pictures"):
            await self.boss.send(page, f"/cases/{NUMBER}/pictures")

    def between_the_steps(self, name):
        """The cookie of somebody who gave a password and not yet a code: he has an app, she not yet."""
        return self.do(self._pending(name)).id

    async def _pending(self, name):
        accounts = self.office.bench.context.staff
        if name == "lu.yan":
            secret = await accounts.renew(name, by="test")
            return await accounts.set_up(name, secret, PASSWORD, "test")
        return await accounts.sign_in(name, PASSWORD, "test")


async def a_past(office, boss):
    """Months of it; what stands in each place of an address."""
    bench, context = office.bench, office.bench.context
    for unit, name, phone in PEOPLE:
        card = ResidentDetails(unit=unit, name=name, phone=phone, consent=True, reach=not phone)
        await context.commands.save_resident(card, BY)
    for company, name, pin in (("SF Express", "Li Qiang", "135791"), ("YTO", "Han Mei", "246802")):
        await context.couriers.add(company, name, pin)
    await a_case(office)
    case_door, case_parcel = await _case_of(office)
    late = await bench.store("SF1029384740777", size="M")
    bench.clock.advance(73 * 3600)
    await bench.settle()
    await boss.sign_in("he.jun")
    fresh = await bench.store("YT5550001177310", size="L")
    booked = await _outbound(context)
    await _figures(context)
    await _operation(bench, boss)
    walked = await _rounds(context, boss)
    opening = await context.mass_openings.ask(["A5", "A6"], "stock-taking", BY)
    for seen in (Seen.OPEN, Seen.SHUT):
        bench.doors.see("A6", seen)
        await bench.settle()
    clip = (await bench.events("ClipTaken"))[-1]["data"]["sha256"]
    one = context.directory.find("1203")[0]
    return {
        "door": (case_door, late["compartment"], "A6", "A4"),
        "parcel": (late["parcel"], fresh["parcel"], case_parcel),
        "booked": (booked,),
        "clip": (clip,),
        "number": (NUMBER, "T1-0002"),
        "round": walked,
        "resident": (one.id,),
        "opening": (opening.id,),
    }


async def _case_of(office):
    stored = (await office.bench.events("ParcelStored"))[-1]["data"]
    return stored["compartment"], stored["parcel"]


async def _outbound(context):
    asked = BookingRequest(
        unit="1203", name="王秀英", carrier="SF Express", size=Size.S, type=ParcelType.PARCEL, declared_weight_g=900
    )
    answer, _ = await context.parcels.book(asked, Caller(by="test"))
    begin = context.engine.now() + timedelta(hours=2)
    chosen = Chosen("express", "road", begin, begin + timedelta(hours=2))
    await context.outbound.dispatch.choose(answer.parcel, chosen, 900)
    return answer.parcel


class Machine:
    """The far end: what the machine's files say."""

    async def read(self):
        return MEASURES | {Measure.DISK_FREE_RATIO: 0.04}


async def _figures(context):
    """Two months of facts and a month of each lock."""
    facts = days_of(context.reports.today - timedelta(days=60), 61)
    doors, now = list(context.engine.site.compartments), context.engine.now()
    await context.journal.write(lambda db: (add_facts(db, facts), a_month(db, doors, now)))
    await context.health._doors.load()
    context.health.add([Machine()])
    await context.health.look()


async def _operation(bench, boss):
    context, now, today = bench.context, bench.engine.now(), bench.context.reports.today
    await context.rules.add(NewVersion(1, EmergencyContacts(areas=(EAST,)), "new team"), BY)
    rounds = RoundSchedule(audit_days=7, service_openings=5000)
    await context.rules.add(NewVersion(1, rounds, "as the maker says"), BY)
    await context.incident_desk.declare(POWER, now + timedelta(hours=5), None, BY)
    await context.trainings.add("he.jun", "Fire safety", today, today + timedelta(days=12), BY)
    await context.roster.write("1205 is away until Thursday; his sister may collect.", BY)
    await context.roster.plan("he.jun", now, now + timedelta(hours=8), BY)
    for passage, badge, minutes in GATE:
        at = now - timedelta(minutes=minutes)
        await context.entries.report("Parcel room", passage, at, f"EM4100-{badge}" * bool(badge), "token:gate")
    for number in range(4):
        said = Application(
            unit=f"2-30{number}", name="Zhao Rui", phone=f"+86139000000{number}0", language="en", consent=True
        )
        await context.applications.ask(said)
    for kind, source, text in (("fee", Source.PHONE, "Charged while away"), ("complaint", Source.COURIER, "")):
        await context.cases.service.open_case(CaseRequest(kind=kind, source=source, by=BY, text=text, unit="0907"))
    await context.tokens.create("intercom at the gate", [Scope.READ], by=BY)
    await context.staff.add("lu.yan", Role.OPERATOR, by=BY)
    page = await boss.get("/broadcasts")
    said = {"template": "incident", "audience": "all", "text-en": "No door opens until 18:00."}
    await boss.send(page, "/broadcasts", **said)
    stock = {"stock": "Bubble wrap, m, 40, 10\nTape, rolls, 3, 5"}
    await boss.send(await boss.get("/parcels/stock"), "/parcels/stock", **stock)


async def _rounds(context, boss):
    """One that has ended with differences, and one that goes on, with a photo."""
    ended = await context.rounds.start(RoundKind("stock-take"), BY)
    doors = list(context.engine.site.compartments)
    for number in range(len(doors)):
        page = await boss.get(f"/rounds/{ended}")
        found = "unseen" if number == 1 else "empty"
        await boss.send(page, f"/rounds/{ended}/record", found=found, note="scratched" * (number == 1))
    await boss.send(await boss.get(f"/rounds/{ended}"), f"/rounds/{ended}/end")
    going = await context.rounds.start(RoundKind("inspection"), BY)
    form = (await boss.get(f"/rounds/{going}")).form(f"/rounds/{going}/record")
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (120, 140, 90)).save(out, "JPEG")
    await boss.http.post(
        f"/rounds/{going}/record",
        data={"csrf": form["csrf"], "door": form["door"], "found": "parcel"},
        files={"photo": ("photo.jpg", out.getvalue(), "image/jpeg")},
        headers={"Origin": boss.base},
    )
    return ended, going
