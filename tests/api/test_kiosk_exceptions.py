"""At the touchscreen: the reminder at an open door, and a courier's word when nothing is stored."""

import json

import pytest
from kiosk_bench import Bench

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
    assert "staff are told" not in courier.text
    await bench.advance(1)
    await courier.load()
    assert f"Push {door} shut now. At 14:02 staff are told." in courier.text
    await bench.advance(60)
    await courier.load()
    assert bench.engine.site.compartments[door].use is Use.CHECK
    assert courier.title == f"Door {door} is still open. Push it shut."


async def test_STO_05_a_resident_is_reminded_as_well_and_shutting_ends_it(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    if "open" in browser.acts:
        await browser.touch("open")
    await bench.open(door)
    await bench.advance(70)
    await browser.load()
    assert f"Push {door} shut now." in browser.text
    await bench.shut(door)
    await browser.load()
    assert "staff are told" not in browser.text


async def test_EXC_01_STO_05_a_courier_who_finds_a_free_compartment_full_says_so_and_goes_on(bench, courier):
    door = await courier.deposit_door()
    assert "occupied" not in courier.acts, "nobody has seen the inside yet"
    await bench.open(door)
    await courier.load()
    await courier.touch("occupied")
    assert courier.title == "Take it out, then push the door shut"
    await bench.shut(door)
    await courier.load()
    assert courier.title == "This parcel is cancelled"
    compartment = bench.engine.site.compartments[door]
    assert (compartment.use, compartment.seen) == (Use.CHECK, Seen.SHUT)
    assert [one["reason"] for one in await leaving(bench)] == ["occupied"]
    await courier.touch("next")
    other = await courier.deposit_door(size="M")
    assert other != door


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
