from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from kiosk_bench import COMPANY, PIN, Bench, marks
from test_kiosk_line import line

from api.app import kiosk_app
from api.kiosk.courier.messages import ChangeEffect
from api.kiosk.effects import perform
from api.kiosk.kept_screen import FILE
from api.kiosk.messages import EffectRefused
from api.kiosk.values import SignedInCourier
from locker.core.model import Seen, Size, Use
from locker.core.reasons import RefusalReason
from locker.services.command_service import DepositRequest, ResidentDetails
from locker.services.custody_service import ParcelNotice


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


@pytest.fixture
async def browser(bench):
    return await (await bench.browser().load()).sign_in()


async def test_a_wrong_pin_signs_nobody_in_and_says_so(bench):
    browser = await bench.browser().load()
    await browser.touch("dropoff")
    await browser.keys("1111")
    await browser.touch("signin")
    assert browser.title == "Sign in with your PIN"
    assert "This PIN is not known" in browser.text


async def test_SEC_06_too_many_wrong_pins_count_down(bench):
    browser = await bench.browser().load()
    await browser.touch("dropoff")
    for _ in range(7):
        await browser.keys("1111")
        await browser.touch("signin")
    assert "Too many tries. Wait" in browser.text
    await bench.advance(70)
    await browser.load()
    assert "Too many tries" not in browser.text


async def test_a_PIN_is_never_on_the_screen_or_in_the_page(bench):
    browser = await bench.browser().load()
    await browser.touch("dropoff")
    await browser.keys("4711")
    assert "••••" in browser.page
    assert "4711" not in browser.page


async def test_C14_a_deposit_is_stored_when_its_door_was_seen_open_and_shut(bench, browser):
    door = await browser.deposit_door()
    assert marks(browser.page) == {door: "next"}
    await bench.open(door)
    await browser.load()
    assert browser.title == "Put the parcel in, then push the door shut"
    assert marks(browser.page) == {door: "lit"}
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"Stored in {door}"
    assert "Unit 1203 gets the code by message." in browser.text
    assert bench.engine.site.compartments[door].use is Use.LOADED


async def test_two_touches_of_one_size_take_one_compartment(bench, browser):
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    await browser.keys("1203")
    await asyncio.gather(*(browser.post("size S") for _ in range(3)))
    assert (await bench.kinds()).count("DepositStarted") == 1


async def test_C4_C5_the_recipient_is_found_by_unit_initials_and_end_of_phone_and_shown_masked(browser):
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    for typed in ("120", "96", "000", "13800000001"):
        await browser.keys(typed)
        assert "1203" in browser.text
        assert "Wang **" in browser.text
        assert "Wang Ming" not in browser.page
        assert typed == "13800000001" or "13800000001" not in browser.page
        await browser.touch("clear")


async def test_C19_consent_is_asked_before_a_size_and_no_yes_means_no_door(bench, browser):
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    await browser.keys("1208")
    assert browser.title == "Did unit 1208 agree to the locker?"
    await browser.touch("noconsent")
    assert browser.title == "Deliver this one to the door"
    await browser.touch("back", "consent given", "size S")
    assert "opens now" in browser.title
    query = "select count(*) from event where kind = 'DepositStarted' and data like '%given%'"
    assert await bench.context.journal.read(lambda db: db.execute(query).fetchone()[0]) == 1


async def test_REL_14_a_resident_who_said_no_is_never_asked_again_by_the_screen(browser):
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    await browser.keys("1201")
    assert browser.title == "Deliver this one to the door"
    assert "wants no parcels" in browser.text


