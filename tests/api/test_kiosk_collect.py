from __future__ import annotations

import asyncio
import re

import pytest
from kiosk_bench import Bench, marks

from locker.core.model import ParcelState, Seen, Size, Use
from locker.core.parcel_words import OutboundType
from locker.services.parcel_service import BookingRequest, Caller


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def at_keypad(bench, code):
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    return browser


async def test_REL_09_the_kiosk_shows_which_door_and_where_it_is(bench):
    door, code, _ = await bench.stored("SF1")
    assert door == "A1"
    browser = await at_keypad(bench, code)
    assert browser.title == "Door A1 opens now"
    assert "Left of this screen" in browser.text
    assert "Chest height" in browser.text
    assert marks(browser.page) == {"A1": "next"}


async def test_EXC_06_a_booking_s_code_opens_its_door_at_the_kiosk_and_the_screen_follows_the_door(bench):
    booking = BookingRequest(
        unit="1203", name="Wang Ming", carrier="SF", size=Size.S, type=OutboundType.PARCEL, return_code=None
    )
    booked, code = await bench.context.parcels.book(booking, Caller(by="token:app"))
    browser = await at_keypad(bench, code)
    assert browser.title == "Door A1 opens now"
    await bench.open("A1")
    await browser.load()
    assert marks(browser.page) == {"A1": "lit"}
    await bench.shut("A1")
    await browser.load()
    assert bench.engine.site.parcels[booked.parcel].state is ParcelState.STORED


