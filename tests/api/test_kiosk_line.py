"""The open line: what is seen and scanned reaches the screen by itself, and ends with the browser."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from kiosk_bench import Bench

PATIENCE_S = 20


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


class Line:
    """The far end of one line: an ASGI request that stays open."""

    def __init__(self, app):
        self._app = app
        self._gone = asyncio.Event()
        self._asked = False
        self.frames = []
        self.beats = 0
        self.headers = {}
        self._more = asyncio.Event()
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/stream",
            "raw_path": b"/stream",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8080),
            "headers": [(b"host", b"127.0.0.1:8080")],
        }

    async def run(self):
        await self._app(self._scope, self._receive, self._send)

    async def _receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif b"event: alive" in message.get("body", b""):
            self.beats += 1
        elif b"event: screen" in message.get("body", b""):
            self.frames.append(message["body"].decode())
            self._more.set()

    def leave(self):
        self._gone.set()

    async def until(self, text):
        """Wait until the newest screen says this."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.frames or text not in self.frames[-1]:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def line(bench, _browser=None):
    far = Line(bench.app)
    task = asyncio.create_task(far.run())
    try:
        await far.until("</form>")
        yield far
    finally:
        far.leave()
        await asyncio.wait_for(task, PATIENCE_S)


async def test_the_next_screen_comes_by_itself_when_the_door_is_seen(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code[:-1])
    async with line(bench, browser) as far:
        assert (await browser.post(f"key {code[-1]}")).status_code == 204
        await far.until("opens now")
        await bench.open(door)
        await far.until("Take your parcel")
        await bench.shut(door)
        await far.until("You have your parcel")


async def test_a_scanned_token_opens_its_door_from_the_idle_screen(bench):
    door, _, token = await bench.stored("SF1")
    browser = await bench.browser().load()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(token)
        await far.until(f"Door {door} opens now")


async def test_a_label_scanned_at_the_idle_screen_opens_nothing_and_says_what_to_show(bench):
    browser = await bench.browser().load()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("No door opens with that")
        bench.context.scan_hub.put("PL1.AAAAAAAAAAAAAAAAAAAAAAAAAA")
        await far.until("No door has this QR code")
        bench.context.scan_hub.put("PL1.'; drop table")
        await far.until("No door has this QR code")


async def test_a_scanned_label_goes_on_with_the_drop_off(bench):
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("Who is it for?")
        assert "SF1 3298 8402 7716" in far.frames[-1]


async def test_a_residents_token_is_no_label(bench):
    _, _, token = await bench.stored("SF1")
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(token)
        await far.until("That is no label")
        assert token not in "".join(far.frames)


@pytest.mark.parametrize("spelt", [str.lower, str.swapcase, lambda token: f" {token} "])
async def test_a_token_is_a_token_in_any_case_it_opens_its_door_and_is_never_a_tracking_number(bench, spelt):
    """Readers that swap the case of letters exist: GM65 and its like have a setting for it."""
    door, _, token = await bench.stored("SF1")
    courier = await (await bench.browser().load()).sign_in()
    async with line(bench, courier) as far:
        bench.context.scan_hub.put(spelt(token))
        await far.until("That is no label")
    await courier.load()
    await courier.touch("finish")
    resident = await bench.browser().load()
    async with line(bench, resident) as far:
        bench.context.scan_hub.put(spelt(token))
        await far.until(f"Door {door} opens now")


async def test_two_pages_show_one_visit_and_a_scan_is_taken_once(bench):
    _, _, token = await bench.stored("SF1")
    first, second = await bench.browser().load(), await bench.browser().load()
    async with line(bench, first) as one, line(bench, second) as two:
        await first.post("contrast")
        await two.until("data-theme")
        bench.context.scan_hub.put(token)
        await one.until("opens now")
        await two.until("opens now")
        await bench.quiet()
    assert (await bench.kinds()).count("PickupStarted") == 1


async def test_a_scan_is_taken_by_the_page_that_is_left(bench):
    door, _, token = await bench.stored("SF1")
    async with line(bench) as two:
        async with line(bench):
            pass
        bench.context.scan_hub.put(token)
        await two.until(f"Door {door} opens now")


async def test_seconds_count_down_by_themselves(bench):
    browser = await bench.browser().load()
    await browser.touch("collect")
    async with line(bench, browser) as far:
        await bench.advance(91)
        await far.until("closes in 29 seconds")
        await bench.advance(9)
        await far.until("closes in 20 seconds")
        await bench.advance(21)
        await far.until('value="dropoff"')


async def test_a_line_ends_with_its_browser_and_leaves_nothing_behind(bench):
    browser = await bench.browser().load()
    before = len(asyncio.all_tasks())
    async with line(bench, browser):
        assert len(asyncio.all_tasks()) > before
    assert len(asyncio.all_tasks()) == before


async def test_a_new_browser_finds_a_resident_at_an_open_door(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await bench.open(door)
    after_a_crash = await bench.browser().load()
    assert after_a_crash.title == "Take your parcel, then push the door shut"
    await bench.shut(door)
    await after_a_crash.load()
    assert after_a_crash.title == "You have your parcel. Thank you."
    assert "again" in after_a_crash.acts


async def test_a_browser_that_shows_a_screen_that_is_gone_gets_the_present_one_again(bench):
    browser = await bench.browser().load()
    old = browser.screen
    await browser.touch("collect")
    async with line(bench, browser) as far:
        far.frames.clear()
        assert (await browser.post("dropoff", screen=old)).status_code == 204
        await far.until("Type your 8-digit code")


@pytest.mark.parametrize(
    ("scan", "shown"),
    [
        ("]C0SF1329884027716\r\n", "SF1 3298 8402 7716"),
        ("]Q1https://x.example/t/1\n]C0021-W12\n]C0SF1329884027716", "SF1 3298 8402 7716"),
        ("]C142090210\x1d9400111899223100000000", "94…00000"),
    ],
)
async def test_REC_04_the_parcels_number_is_taken_from_what_the_label_holds(bench, scan, shown):
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(scan)
        await far.until("Who is it for?")
        assert shown in far.frames[-1]


@pytest.mark.parametrize(
    "scan", ["BEGIN:VCARD\nN:Li\nTEL:13800000001", "https://x.example/12345", "1", "]E06901234567892"]
)
async def test_REC_04_a_card_a_link_a_scrap_and_goods_are_no_label(bench, scan):
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(scan)
        await far.until("That is no label")


async def test_a_token_behind_the_scanners_own_sign_opens_its_door(bench):
    door, _, token = await bench.stored("SF1")
    browser = await bench.browser().load()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(f"]Q1{token}\r")
        await far.until(f"Door {door} opens now")


async def test_a_line_that_is_quiet_still_says_every_few_seconds_that_the_locker_is_there(bench):
    browser = await bench.browser().load()
    async with line(bench, browser) as far:
        screens, beats = len(far.frames), far.beats
        for _ in range(5):
            await bench.advance(2)
            await asyncio.sleep(0.05)
        assert far.beats - beats >= 4
        assert len(far.frames) == screens
