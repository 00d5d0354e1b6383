"""A visit whose wire died ends with a screen that says what happens now: staff look, here is the help phone."""

import pytest
from kiosk_bench import Bench

from locker.core.model import Seen, Use


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def wire_dies_and_comes_back(bench, door):
    bench.see({door: Seen.UNSEEN})
    await bench.quiet()
    await bench.advance(*[10] * 15)
    bench.see({door: Seen.SHUT})
    await bench.quiet()
    await bench.advance(*[10] * 15)
    assert bench.engine.site.compartments[door].use is Use.CHECK


async def test_a_courier_whose_door_went_out_of_sight_is_told_that_staff_look(bench):
    courier = await (await bench.browser().load()).sign_in()
    door = await courier.deposit_door()
    await wire_dies_and_comes_back(bench, door)
    await courier.load()
    assert courier.title == f"Staff will look into door {door}."
    assert "Nobody is told yet" in courier.text
    assert "+86 21 5555 0100" in courier.text
    assert "It stood open" not in courier.text
    assert {"next", "finish"} <= set(courier.acts)


async def test_a_resident_whose_door_went_out_of_sight_is_told_that_staff_look(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await wire_dies_and_comes_back(bench, door)
    await browser.load()
    assert browser.title == f"Staff will look into door {door}."
    assert "lost sight of this door" in browser.text
    assert "+86 21 5555 0100" in browser.text
    assert {"report", "finish"} <= set(browser.acts)


async def test_while_the_wire_is_dead_the_screen_does_not_wait_for_ever(bench):
    courier = await (await bench.browser().load()).sign_in()
    door = await courier.deposit_door()
    bench.see({door: Seen.UNSEEN})
    await bench.quiet()
    await bench.advance(*[10] * 30)
    await courier.load()
    assert "opens now" not in courier.title


async def test_a_door_that_was_left_open_still_says_so(bench):
    courier = await (await bench.browser().load()).sign_in()
    door = await courier.deposit_door()
    await bench.open(door)
    await bench.advance(*[10] * 15)
    await courier.load()
    assert courier.title == f"Door {door} is still open. Push it shut."
    assert "It stood open for long" in courier.text


async def test_a_courier_who_was_disabled_meanwhile_opens_no_further_door(bench):
    courier = await (await bench.browser().load()).sign_in()
    await courier.touch("type")
    (known,) = await bench.context.couriers.listed()
    await bench.context.couriers.suspend(known.id, by="test")
    await courier.keys("SF1")
    await courier.keys("3299")
    await courier.touch("next")
    await courier.keys("1203")
    await courier.touch("size S")
    assert "DepositStarted" not in await bench.kinds()