async def test_ordered_is_not_seen_until_the_switch_says_open_no_door_is_lit(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    assert "is-lit" not in re.findall(r'class="plate([^"]*)"', browser.page)[0]
    await bench.open(door)
    await browser.load()
    assert browser.title == "Take your parcel, then push the door shut"
    assert marks(browser.page) == {door: "lit"}
    await bench.shut(door)
    await browser.load()
    assert browser.title == "You have your parcel. Thank you."
    assert "for 60 seconds" in browser.text
    assert bench.engine.site.compartments[door].use is Use.EMPTYING


async def test_a_reload_shows_the_same_screen_with_what_was_typed(bench):
    browser = await at_keypad(bench, "4071")
    page = browser.page
    await browser.load()
    assert page.strip() in browser.page
    assert re.findall(r'<span class="cell">(\d)</span>', browser.page) == list("4071")


async def test_a_wrong_code_is_said_beside_the_code_and_what_was_typed_stays(bench):
    await bench.stored("SF1")
    browser = await at_keypad(bench, "00000001")
    assert "No door has this code" in browser.text
    assert "is-wrong" in browser.page
    assert len(re.findall(r'<span class="cell">\d</span>', browser.page)) == 8
    await browser.keys("7")
    assert "No door has this code" not in browser.text


async def test_SEC_06_a_try_within_a_second_of_a_wrong_one_counts_down_by_itself(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, "00000001")
    await browser.touch("clear")
    await browser.keys(code)
    assert "Wait 1 second" in browser.text
    await bench.advance(1.5)
    await browser.load()
    assert "Too many tries" not in browser.text
    await browser.touch("open")
    assert browser.title == "Door A1 opens now"


async def test_SEC_06_after_ten_wrong_codes_one_more_thing_is_asked_and_the_code_still_opens(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, "")
    for number in range(10):
        await browser.keys(f"0000000{number}")
        await browser.touch("clear")
        await bench.advance(2)
    await browser.keys(code)
    assert browser.title == "Add the last 4 digits of your phone"
    await browser.keys("9999")
    await browser.touch("continue")
    assert "No door has this code with these digits" in browser.text
    await bench.advance(2)
    await browser.keys("0001")
    await browser.touch("continue")
    assert browser.title == "Door A1 opens now"


async def test_the_unit_is_the_other_way_when_the_phone_has_changed(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, "")
    for number in range(10):
        await browser.keys(f"0000000{number}")
        await browser.touch("clear")
        await bench.advance(2)
    await browser.keys(code)
    await browser.touch("unit")
    await browser.keys("1203")
    await browser.touch("continue")
    assert browser.title == "Door A1 opens now"


async def test_two_touches_of_one_button_order_one_door(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code[:-1])
    both = await asyncio.gather(browser.post(f"key {code[-1]}"), browser.post(f"key {code[-1]}"))
    assert [answer.status_code for answer in both] == [200, 200]
    assert (await bench.kinds()).count("PickupStarted") == 1


async def test_a_touch_on_a_screen_that_is_gone_does_nothing(bench):
    browser = await at_keypad(bench, "4071")
    old = browser.screen
    await browser.touch("back")
    answer = await browser.post("key 9", screen=old)
    assert answer.status_code == 200
    assert "collect" in (await browser.load()).acts


async def test_the_same_person_opens_again_within_the_grace_and_not_after_it(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    await browser.touch("again")
    assert browser.title == f"Door {door} opens now"
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    assert "again" in browser.acts
    await bench.advance(29, 29, 3)
    await browser.load()
    assert "again" not in browser.acts
    assert bench.engine.site.compartments[door].use is Use.FREE


async def test_H7_a_door_that_does_not_open_says_what_happens_next_and_whom_to_ring(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    assert "stuck" not in browser.acts
    await bench.advance(4)
    await browser.load()
    await browser.touch("stuck")
    assert browser.title == f"Door {door} has not opened yet"
    await bench.advance(5, 5, 31)
    await browser.load()
    assert browser.title == f"Door {door} is stuck. Your parcel is safe inside."
    assert "Your code stays valid." in browser.text
    assert "+86 21 5555 0100" in browser.text
    assert marks(browser.page) == {door: "stuck"}
    await browser.touch("again")
    assert browser.title == f"Door {door} opens now"


async def test_after_three_visits_that_failed_the_screen_says_to_wait_or_call(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    for _ in range(2):
        await bench.advance(5, 5, 31)
        await browser.load()
        await browser.touch("again")
    await bench.advance(5, 5, 31)
    await browser.load()
    await browser.touch("again")
    assert browser.title == f"Door {door} is stuck. Your parcel is safe inside."
    assert re.search(r'aria-disabled="true">.*?Try again in \d min', browser.page)
    assert (await bench.kinds()).count("PickupStarted") == 3
    await bench.advance(600)
    await browser.load()
    await browser.touch("collect")
    await browser.keys(code)
    assert browser.title == f"Door {door} opens now"


async def test_a_door_left_open_asks_to_be_pushed_shut_and_promises_nothing(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await bench.advance(121)
    await browser.load()
    assert browser.title == f"Door {door} is still open. Push it shut."
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"Door {door} is shut now. Thank you."
    assert bench.engine.site.compartments[door].use is Use.CHECK


@pytest.mark.parametrize(("problem", "why"), [("empty", "missing"), ("other", "wrong-parcel"), ("damaged", "damaged")])
async def test_R15_CLM_04_a_report_freezes_door_and_parcel_calls_staff_and_has_a_number(bench, problem, why):
    door, code, _ = await bench.stored("SF1")
    parcel = bench.engine.site.compartments[door].parcel
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await browser.load()
    await browser.touch("report", f"wrong {problem}")
    assert browser.title == "It is reported. Keep the case number."
    (number,) = await bench.context.journal.read(lambda db: db.execute("select number from cases").fetchone())
    assert re.search(rf"<dd>{number}</dd>", browser.page)
    assert "Nobody else gets this door." in browser.text
    assert "Riverside Court Property Services has it, and answers by" in browser.text
    compartment, found = bench.engine.site.compartments[door], bench.engine.site.parcels[parcel]
    assert (compartment.use, found.state) == (Use.CHECK, ParcelState.CHECK)
    assert found.held
    rejected = "select data from event where kind = 'PickupRejected'"
    assert why in (await bench.context.journal.read(lambda db: db.execute(rejected).fetchone()))[0]
    await browser.touch("finish")
    assert browser.title == f"Door {door} is still open. Push it shut."
    assert "You reported it" in browser.text
    await bench.shut(door)
    await browser.load()
    assert bench.engine.site.compartments[door].use is Use.CHECK


async def test_a_parcel_that_does_not_come_out_is_reported_and_stays_the_residents(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await browser.load()
    await browser.touch("report", "wrong stuck")
    assert browser.title == "It is reported. Keep the case number."
    assert bench.engine.site.compartments[door].use is Use.EMPTYING
    assert (await bench.kinds()).count("ResidentReported") == 1


async def test_REL_10_what_is_put_back_stays_the_residents_and_its_code_opens_again(bench):
    door, code, _ = await bench.stored("SF1")
    parcel = bench.engine.site.compartments[door].parcel
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await browser.load()
    await browser.touch("putback")
    assert browser.title == "Put it back, then push the door shut"
    assert "putback" not in browser.acts
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"It is back in {door}"
    assert "with the same code" in browser.text
    assert bench.engine.site.parcels[parcel].state is ParcelState.STORED
    await browser.touch("finish")
    again = await at_keypad(bench, code)
    assert again.title == f"Door {door} opens now"


async def test_REC_09_all_parcels_of_one_resident_open_one_after_another_with_one_code(bench):
    first, code, _ = await bench.stored("SF1")
    second, _, _ = await bench.stored("SF2")
    other, _, _ = await bench.stored("SF3", unit="1208")
    browser = await at_keypad(bench, code)
    await bench.open(first)
    await browser.load()
    assert "nextdoor" not in browser.acts, "no two doors are open at a time"
    await bench.shut(first)
    await browser.load()
    assert f"Another parcel of yours waits in {second}." in browser.text
    await browser.touch("nextdoor")
    assert browser.title == f"Door {second} opens now"
    await bench.open(second)
    await bench.shut(second)
    await browser.load()
    assert browser.title == "You have your parcel. Thank you."
    assert "nextdoor" not in browser.acts
    assert bench.engine.site.compartments[other].use is Use.LOADED


async def test_a_sealed_cabinet_says_so_with_a_number_and_takes_no_code(bench):
    browser = await at_keypad(bench, "4071")
    bench.engine.seal("the disk is full")
    await browser.load()
    assert browser.title == "The doors cannot be opened right now"
    assert "+86 21 5555 0100" in browser.text
    assert "disk" not in browser.text
    assert (await browser.post("key 1")).status_code == 409
    await browser.touch("help", "close")


async def test_a_door_that_cannot_be_seen_is_not_called_shut_or_open(bench):
    door, code, _ = await bench.stored("SF1")
    bench.see({door: Seen.UNSEEN})
    await bench.quiet()
    browser = await at_keypad(bench, code)
    assert "Your parcel is safe, but its door cannot be checked. Call +86 21 5555 0100." in browser.text
    assert marks(browser.page) == {}


async def test_no_code_token_or_name_stands_in_an_address_or_in_a_log(bench, caplog):
    caplog.set_level(0)
    _, code, token = await bench.stored("SF1")
    browser = await at_keypad(bench, code[:-1])
    answer = await browser.post(f"key {code[-1]}")
    assert code not in str(answer.url)
    lines = " ".join(record.getMessage() for record in caplog.records)
    assert code not in lines
    assert token not in lines


async def test_the_parcel_is_collected_only_when_the_door_was_seen_open_and_shut(bench):
    door, code, _ = await bench.stored("SF1")
    parcel = bench.engine.site.compartments[door].parcel
    await at_keypad(bench, code)
    assert bench.engine.site.parcels[parcel].state is ParcelState.COLLECTING
    await bench.open(door)
    assert bench.engine.site.parcels[parcel].state is ParcelState.COLLECTING
    await bench.shut(door)
    assert bench.engine.site.parcels[parcel].state is ParcelState.COLLECTED


async def test_NTF_05_help_is_two_touches_from_any_screen_calls_staff_once_and_has_a_number(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await browser.load()
    await browser.touch("help", "person")
    query = "select number, compartment, kind from cases"
    number, about, kind = await bench.context.journal.read(lambda db: db.execute(query).fetchone())
    assert (about, kind) == (door, "help")
    assert f"Someone is called. Your number is {number}." in browser.text
    assert "Riverside Court Property Services was called at" in browser.text
    assert "person" not in browser.acts
    await browser.touch("close", "help")
    assert f"Your number is {number}" in browser.text
    assert (await bench.kinds()).count("HelpAsked") == 1


async def test_a_call_for_help_that_cannot_be_kept_says_so_and_leaves_the_number(bench):
    browser = await bench.browser().load()
    await browser.touch("help")
    bench.engine.seal("test")
    await browser.load()
    assert "person" in browser.acts
    await browser.touch("person")
    assert "That could not be sent. Call the number." in browser.text


async def lost(bench, unit, tail):
    browser = await bench.browser().load()
    await browser.touch("collect", "lost", "resend")
    await browser.keys(unit)
    await browser.touch("continue")
    await browser.keys(tail)
    return await browser.touch("continue")


async def test_NTF_05_a_lost_code_is_sent_again_to_the_known_phone_and_the_old_one_stops(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await lost(bench, "1203", "0001")
    assert browser.title == "Look at your phone"
    assert (await bench.kinds()).count("CodeRenewed") == 1
    await browser.touch("back")
    await browser.keys(code)
    assert "No door has this code" in browser.text


@pytest.mark.parametrize(("unit", "tail"), [("1203", "9999"), ("9999", "0001"), ("1208", "0001")])
async def test_SEC_06_who_asks_for_a_lost_code_learns_nothing_of_units_and_phones(bench, unit, tail):
    await bench.stored("SF1")
    wrong = await lost(bench, unit, tail)
    said = wrong.text
    assert wrong.title == "Look at your phone"
    assert "CodeRenewed" not in await bench.kinds()
    await wrong.touch("finish")
    await bench.advance(121)
    right = await lost(bench, "1203", "0001")
    assert right.text == said


async def test_a_lost_code_is_sent_once_in_two_minutes_and_three_times_for_a_parcel(bench):
    await bench.stored("SF1")
    browser = await lost(bench, "1203", "0001")
    await browser.touch("back", "lost", "resend")
    await browser.keys("1203")
    await browser.touch("continue")
    await browser.keys("0001")
    await browser.touch("continue")
    assert "A code was just sent. Again in 120 seconds." in browser.text
    await browser.touch("back", "back", "finish")
    for _ in range(4):
        await bench.advance(121)
        browser = await lost(bench, "1203", "0001")
        assert browser.title == "Look at your phone"
        await browser.touch("finish")
    assert (await bench.kinds()).count("CodeRenewed") == 3


async def test_REL_13_one_touch_rates_a_visit_and_ends_it(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await at_keypad(bench, code)
    await bench.open(door)
    await browser.load()
    assert not any(act.startswith("rate") for act in browser.acts)
    await bench.shut(door)
    await browser.load()
    await browser.touch("rate 4")
    assert "collect" in browser.acts
    query = "select data from event where kind = 'VisitRated'"
    data = (await bench.context.journal.read(lambda db: db.execute(query).fetchone()))[0]
    assert '"score":4' in data
    assert "1203" not in data
