"""The rules in Chromium: listed, written, previewed, in force, taken back; on a desk and on a phone, en and zh-CN."""

import asyncio
import contextlib

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
from locker.core.messages.observations import Begun
from locker.services.people import Role
from locker.services.policies import RuleKind

TEXT = "{locker}, {address}: {code}, {deadline}, {free_hours} h. {help_phone}"


class Office(CabinetInThread):
    """A small cabinet with a panel and its supervisor."""

    def __init__(self, folder):
        super().__init__(folder, {1: column_of(1, ["S", "M"])})
        self.staff = f"http://127.0.0.1:{self._ports[1]}"

    async def _run(self):
        self._end = asyncio.Event()
        with lockerd.opened(lockerd.load_settings(self._site), SystemClock()) as daemon:
            self.daemon = daemon
            actor = asyncio.create_task(daemon.engine.run())
            daemon.engine.observe(Begun("test"))
            await daemon.engine.heartbeat()
            accounts = daemon.context.staff
            secret = await accounts.add("he.jun", Role.SUPERVISOR, by="test")
            pending = await accounts.set_up("he.jun", secret, PASSWORD, "test")
            phone = phone_of(self, "he.jun")
            phone.secret = pending.new_secret
            assert await accounts.enrol(pending, phone.code())
            listener = Listener(staff_app(daemon.context), "127.0.0.1", self._ports[1], "staff.listen")
            async with listening(listener):
                self._ready.set()
                await self._end.wait()
            actor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await actor


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("rules")) as office:
        yield office


@pytest.mark.parametrize(("width", "language"), [("1280", "en"), ("390", "zh-CN")])
def test_a_rule_is_written_previewed_put_in_force_and_taken_back(chromium, office, width, language):
    rules = office.daemon.context.rules
    before = len(rules.versions(RuleKind.TARIFF))
    panel = Panel(chromium, office, width, language)
    panel.enter("he.jun")
    page = panel.page
    page.click("header nav a[href='/rules']")
    page.wait_for_url(f"{office.staff}/rules")
    looked_at(panel, "rules")
    page.click("#rule-tariff a")
    page.click("main header a.btn")
    page.check("[name=charges]")
    page.fill("[name=cap]", "5,50")
    page.fill("[name=reason]", "Asked by the owners' meeting")
    looked_at(panel, "rule-write")
    page.click(".btn.is-main")
    assert page.locator(".is-changes tbody tr").count() == 2
    looked_at(panel, "rule-preview")
    page.click(".btn.is-lit")
    page.wait_for_url(f"{office.staff}/rules/tariff")
    assert rules.versions(RuleKind.TARIFF)[-1].body.cap == 550
    page.click("#undo summary")
    page.fill("#undo-reason", "Too dear")
    looked_at(panel, "rule")
    page.click("#undo button.is-main")
    page.wait_for_load_state()
    assert len(rules.versions(RuleKind.TARIFF)) == before + 2
    page.goto(f"{office.staff}/rules")
    page.click("main header a.btn")
    page.wait_for_url(f"{office.staff}/broadcasts")
    page.fill("#b-en", f"No door opens until 18:00 ({panel.name}).")
    page.click(".form .btn.is-main")
    page.wait_for_load_state()
    assert page.locator("section.list li").first.inner_text().startswith("No door opens")
    looked_at(panel, "broadcasts")
    page.goto(f"{office.staff}/rules/weather/write")
    page.check("[name=stopped]")
    page.fill("[name=reason]", "Typhoon")
    page.click(".btn.is-main")
    assert page.locator("#alarm").is_visible()
    assert page.locator("[name=ends_at]").get_attribute("aria-invalid") == "true"
    assert page.is_checked("[name=stopped]")
    looked_at(panel, "rule-write-wrong")
    page.goto(f"{office.staff}/rules/notice-texts/write")
    said = f"{TEXT} ({panel.name})"
    page.fill("[name=texts]", f"en arrival: {said}\nzh-CN arrival: {said}")
    page.fill("[name=reason]", "Shorter")
    page.click(".btn.is-main")
    assert page.locator("blockquote").count() == 3
    looked_at(panel, "rule-preview-texts")
    page.click(".btn.is-lit")
    page.wait_for_url(f"{office.staff}/rules/notice-texts")
    looked_at(panel, "rule-texts")
    assert [each for each in panel.complaints if "422" not in each] == []
    panel.context.close()
