"""At the touchscreen: a courier's badge, read by the reader, signs in alone or together with the PIN."""

import pytest
from kiosk_bench import COMPANY, PIN, Bench
from test_kiosk_line import line

BADGE, OTHER = "EMP:4711-0099-SF", "EMP:0000-0000-XX"


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def enrol(bench, *, alone):
    (courier,) = await bench.context.couriers.listed()
    await bench.context.couriers.badges.enrol(courier.id, BADGE, "staff:test", alone=alone)
    return courier.id


async def shown(bench, text, until):
    browser = await bench.browser().load()
    if "dropoff" in browser.acts:
        await browser.touch("dropoff")
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        await far.until(until)
    return await browser.load()


async def test_C2_CUR_02_a_badge_that_may_signs_in_alone_with_one_touch(bench):
    await enrol(bench, alone=True)
    courier = await shown(bench, BADGE, "Scan the label")
    assert courier.title == "Scan the label"
    assert COMPANY in courier.text


async def test_CUR_02_a_badge_with_a_PIN_needs_both_and_in_this_order(bench):
    await enrol(bench, alone=False)
    courier = await bench.browser().load()
    await courier.touch("dropoff")
    await courier.keys(PIN)
    await courier.touch("signin")
    assert "Hold your badge to the reader first." in courier.text
    courier = await shown(bench, BADGE, "Now type your PIN")
    await courier.keys("1111")
    await courier.touch("signin")
    assert "This PIN is not known" in courier.text
    await courier.keys(PIN)
    await courier.touch("signin")
    assert courier.title == "Scan the label"


async def test_a_colleagues_PIN_after_somebody_elses_badge_signs_nobody_in(bench):
    await bench.context.couriers.add(COMPANY, "Li Na", "222222")
    first = next(one for one in await bench.context.couriers.listed() if one.name == "Chen Wei")
    await bench.context.couriers.badges.enrol(first.id, BADGE, "staff:test", alone=False)
    courier = await shown(bench, BADGE, "Now type your PIN")
    await courier.keys("222222")
    await courier.touch("signin")
    assert "This PIN is not known" in courier.text


async def test_an_unknown_badge_and_one_of_a_suspended_courier_are_known_to_nobody(bench):
    courier = await enrol(bench, alone=True)
    assert "This badge is not known here." in (await shown(bench, OTHER, "This badge is not known")).text
    await bench.context.couriers.suspend(courier, "staff:test")
    await bench.context.couriers.badges.load()
    assert bench.context.couriers.of_badge(BADGE) is None


async def test_SEC_06_of_a_badge_only_a_keyed_hash_is_kept(bench):
    await enrol(bench, alone=True)
    dump = await bench.context.journal.read(lambda db: "\n".join(db.conn.iterdump()))
    assert "4711-0099" not in dump
    assert "courier-badge-enrolled" in dump
    await bench.context.couriers.load()
    assert bench.context.couriers.of_badge(f"]Q1{BADGE}\r\n") is not None, "the reader's own signs do not count"
