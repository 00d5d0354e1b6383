"""At the touchscreen: the reminder at an open door, and a courier's word when nothing is stored."""

import json
import re

import pytest
from kiosk_bench import DOORS, Bench
from test_kiosk_line import line

from locker.core.model import Seen, Use


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path, pickup="door_open_seconds = 120") as running:
        yield running


@pytest.fixture
async def courier(bench):
    return await (await bench.browser().load()).sign_in()


async def leaving(bench):
    query = "select data from event where kind = 'DepositLeaving' order by seq"
    rows = await bench.context.journal.read(lambda db: db.execute(query).fetchall())
    return [json.loads(row[0]) for row in rows]


async def test_STO_05_at_half_time_an_open_door_reminds_and_says_when_staff_are_called(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await bench.advance(59)
    await courier.load()
    assert "we call staff" not in courier.text
    await bench.advance(1)
    await courier.load()
    assert f"Push {door} shut now. At 14:02 we call staff." in courier.text
    await bench.advance(60)
    await courier.load()
    assert bench.engine.site.compartments[door].use is Use.CHECK
    assert courier.title == f"Door {door} is still open. Push it shut."


async def test_STO_05_a_resident_is_reminded_as_well_and_shutting_ends_it(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await bench.open(door)
    await bench.advance(70)
    await browser.load()
    assert f"Push {door} shut now." in browser.text
    await bench.shut(door)
    await browser.load()
    assert "we call staff" not in browser.text


async def test_EXC_01_STO_05_what_is_found_in_a_compartment_stays_there_and_the_next_door_opens(bench, courier):
    door = await courier.deposit_door()
    assert "occupied" not in courier.acts, "nobody has seen the inside yet"
    await bench.open(door)
    await courier.load()
    await courier.touch("occupied")
    other = re.search(r"Door (\w+) opens now", courier.title)[1]
    assert other != door
    assert f"Leave what is in {door}, and push it shut too." in courier.text
    await bench.shut(door)
    compartment = bench.engine.site.compartments[door]
    assert (compartment.use, compartment.seen) == (Use.CHECK, Seen.SHUT)
    assert [one["reason"] for one in await leaving(bench)] == ["occupied"]
    await bench.open(other)
    await bench.shut(other)
    await courier.load()
    assert courier.title == f"Stored in {other}"


async def test_EXC_01_a_full_compartment_without_another_door_is_left_as_it_is(bench, courier):
    door = await courier.deposit_door(size="L")
    await bench.open(door)
    await courier.load()
    await courier.touch("occupied")
    assert courier.title == "Leave it inside, and push the door shut"
    await bench.shut(door)
    await courier.load()
    assert courier.title == "No compartment is free now"
    assert "It is not stored." in courier.text


async def test_the_stored_screen_takes_the_next_label(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Stored in {door}"
    async with line(bench) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("Who is it for?")


async def test_a_size_of_which_no_door_works_is_out_of_order_and_not_full(bench, courier):
    bench.see({"C1": Seen.UNSEEN})
    await bench.quiet()
    await courier.touch("type")
    await courier.keys("SF13")
    await courier.touch("next")
    await courier.keys("1203")
    assert "Out of order" in courier.text
    bench.see(dict.fromkeys(DOORS, Seen.UNSEEN))
    await bench.quiet()
    await courier.load()
    assert "No space now" in courier.text
    assert "Too big" not in courier.text
    await courier.touch("size S")
    assert courier.title == "No compartment is free now"


async def test_a_report_at_an_open_door_keeps_the_screen_until_it_is_shut(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await bench.open(door)
    await browser.load()
    await browser.touch("report", "wrong stuck", "finish")
    assert browser.title == "Take your parcel, then push the door shut"


async def test_EXC_01_too_big_for_every_door_is_told_as_oversize(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await courier.load()
    await courier.touch("resize", "toobig", "next")
    assert [(one["leaving"], one["reason"]) for one in await leaving(bench)] == [("cancelled", "oversize")]


async def test_REC_16_the_shut_door_is_the_acceptance_and_the_courier_goes_on_with_next_or_finish(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await courier.load()
    assert not {"next", "finish"} & set(courier.acts), "nothing is accepted while the door stands open"
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Stored in {door}"
    assert {"next", "finish", "takeback"} <= set(courier.acts)
    assert f"{door}" in courier.text
    await courier.touch("finish")
    assert (await bench.kinds()).count("ParcelStored") == 1
