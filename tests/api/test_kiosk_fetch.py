"""At the touchscreen: a courier takes parcels out, door by door, overdue ones and those that residents send."""

import json

import pytest
from kiosk_bench import COMPANY, PIN, Bench, marks
from test_kiosk_kept import until_kept
from test_kiosk_line import line

from api.kiosk.courier.fetch_steps import FetchDoor
from locker.core.model import Size, Use
from locker.core.parcel_words import OutboundType
from locker.services.parcel_service import BookingRequest, Caller

FREE_S = 72 * 3600


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path, pickup="door_open_seconds = 300") as running:
        yield running


async def overdue(bench, *labels):
    doors = [(await bench.stored(label))[0] for label in labels]
    await bench.advance(FREE_S + 1)
    return doors


async def outbound(bench, *, label=None, weight=None, carrier=COMPANY):
    """A resident's parcel, brought and stored; the compartment is given back."""
    request = BookingRequest(
        unit="1203",
        name="Wang Ming",
        carrier=carrier,
        size=Size.S,
        type=OutboundType.PARCEL,
        declared_weight_g=weight,
        return_code=label,
    )
    _, code = await bench.context.parcels.book(request, Caller(by="token:app"))
    answer = await bench.context.commands.pickup(source="kiosk", by="kiosk", code=code)
    door = answer.openings[0][1]
    await bench.open(door)
    await bench.shut(door)
    await bench.advance(120)
    return door


async def signed_in(bench):
    return await (await bench.browser().load()).sign_in()


async def scanned(bench, courier, text, until):
    """A reader reads this, and the screen says so."""
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        await far.until(until)
    await courier.load()


async def bodies(bench, kind):
    query = "select data from event where kind = ? order by seq"
    rows = await bench.context.journal.read(lambda db: db.execute(query, [kind]).fetchall())
    return [json.loads(row[0]) for row in rows]


async def test_FEE_02_overdue_parcels_go_back_door_by_door_each_when_its_door_is_seen_shut(bench):
    first, second = sorted(await overdue(bench, "SF1", "SF2"))
    courier = await signed_in(bench)
    assert "Take back 2" in courier.text
    await courier.touch("overdue")
    assert courier.title == "Take back 2 parcels, door by door"
    assert marks(courier.page) == {first: "next", second: "yours"}
    await courier.touch("fetch")
    await bench.open(first)
    await courier.load()
    assert courier.title == "Take it out and scan its label"
    assert "next" not in courier.acts, "no other door while one is open"
    await bench.shut(first)
    await courier.load()
    assert courier.title == f"Taken from {first}"
    assert bench.engine.site.compartments[first].use is Use.FREE
    await courier.touch("fetch")
    assert f"Door {second} opens now" in courier.title
    await bench.open(second)
    await bench.shut(second)
    await courier.load()
    assert "2 taken out" in courier.text
    assert [one["state"] for one in await bodies(bench, "ParcelEnded")] == ["returned", "returned"]
    await courier.touch("next")
    assert courier.title == "Scan the label"
    assert "overdue" not in courier.acts


async def test_a_label_at_the_open_door_proves_the_parcel_and_another_one_is_told(bench):
    (door,) = await overdue(bench, "SF1329884027716")
    courier = await signed_in(bench)
    await courier.touch("overdue", "fetch")
    await bench.open(door)
    await scanned(bench, courier, "SF9999999999999", "This label belongs to another parcel.")
    await scanned(bench, courier, "SF1329884027716", "Push the door shut")
    assert courier.title == "Push the door shut"
    assert "Scanned: SF…27716" in courier.text


async def test_EXC_06_what_is_not_behind_its_door_is_looked_for_by_staff_and_nobody_gets_the_door(bench):
    (door,) = await overdue(bench, "SF1")
    courier = await signed_in(bench)
    await courier.touch("overdue", "fetch")
    await bench.open(door)
    await courier.load()
    await courier.touch("missing")
    there = bench.engine.site.compartments[door]
    assert (there.use, there.reason) == (Use.CHECK, "the courier did not find the parcel")
    assert "Staff look into it" in courier.text
    await bench.shut(door)
    await courier.load()
    await courier.touch("next")
    assert courier.title == "Scan the label"
    assert await bodies(bench, "ParcelEnded") == []


async def test_a_door_is_skipped_and_a_parcel_left_in_stays_stored_with_its_code(bench):
    first, second = sorted(await overdue(bench, "SF1", "SF2"))
    courier = await signed_in(bench)
    await courier.touch("overdue", "skip")
    assert marks(courier.page) == {second: "next"}
    await courier.touch("fetch")
    await bench.open(second)
    await courier.load()
    await courier.touch("keep")
    assert courier.title == "Leave it in, then push the door shut"
    await bench.shut(second)
    await courier.load()
    assert courier.title == f"Left in {second}"
    assert {bench.engine.site.compartments[one].use for one in (first, second)} == {Use.LOADED}
    assert all(one.overdue for one in bench.engine.site.parcels.values())
    assert "fetch" not in courier.acts, "both were passed over in this walk"


