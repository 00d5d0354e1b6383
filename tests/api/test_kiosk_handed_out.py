"""Staff hand a parcel out from their phone: the screen goes on with whoever stands there without a code."""

from __future__ import annotations

import pytest
from kiosk_bench import Bench, marks

from locker.core.model import ParcelState, Use
from locker.services.custody_service import TOUCHSCREEN


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def handed_out(bench, door):
    """Staff have seen who it is, and let the parcel behind this door go."""
    (parcel,) = bench.engine.site.compartments[door].parcels
    await bench.context.custody.release(parcel, "resident", "staff:chen.lin", source=TOUCHSCREEN)
    return parcel


@pytest.mark.parametrize("way", [(), ("collect",), ("collect", "lost"), ("collect", "lost", "resend"), ("person",)])
async def test_REL_01_REL_13_R22_a_door_that_staff_open_is_on_the_screen_of_whoever_has_no_code(bench, way):
    door, _, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch(*way)
    await handed_out(bench, door)
    await browser.load()
    assert browser.title == f"Door {door} opens now"
    await bench.open(door)
    await browser.load()
    assert browser.title == "Take your parcel, then push the door shut"
    assert marks(browser.page)[door] == "lit"
    await bench.shut(door)
    await browser.load()
    assert browser.title == "You have your parcel. Thank you."
    assert "again" not in browser.acts, "nothing is known here that would open it"
    await browser.touch("finish")
    assert "dropoff" in browser.acts
    assert "ParcelReleased" in await bench.kinds()


async def test_what_was_handed_out_may_be_put_back_and_is_reported_like_any_other(bench):
    door, _, _ = await bench.stored("SF1")
    parcel = await handed_out(bench, door)
    await bench.open(door)
    browser = await bench.browser().load()
    await browser.touch("putback")
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"It is back in {door}"
    assert bench.engine.site.parcels[parcel].state is ParcelState.STORED
    await browser.touch("finish")
    await handed_out(bench, door)
    await bench.open(door)
    await browser.load()
    await browser.touch("report", "wrong damaged")
    assert bench.engine.site.compartments[door].use is Use.CHECK
    assert bench.engine.site.parcels[parcel].held


async def test_nobody_who_types_or_brings_something_is_taken_away_from_it(bench):
    door, _, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys("40")
    await handed_out(bench, door)
    await browser.load()
    assert browser.title == "Type your 8-digit code"
    assert "4" in browser.text
    await browser.touch("back")
    assert browser.title == f"Door {door} opens now"


async def test_what_a_program_hands_out_is_not_the_business_of_this_screen(bench):
    door, _, _ = await bench.stored("SF1")
    (parcel,) = bench.engine.site.compartments[door].parcels
    await bench.context.custody.release(parcel, "resident", "token:desk")
    assert "dropoff" in (await bench.browser().load()).acts
