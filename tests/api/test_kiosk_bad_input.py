"""What a touchscreen in a lobby is really given: noise, giant codes, strange names, people who walk away."""

from __future__ import annotations

import asyncio

import pytest
from kiosk_bench import PIN, Bench
from test_kiosk_line import line

from locker.core.model import Use
from locker.services.command_service import ResidentDetails

LONG_S = 700


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


NOISE = [
    *("\x00\x01\x02", "\ufffd" * 40, " \t\r\n ", "\u202e\u202d", "]C0", "%s%n{door}"),
    *("A" * 4096, "1" * 4096, "\u597d" * 1400),
]


@pytest.mark.parametrize("text", NOISE)
async def test_noise_from_a_scanner_opens_nothing_and_breaks_no_screen(bench, text):
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        bench.context.scan_hub.put("PL1.AAAAAAAAAAAAAAAAAAAAAAAAAA")
        await far.until("No door has this QR code")
    assert not bench.engine.site.visits


@pytest.mark.parametrize("text", NOISE)
async def test_noise_is_no_label(bench, text):
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench, browser) as far:
        bench.context.scan_hub.put(text)
        bench.context.scan_hub.put("https://x.example/1")
        await far.until("That is no label")


NAMES = {
    "arabic": "\u0645\u062d\u0645\u062f \u0639\u0644\u064a",
    "turned": "\u202egniM gnaW",
    "emoji": "\U0001f469\u200d\U0001f467 Wang",
    "wide": "\uff37\uff41\uff4e\uff47\u3000\uff2d\uff49\uff4e\uff47",
    "markup": "<b>Wang</b>",
    "braces": "O'Brien {unit}",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_names_of_all_the_world_are_masked_and_shown_and_break_no_screen(bench, name):
    card = ResidentDetails(unit="0905", name=name, phone="+8613800000905", consent=True)
    other = ResidentDetails(unit="0905", name="Li Wei", phone="+8613800000906", consent=True)
    for each in (card, other):
        await bench.context.commands.save_resident(each, "staff:test")
    browser = await (await bench.browser().load()).sign_in()
    await browser.touch("type")
    await browser.keys("SF777")
    await browser.touch("next")
    await browser.keys("0905")
    assert sum(act.startswith("choose") for act in browser.acts) == 2
    assert "<b><b>" not in browser.page
    await browser.touch(next(act for act in browser.acts if act.startswith("choose")))
    assert browser.title == "Which size fits?"


WALKS = [
    ["collect"],
    ["collect", "key 1"],
    ["collect", "lost"],
    ["collect", "lost", "resend", "key 1", "continue"],
    ["dropoff"],
    ["dropoff", *(f"key {key}" for key in PIN), "signin"],
    ["dropoff", *(f"key {key}" for key in PIN), "signin", "type", "key S"],
    ["dropoff", *(f"key {key}" for key in PIN), "signin", "type", *(f"key {key}" for key in "SF777"), "next"],
    ["large", "contrast", "calm"],
    ["help"],
]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: "-".join(act for act in walk if not act.startswith("key")))
async def test_who_walks_away_leaves_an_idle_screen_for_the_next_one(bench, walk):
    browser = await (await bench.browser().load()).touch(*walk)
    for _ in range(4):
        await bench.advance(LONG_S)
        await browser.load()
    assert "collect" in browser.acts
    assert 'lang="en"' in browser.page
    assert "data-text" not in browser.page.split("</form>")[0]
    assert "Do you need more time" not in browser.text


async def test_a_knuckle_that_hits_two_keys_at_once_types_both_once(bench):
    browser = await bench.browser().load()
    await browser.touch("collect")
    screen = browser.screen
    await asyncio.gather(*(browser.post(f"key {key}", screen=screen) for key in "12"))
    await browser.load()
    assert browser.page.count('<span class="cell">') == 2


async def test_typing_goes_on_while_another_door_alarms(bench):
    await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys("407")
    await bench.open("C1")
    await browser.load()
    await browser.keys("1")
    assert browser.page.count('<span class="cell">') == 4


async def test_two_scans_in_one_second_open_one_door(bench):
    first, _, token = await bench.stored("SF1")
    second, _, other = await bench.stored("SF2", "1208")
    async with line(bench) as far:
        bench.context.scan_hub.put(token)
        bench.context.scan_hub.put(other)
        await far.until(f"Door {first} opens now")
    await bench.quiet()
    assert set(bench.engine.site.visits) == {first}, "the second is nobody's at this door"
    assert bench.engine.site.compartments[second].use is Use.LOADED


async def test_one_label_scanned_twice_in_a_second_is_one_deposit(bench):
    browser = await (await bench.browser().load()).sign_in()
    async with line(bench) as far:
        for _ in range(2):
            bench.context.scan_hub.put("SF1329884027716")
        await far.until("Who is it for?")
    await browser.load()
    await browser.keys("1203")
    await browser.touch("size S")
    assert len(bench.engine.site.visits) == 1


async def test_what_is_typed_while_a_door_alarms_opens_its_own_door_and_the_alarm_goes_on(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code[:4])
    await bench.open("C1")
    await browser.keys(code[4:])
    assert browser.title == f"Door {door} opens now"
    assert bench.engine.site.compartments["C1"].use is Use.CHECK
    assert "DoorForced" in await bench.kinds()
