"""Cases in Chromium: written down, answered, decided, approved by a second person, closed; dangers; en and zh-CN."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from browser_cabinet import column_of
from browser_house import CabinetInThread
from browser_panel import looked_at
from browser_sign_in import PASSWORD, phone_of
from case_bench import png
from playwright.sync_api import expect
from test_staff_panel import Panel

import lockerd
from api.app import staff_app
from api.listeners import Listener, listening
from hardware.clock import SystemClock
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Seen
from locker.services.cases import CaseRequest, Source
from locker.services.people import Role


class Office(CabinetInThread):
    """A small cabinet with a panel, two supervisors, and cases of each class."""

    def __init__(self, folder):
        super().__init__(folder, {1: column_of(1, ["S", "M", "M", "L"])})
        self.staff = f"http://127.0.0.1:{self._ports[1]}"

    async def _run(self):
        self._end = asyncio.Event()
        with lockerd.opened(lockerd.load_settings(self._site), SystemClock()) as daemon:
            self.daemon = daemon
            actor = asyncio.create_task(daemon.engine.run())
            daemon.engine.observe(Begun("test"))
            daemon.engine.observe(SwitchesSeen(dict.fromkeys(daemon.engine.site.compartments, Seen.SHUT)))
            await daemon.engine.heartbeat()
            for name in ("he.jun", "lu.yan"):
                secret = await daemon.context.staff.add(name, Role.SUPERVISOR, by="test")
                pending = await daemon.context.staff.set_up(name, secret, PASSWORD, "test")
                phone = phone_of(self, name)
                phone.secret = pending.new_secret
                assert await daemon.context.staff.enrol(pending, phone.code())
            await daemon.context.cases.load()
            await self._cases(daemon.context.cases.service)
            listener = Listener(staff_app(daemon.context), "127.0.0.1", self._ports[1], "staff.listen")
            async with listening(listener):
                self._ready.set()
                await self._end.wait()
            actor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await actor

    async def _cases(self, service):
        door = next(iter(self.daemon.engine.site.compartments))
        for kind, source, text in (
            ("damaged", Source.RESIDENT, "Carton torn, glass broken"),
            ("fee", Source.PHONE, "Charged while away"),
            ("absent", Source.COURIER, ""),
        ):
            await service.open_case(
                CaseRequest(
                    kind=kind,
                    source=source,
                    by="resident",
                    text=text,
                    unit="0907",
                    compartment=door,
                    photos=(png(64, 48),),
                )
            )


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("cases")) as office:
        yield office


def said(page, form, text, **choices):
    """Open what is folded, fill its form, send it."""
    page.click(f"#{form} summary")
    for name, value in choices.items():
        page.select_option(f"#{form} [name={name}]", value)
    page.fill(f"#{form} [name=words]", text)
    page.click(f"#{form} button.is-main")
    page.wait_for_load_state()


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_CLM_01_CLM_02_CLM_06_a_loss_is_written_down_and_taken_to_its_end_by_two_people(
    chromium, office, width, language
):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.click("header nav a[href='/cases']")
    page.wait_for_url(f"{office.staff}/cases")
    looked_at(panel, "cases")
    page.click("main header a.btn")
    page.select_option("[name=kind]", "lost")
    page.fill("[name=words]", "The box was empty.\nI was there at six.")
    page.fill("[name=unit]", "1202")
    page.check("[name=urgent]")
    looked_at(panel, "case-new")
    page.click("main form.cols button.is-main")
    page.wait_for_url("**/cases/*-*")
    looked_at(panel, "case-to-answer")
    page.fill("#f-reply", "We look at what the machine saw.")
    page.click(".now .btn.is-lit")
    page.wait_for_load_state()
    said(page, "do-words", "@lu.yan please look too", what="note")
    said(page, "do-words", "We are sorry.", what="apology")
    for name in ("cause", "prevention", "carrier-told"):
        said(page, f"need-{name}", f"about {name}")
    for _ in range(2):
        page.click(".now .btn.is-lit")
        page.wait_for_load_state()
    page.click("#do-decide summary")
    page.fill("#f-actual", "420")
    page.fill("#f-declared", "300,50")
    page.click("#do-decide button.is-main")
    page.wait_for_load_state()
    assert "300.50" in page.inner_text(".sum")
    assert page.locator(".now button[name=approved]").count() == 0
    looked_at(panel, "case-decided")
    second = Panel(chromium, office, width, language)
    second.enter("lu.yan")
    second.page.goto(page.url)
    looked_at(second, "case-to-approve")
    second.page.click(".now button[value=yes]")
    second.page.wait_for_load_state()
    second.context.close()
    page.reload()
    said(page, "need-make-good", "paid in cash")
    page.click(".now .btn.is-lit")
    page.wait_for_load_state()
    page.click(".now .btn.is-lit")
    page.wait_for_load_state()
    looked_at(panel, "case-closed")
    number = page.url.rpartition("/")[2]
    assert office.do(office.daemon.context.cases.service.whole(number)).case.outcome == "compensated"
    page.goto(f"{office.staff}/cases/closed")
    assert page.locator(f"#case-{number}").count() == 1
    looked_at(panel, "cases-closed")
    page.goto(f"{office.staff}/cases/{number[:2]}-0001" if "-" in number else page.url)
    looked_at(panel, "case-with-photo")
    assert panel.complaints == []
    panel.context.close()


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_SLA_05_a_danger_is_two_touches_away_and_ends_as_it_began(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.click("header nav a[href='/cases']")
    page.click("nav.within a[href='/cases/emergency']")
    looked_at(panel, "emergency")
    page.check("[value=leak]")
    page.click(".now .btn.is-lit")
    page.wait_for_url("**/cases/*-*")
    looked_at(panel, "case-danger")
    assert office.daemon.context.cases.emergencies.warnings
    page.goto(f"{office.staff}/cases/emergency")
    looked_at(panel, "emergency-on")
    page.click("section.now a.btn")
    page.click(".now .btn.is-lit")
    page.wait_for_load_state()
    assert not office.daemon.context.cases.emergencies.warnings
    assert panel.complaints == []
    panel.context.close()


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_N13_a_year_is_put_in_and_a_wrong_line_is_named(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.goto(f"{office.staff}/cases/working-days")
    page.fill("#f-year", "2031")
    page.fill("#f-days", "day,kind,name\n2031-01-01,rest,x\n")
    page.fill("#f-source", "State Council")
    page.click("main form button.is-main")
    assert "2" in page.inner_text("#alarm")
    looked_at(panel, "working-days-wrong")
    page.fill("#f-days", "day,kind,name\n2031-01-01,off,x\n")
    page.click("main form button.is-main")
    page.wait_for_url(f"{office.staff}/cases")
    assert 2031 in office.daemon.context.cases.calendar.days.years
    assert [each for each in panel.complaints if "422" not in each] == []
    panel.context.close()


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_SLA_01_STF_04_calls_are_taken_over_and_the_queues_say_what_waits(chromium, office, width, language):
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    now = office.daemon.engine.now()
    rows = [f"{n},{now - timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ},{20 + 30 * n},yes,front desk" for n in range(1, 4)]
    calls = "\n".join(["call,time,waited,answered,queue", *rows, "9,soon,5,yes,front desk", "10,,5,yes,"])
    page.goto(f"{office.staff}/cases/calls")
    page.set_input_files("#file", {"name": "calls.csv", "mimeType": "text/csv", "buffer": calls.encode()})
    page.click("main form button.is-main")
    expect(page.locator("#faults")).to_be_visible()
    looked_at(panel, "calls-to-take")
    page.fill("#source", f"PBX {width}")
    page.click("#take button")
    expect(page.locator("table.is-calls b.loud").last).to_be_visible()
    looked_at(panel, "calls-late")
    page.goto(f"{office.staff}/cases?queue=complaints")
    looked_at(panel, "cases-of-a-queue")
    page.goto(f"{office.staff}/duty")
    expect(page.locator("#queue-complaints")).to_be_visible()
    looked_at(panel, "duty-queues")
    page.goto(f"{office.staff}/cases/calls")
    page.click("section.list form button")
    assert panel.complaints == []
    panel.context.close()