async def test_SEC_06_who_signed_in_a_while_ago_says_the_PIN_before_a_door_opens(bench):
    await overdue(bench, "SF1")
    courier = await signed_in(bench)
    await bench.advance(61)
    await courier.load()
    await courier.touch("overdue")
    assert courier.title == "Type your PIN to take parcels out"
    await courier.keys("1111")
    await courier.touch("open")
    assert "This PIN is not known" in courier.text
    await courier.keys(PIN)
    await courier.touch("open")
    assert courier.title == "Take back 1 parcel"
    assert "UnlockOrdered" not in (await bench.kinds())[-3:]


async def test_another_companys_parcels_held_ones_and_those_in_time_are_in_no_list(bench):
    await bench.stored("SF1")
    await outbound(bench, carrier="JD Logistics")
    courier = await signed_in(bench)
    assert {"overdue", "outbound"}.isdisjoint(courier.acts)
    await bench.advance(FREE_S)
    inward = next(one for one in bench.engine.site.parcels.values() if one.company == COMPANY)
    await bench.context.custody.hold(inward.id, "dispute", "staff:test")
    await courier.load()
    assert {"overdue", "outbound"}.isdisjoint(courier.acts)


async def test_OB_09_OB_10_what_goes_out_is_taken_scanned_weighed_and_handed_over(bench):
    door = await outbound(bench, label="SF1329884027716", weight=2000)
    courier = await signed_in(bench)
    await courier.touch("outbound")
    assert courier.title == "1 parcel waits for SF Express"
    await courier.touch("fetch")
    await bench.open(door)
    await scanned(bench, courier, "SF1329884027716", "Put it on the scale and type the weight")
    assert courier.title == "Put it on the scale and type the weight"
    assert "Declared: 2.00 kg" in courier.text
    await courier.keys("2340")
    assert "0.34 kg more than declared" in courier.text
    await courier.touch("takeover")
    assert courier.title == "Push the door shut"
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Taken from {door}"
    (said,) = await bodies(bench, "HandOverChecked")
    assert (said["weight_g"], said["declared_g"], said["differs"], said["scanned"]) == (2340, 2000, True, True)
    assert "ParcelCollected" in await bench.kinds()


async def test_OB_09_a_weight_within_the_tolerance_is_no_news_and_without_a_scale_it_goes_all_the_same(bench):
    door = await outbound(bench, weight=2000)
    courier = await signed_in(bench)
    await courier.touch("outbound", "fetch")
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    assert "next" not in courier.acts, "it is weighed first"
    await courier.touch("weigh")
    await courier.keys("2190")
    assert "than declared" not in courier.text
    await courier.touch("clear", "unweighed")
    (said,) = await bodies(bench, "HandOverChecked")
    assert (said.get("weight_g"), said["differs"], said["scanned"]) == (None, False, False)


async def test_a_parcel_that_the_courier_does_not_take_goes_back_in_and_waits(bench):
    door = await outbound(bench)
    courier = await signed_in(bench)
    await courier.touch("outbound", "fetch")
    await bench.open(door)
    await scanned(bench, courier, "SF1329884027716", "Put it on the scale")
    await courier.touch("keep")
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Left in {door}"
    assert bench.engine.site.compartments[door].use is Use.LOADED


@pytest.mark.parametrize("screen", ["kept", "lost"])
async def test_a_power_cut_at_the_open_door_of_an_overdue_parcel_finds_its_courier_there_again(tmp_path, screen):
    async with Bench(tmp_path, pickup="door_open_seconds = 300") as bench:
        courier = await signed_in(bench)
        door = await courier.deposit_door()
        await bench.open(door)
        await bench.shut(door)
        await bench.advance(FREE_S + 1)
        courier = await signed_in(bench)
        await courier.touch("overdue", "fetch")
        await bench.open(door)
        await courier.load()
        path = await until_kept(bench, FetchDoor)
    if screen == "lost":
        path.unlink()
    await _goes_on(tmp_path, door)


@pytest.mark.parametrize("screen", ["kept", "lost"])
async def test_a_power_cut_at_the_open_door_of_what_goes_out_finds_its_courier_there_again(tmp_path, screen):
    async with Bench(tmp_path, pickup="door_open_seconds = 300") as bench:
        door = await outbound(bench, weight=2000)
        courier = await signed_in(bench)
        await courier.touch("outbound", "fetch")
        await bench.open(door)
        await courier.load()
        path = await until_kept(bench, FetchDoor)
    if screen == "lost":
        path.unlink()
    await _goes_on(tmp_path, door)


async def _goes_on(folder, door):
    """After the start the courier, signed in again where the screen is lost, shuts the door and has the parcel."""
    async with Bench(folder, pickup="door_open_seconds = 300", standing_open=[door]) as bench:
        again = await bench.browser().load()
        if "dropoff" in again.acts:
            await again.sign_in()
        assert again.title == "Take it out and scan its label"
        await bench.shut(door)
        await again.load()
        assert again.title == f"Taken from {door}"