async def test_C11_what_does_not_fit_goes_to_a_larger_door_and_the_first_one_is_to_be_shut(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await browser.load()
    await browser.touch("resize", "size L")
    other = "C1"
    await bench.open(other)
    await browser.load()
    assert marks(browser.page) == {other: "lit", door: "stuck"}
    assert f"Push {door} shut too." in browser.text
    await bench.shut(door)
    await bench.shut(other)
    await browser.load()
    assert browser.title == f"Stored in {other}"
    assert bench.engine.site.compartments[door].use is Use.FREE


async def test_a_cancelled_deposit_frees_its_compartment_once_the_door_is_shut(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await browser.load()
    await browser.touch("cancel", "why other")
    assert browser.title == "Take it out, then push the door shut"
    await bench.shut(door)
    await browser.load()
    assert browser.title == "This parcel is cancelled"
    assert bench.engine.site.compartments[door].use is Use.FREE
    await browser.touch("next")
    assert browser.title == "Scan the label"


async def test_C22_the_courier_takes_a_parcel_back_and_its_code_is_dead(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    await browser.touch("takeback")
    assert browser.title == f"Type your PIN to open {door} again"
    await browser.keys(PIN)
    await browser.touch("open")
    await bench.open(door)
    await browser.load()
    assert browser.title == "Take it out, then push the door shut"
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"Taken back from {door}"
    assert not bench.engine.site.codes


async def stored_door(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    return door


@pytest.mark.parametrize("act", ["takeback", "again"])
async def test_SEC_05_a_stored_parcel_comes_out_again_by_the_PIN_of_its_courier_only(bench, browser, act):
    await bench.context.couriers.add(COMPANY, "Zhou Jie", "998877")
    door = await stored_door(bench, browser)
    orders = (await bench.kinds()).count("UnlockOrdered")
    answer = await browser.post(act)
    browser.page = answer.text
    for wrong in ("1111", "998877"):
        await browser.keys(wrong)
        await browser.touch("open")
        assert "This PIN is not known" in browser.text
        assert wrong not in browser.page
    for custody in ("takeback", "cancel", "resize"):
        assert (await browser.post(custody)).status_code == 409
    assert (await bench.kinds()).count("UnlockOrdered") == orders
    assert bench.engine.site.compartments[door].use is Use.LOADED
    await browser.touch("back")
    assert browser.title == f"Stored in {door}"


async def test_a_door_that_was_shut_while_somebody_touched_did_not_open_stays_shut(bench, browser):
    door = await browser.deposit_door()
    [courier] = await bench.context.couriers.listed()
    deposit = bench.engine.site.visits[door].id
    await bench.open(door)
    await bench.shut(door)
    effect = ChangeEffect(deposit, SignedInCourier(courier.id, courier.company, courier.name))
    assert await perform(bench.context, effect) == EffectRefused(RefusalReason.NOT_NOW)
    assert bench.engine.site.compartments[door].use is Use.LOADED


async def test_the_question_for_the_PIN_ends_with_the_time_for_taking_back(bench, browser):
    door = await stored_door(bench, browser)
    await browser.touch("takeback")
    for _ in range(5):
        await bench.advance(181)
        await browser.load()
        await browser.post("large")
    await browser.load()
    assert browser.title == f"Stored in {door}"
    assert "takeback" not in browser.acts


async def test_after_a_quarter_of_an_hour_nothing_can_be_taken_back_here(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    for _ in range(5):
        await bench.advance(181)
        await browser.load()
        await browser.post("large")
    await browser.load()
    assert browser.title == f"Stored in {door}"
    assert "takeback" not in browser.acts


async def test_H7_a_door_that_does_not_open_gives_way_to_another(bench, browser):
    door = await browser.deposit_door()
    await bench.advance(4)
    await browser.load()
    await browser.touch("stuck")
    await bench.advance(5, 5, 31)
    await browser.load()
    assert "opens now" in browser.title
    assert f"Door {door}" not in browser.title
    assert f"{door} did not open, so another door does." in browser.text


async def test_no_door_at_all_says_to_keep_the_parcel(bench, browser):
    door = await browser.deposit_door()
    bench.see(dict.fromkeys({"A1", "A2", "B1", "C1"} - {door}, Seen.UNSEEN))
    await bench.quiet()
    await bench.advance(5, 5, 31)
    await browser.load()
    assert browser.title == "No door opened. Keep the parcel."


async def test_the_number_of_this_round_is_not_taken_twice(bench, browser):
    door = await browser.deposit_door("SF13299")
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    await browser.touch("next", "type")
    await browser.keys("SF13299")
    await browser.touch("next")
    assert browser.title == "Scan the label"
    assert "already in the locker" in browser.text


async def test_a_number_that_another_courier_stored_is_refused_with_its_sentence(bench, browser):
    await bench.stored("SF13299")
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    assert browser.title == "Scan the label"
    assert "already in the locker" in browser.text


async def test_C8_a_full_size_opens_no_door_and_says_what_to_choose(bench, browser):
    bench.see(dict.fromkeys(("A1",), Seen.OPEN))
    await bench.quiet()
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    await browser.keys("1203")
    await browser.touch("size S")
    assert browser.title == "Which size fits?"
    assert "Choose a larger one" in browser.text


async def test_a_door_left_open_by_a_courier_tells_nobody_yet(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.advance(121)
    await browser.load()
    assert browser.title == f"Door {door} is still open. Push it shut."
    assert "Nobody is told yet" in browser.text


async def test_finishing_signs_the_courier_out(browser):
    await browser.touch("finish", "dropoff")
    assert browser.title == "Sign in with your PIN"


async def test_a_courier_is_named_in_the_journal_by_id_only(bench, browser):
    await browser.deposit_door()
    query = "select by, data from event where kind = 'DepositStarted'"
    by, data = await bench.context.journal.read(lambda db: db.execute(query).fetchone())
    assert by.startswith("courier:c")
    assert "Chen" not in by + data


async def lost_screen(bench):
    """The kiosk as it is after a restart that lost its screen."""
    (bench.context.journal.folder / FILE).unlink(missing_ok=True)
    bench.app = kiosk_app(bench.context)
    return await bench.browser().load()


async def test_a_couriers_open_door_is_said_on_the_screen_that_nobody_is_signed_in_at(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    lost = await lost_screen(bench)
    assert lost.title == f"Door {door} stands open"
    assert marks(lost.page) == {door: "lit"}
    assert "Put the parcel in, then push the door shut" in lost.text
    assert "1203" not in lost.page
    await bench.shut(door)
    await lost.load()
    assert "stands open" not in lost.title
    assert "collect" in lost.acts


async def test_the_courier_of_an_open_door_signs_in_and_goes_on_there(bench, browser):
    door = await browser.deposit_door("SF13299")
    await bench.open(door)
    lost = await (await lost_screen(bench)).sign_in()
    assert lost.title == "Put the parcel in, then push the door shut"
    assert {"cancel", "occupied", "resize"} <= set(lost.acts)
    await bench.shut(door)
    await lost.load()
    assert lost.title == f"Stored in {door}"
    assert "Unit 1203" in lost.text


async def test_another_courier_does_not_get_that_door(bench, browser):
    await bench.context.couriers.add(COMPANY, "Zhou Jie", "998877")
    await bench.open(await browser.deposit_door())
    other = await lost_screen(bench)
    await other.touch("dropoff")
    await other.keys("998877")
    await other.touch("signin")
    assert other.title == "Scan the label"


@pytest.mark.parametrize(("act", "said"), [("why other", "Take everything out"), ("occupied", "Leave what is inside")])
async def test_a_door_that_keeps_no_parcel_is_to_be_shut_as_the_courier_said(bench, browser, act, said):
    door = await browser.deposit_door()
    await bench.open(door)
    await browser.load()
    await browser.touch(*(("cancel", act) if act.startswith("why") else (act,)))
    lost = await lost_screen(bench)
    assert lost.title == f"Door {door} stands open"
    assert said in lost.text


async def test_a_door_at_which_a_courier_stands_on_another_screen_or_by_a_machine_is_no_news(bench, browser):
    await bench.open(await browser.deposit_door())
    assert "stands open" not in (await bench.browser().load()).title
    resident = bench.context.directory.find("1203")[0]
    request = DepositRequest(
        by="token:app", tracking="SF2", size=Size.M, company=COMPANY, courier="", resident=resident.id, consent=None
    )
    await bench.open((await bench.context.commands.deposit(request)).compartment)
    assert "stands open" not in (await bench.browser().load()).title


async def test_CUR_04_the_only_one_of_a_whole_unit_is_chosen_by_itself_and_a_beginning_chooses_nobody(bench, browser):
    await browser.touch("type")
    await browser.keys("SF13")
    await browser.touch("next")
    await browser.keys("1")
    await browser.keys("20")
    assert browser.title == "Who is it for?"
    await browser.keys("3")
    assert browser.title == "Which size fits?"
    assert "For unit 1203" in browser.text
    await browser.touch("back")
    await browser.keys("0001")
    assert browser.title == "Which size fits?"


async def stored_for(bench, browser, number, unit):
    await browser.touch("type")
    await browser.keys(number)
    await browser.touch("next")
    await browser.keys(unit)
    await browser.touch("size S")
    door = next(iter(bench.engine.site.visits.values())).compartment
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    await browser.touch("next")


async def test_C15_CUR_04_for_whom_something_was_just_brought_is_one_touch_with_the_next_label(bench, browser):
    await stored_for(bench, browser, "SF13299", "1203")
    await browser.touch("type")
    await browser.keys("SF13300")
    await browser.touch("next")
    assert "Once more for" in browser.text
    (again,) = [act for act in browser.acts if act.startswith("choose ")]
    await browser.keys("5")
    assert again not in browser.acts, "what is typed is what counts"
    await browser.touch("delete", again)
    assert browser.title == "Which size fits?"
    await browser.touch("size M")
    assert "opens now" in browser.title


async def test_the_next_courier_is_offered_nobody_of_the_one_before(bench, browser):
    await stored_for(bench, browser, "SF13299", "1203")
    await browser.touch("finish", "signout")
    await browser.sign_in()
    await browser.touch("type")
    await browser.keys("SF13300")
    await browser.touch("next")
    assert not [act for act in browser.acts if act.startswith("choose ")]


async def test_two_of_one_unit_are_never_chosen_by_themselves(bench, browser):
    card = ResidentDetails(unit="1203", name="Li Wei", phone="+8613800000009", consent=True)
    await bench.context.commands.save_resident(card, "staff:test")
    await browser.touch("type")
    await browser.keys("SF13")
    await browser.touch("next")
    await browser.keys("1203")
    assert browser.title == "Who is it for?"
    assert sum(act.startswith("choose") for act in browser.acts) == 2


async def test_REC_04_REC_05_C6_a_check_digit_that_does_not_fit_warns_and_the_courier_decides(bench, browser):
    async with line(bench) as far:
        bench.context.scan_hub.put("RB123456784GB")
        await far.until("Compare the number with the label")
        await browser.load()
        await browser.post("same")
        await far.until("Who is it for?")


async def test_a_number_that_is_in_the_locker_is_refused_at_its_scan(bench, browser):
    await bench.stored("SF1329884027716")
    async with line(bench) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("This number is already in the locker")


async def test_the_size_of_the_parcel_before_is_marked(bench, browser):
    door = await browser.deposit_door(size="M")
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    await browser.touch("next", "type")
    await browser.keys("SF777")
    await browser.touch("next")
    await browser.keys("1203")
    assert re.search(r'box is-last" hx-post="/touch" name="act" value="size M"', browser.page)


async def test_two_labels_in_one_second_are_one_parcel(bench, browser):
    async with line(bench) as far:
        for number in ("SF1329884027716", "SF1329884027716", "SF1329884027717"):
            bench.context.scan_hub.put(number)
        await far.until("Who is it for?")
        await bench.quiet()
        assert "SF1 3298 8402 7716" in far.frames[-1]


async def test_a_parcel_that_is_fetched_while_its_courier_still_stands_here_was_stored_all_the_same(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    parcel = bench.engine.site.compartments[door].parcel
    row = await bench.context.journal.read(
        lambda db: db.execute("select blob from sealed where parcel = ?", [parcel]).fetchone()
    )
    code, _ = bench.context.vault.unseal(row[0])
    await bench.context.commands.pickup(source="token:app", by="token:app", code=code)
    await bench.open(door)
    await bench.shut(door)
    await bench.advance(61)
    await browser.load()
    assert browser.title == f"Stored in {door}"


async def test_REC_14_an_announced_parcel_fills_itself_in(bench, browser):
    until = bench.engine.now() + timedelta(hours=5)
    notice = ParcelNotice(tracking="SF1329884027716", size=Size.M, carrier=COMPANY, until=until, unit="1203")
    await bench.context.custody.expect([notice], "token:feed")
    async with line(bench) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("Which size fits?")
    await browser.load()
    assert "For unit 1203" in browser.text
    assert re.search(r'box is-last" hx-post="/touch" name="act" value="size M"', browser.page)
    assert "announced" in browser.text
    await browser.touch("size M")
    assert "opens now" in browser.title


async def test_a_parcel_that_another_carrier_announced_is_not_filled_in(bench, browser):
    until = bench.engine.now() + timedelta(hours=5)
    notice = ParcelNotice(tracking="SF1329884027716", size=Size.M, carrier="JD", until=until, unit="1203")
    await bench.context.custody.expect([notice], "token:feed")
    async with line(bench) as far:
        bench.context.scan_hub.put("SF1329884027716")
        await far.until("Who is it for?")


async def test_REC_13_a_second_parcel_of_the_household_may_lie_beside_the_first(bench, browser):
    first = await browser.deposit_door("SF13299", size="M")
    await bench.open(first)
    await bench.shut(first)
    await browser.load()
    await browser.touch("next", "type")
    await browser.keys("SF777")
    await browser.touch("next")
    await browser.keys("1203")
    assert f"Into {first} too" in browser.text
    await browser.touch("join")
    assert browser.title == f"Door {first} opens now"
    await bench.open(first)
    await bench.shut(first)
    await browser.load()
    assert browser.title == f"Stored in {first}"
    assert len(bench.engine.site.compartments[first].parcels) == 2
    assert "2 stored" in browser.text


async def test_a_courier_takes_an_own_parcel_back_within_a_quarter_of_an_hour(bench, browser):
    door = await browser.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    for _ in range(3):
        await bench.advance(200)
        await browser.load()
        if "more" in browser.acts:
            await browser.touch("more")
        await browser.post("large")
    await browser.load()
    assert "possible for 5 minutes" in browser.text
    await browser.touch("takeback")
    await browser.keys(PIN)
    await browser.touch("open")
    assert browser.title == f"Door {door} opens now"
    await bench.open(door)
    await browser.load()
    assert browser.title == "Take it out, then push the door shut"
    await bench.shut(door)
    await browser.load()
    assert browser.title == f"Taken back from {door}"
    assert bench.engine.site.compartments[door].use is Use.FREE


@pytest.mark.parametrize("what", ["damaged", "wet", "banned", "fresh"])
async def test_STO_09_what_must_not_go_into_a_locker_stops_the_deposit(bench, browser, what):
    await browser.touch("type")
    await browser.keys("SF777")
    await browser.touch("next")
    await browser.keys("1203")
    await browser.touch("wrongparcel", f"hindered {what}")
    assert browser.title == "This one does not go into the locker"
    assert "DepositStarted" not in await bench.kinds()
    await browser.touch("next")
    assert browser.title == "Scan the label"
