"""Sending and returning at the kiosk: nothing is asked twice, nothing opens before it was packed and agreed to."""

from __future__ import annotations

import pytest
from kiosk_bench import COMPANY, Bench, marks
from test_kiosk_line import line

from locker.core.model import Direction, Flag, ParcelState, Size
from locker.core.parcel_words import OutboundType
from locker.core.parcels.insurance import premium
from locker.services.parcel_service import BookingRequest, Caller
from locker.services.policies import Carriage, CarriagePrice, NewVersion, Promise, PromiseTable, PromiseUnit

RETURN_CODE = "RMA8841207"


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def who(browser, unit="1203", tail="0001"):
    await browser.keys(unit)
    await browser.touch("continue")
    await browser.keys(tail)
    await browser.touch("continue")


async def tick_all(browser):
    await browser.touch(*(act for act in browser.acts if act.startswith("tick ")))


async def to_agreement(browser, contents="fragile", value="1000"):
    await browser.touch("send", "parcel")
    await who(browser)
    await browser.touch(f"contents {contents}")
    await tick_all(browser)
    await browser.touch("continue")
    await browser.keys("20")
    await browser.touch("continue")
    if value:
        await browser.keys(value)
        await browser.touch("insure")
    else:
        await browser.touch("uninsured")
    await browser.touch("size S")


async def booked_return(bench, code=RETURN_CODE):
    request = BookingRequest(
        unit="1203", name="Wang Ming", carrier=COMPANY, size=Size.S, type=OutboundType.RETURN, return_code=code
    )
    answer, _ = await bench.context.parcels.book(request, Caller(by="token:shop"))
    return answer.parcel


async def packing_of(bench):
    query = "select data from event where kind = 'PackingConfirmed' order by seq"
    rows = await bench.context.journal.read(lambda db: db.execute(query).fetchall())
    return [row[0] for row in rows]


async def scan(bench, browser, text, sees="Is it packed like this?"):
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        await far.until(sees)
    return await browser.load()


async def test_R17_C17_OB_11_a_resident_sends_a_parcel_from_the_first_question_to_the_receipt(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    assert browser.title == "Agree, then a door opens"
    assert "¥ 1,000.00" in browser.text
    assert "¥ 5.00" in browser.text
    assert not bench.engine.site.visits, "nothing opens before it was agreed to"
    await browser.touch("agree")
    assert browser.title == "Door A1 opens now"
    await bench.open("A1")
    await browser.load()
    assert browser.title == "Put the parcel in, then push the door shut"
    assert marks(browser.page) == {"A1": "lit"}
    await bench.shut("A1")
    await browser.load()
    assert browser.title == "Keep this receipt until it is taken"
    parcel = next(iter(bench.engine.site.parcels.values()))
    assert (parcel.state, parcel.direction, parcel.company) == (ParcelState.STORED, Direction.OUT, COMPANY)
    assert parcel.flags == {Flag.FRAGILE, Flag.INSURED}
    shown = "".join(browser.text.split("Receipt")[-1].split()[0].split("-"))
    assert shown == parcel.id[1:].upper()
    await browser.touch("again")
    assert browser.title == "Door A1 opens now", "within a minute the sender may put something right"


async def test_OB_16_service_price_and_time_are_read_before_one_touch_agrees(bench):
    promise = Promise(name="delivery", company=COMPANY, within=3, unit=PromiseUnit.DAYS)
    await bench.context.rules.add(NewVersion(1, PromiseTable(promises=(promise,)), "contract"), "staff:boss")
    browser = await bench.browser().load()
    await to_agreement(browser)
    assert "agree" in browser.acts
    for said in (COMPANY, "¥ 5.00", "Promised: delivered within 3 days."):
        assert said in browser.text, said
    assert not bench.engine.site.parcels, "nothing is booked before it was agreed to"
    await browser.touch("agree")
    assert len(bench.engine.site.parcels) == 1


async def test_FEE_07_OB_16_what_the_carrier_s_table_says_is_shown_as_about_that_much(bench):
    line = CarriagePrice(company=COMPANY, first_g=1000, first_price=1200, step_g=500, step_price=350)
    table = Carriage(prices=(line,))
    await bench.context.rules.add(NewVersion(1, table, "from the carrier"), "staff:boss")
    browser = await bench.browser().load()
    await to_agreement(browser)
    assert "about ¥ 19.00" in browser.text


async def test_OB_16_that_no_time_is_promised_is_said_as_well(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    assert "No time of delivery was promised." in browser.text


async def test_FEE_03_the_premium_is_half_a_percent_and_is_rounded_to_the_coin():
    assert premium(100_000) == 500
    assert (premium(0), premium(99), premium(100), premium(101_00)) == (0, 0, 1, 51)
    assert premium(10**9) == 5 * 10**6


async def test_FEE_06_what_insurance_pays_is_shown_and_declining_is_kept_as_well(bench):
    browser = await bench.browser().load()
    await to_agreement(browser, contents="document", value="")
    assert "at most the value that you declare" in browser.text
    assert "Not insured" in browser.text
    await browser.touch("agree")
    (kept,) = await packing_of(bench)
    assert '"insured":false' in kept.replace(" ", "")


async def test_OB_12_no_door_opens_before_every_line_of_the_packing_list_is_ticked(bench):
    browser = await bench.browser().load()
    await browser.touch("send", "parcel")
    await who(browser)
    await browser.touch("contents liquid")
    lines = [act for act in browser.acts if act.startswith("tick ")]
    for at, each in enumerate(lines):
        await browser.touch("continue")
        assert browser.title == "Is it packed like this?", f"{len(lines) - at} lines are left"
        await browser.touch(each)
    await browser.touch(lines[0], "continue")
    assert browser.title == "Is it packed like this?", "a tick is taken away by another touch"
    await browser.touch(lines[0], "continue")
    assert browser.title == "About how heavy is it?"


async def test_OB_13_each_kind_has_its_own_list(bench):
    asked = {}
    for contents in ("document", "fragile", "liquid"):
        browser = await bench.browser().load()
        await browser.touch("send", "parcel")
        await who(browser)
        await browser.touch(f"contents {contents}")
        asked[contents] = browser.text
        await browser.touch("back", "back", "back", "back")
    assert "waterproof bag" in asked["document"]
    assert "stiff card" in asked["document"]
    assert "At least 3 layers of bubble wrap" in asked["fragile"]
    assert "Shock carton" in asked["fragile"]
    assert all(word in asked["liquid"] for word in ("Sealed", "leak-proof bag", "“Liquid”"))


async def test_OB_17_what_was_ticked_stands_in_the_parcel_s_history(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    await browser.touch("agree")
    (kept,) = await packing_of(bench)
    assert all(f'"{line}"' in kept for line in ("three_layers", "shock_carton", "filled", "fragile_mark"))
    assert '"declared":100000' in kept.replace(" ", "")
    assert '"declared_weight_g":2000' in kept.replace(" ", "")


async def test_R17_EXC_06_a_booked_return_is_four_touches_from_idle_to_its_door(bench):
    parcel = await booked_return(bench)
    browser = await bench.browser().load()
    touches = 1
    await browser.touch("send")
    await scan(bench, browser, RETURN_CODE)
    assert "The shop's rules hold" in browser.text
    lines = [act for act in browser.acts if act.startswith("tick ")]
    await browser.touch(*lines, "continue")
    touches += len(lines) + 1
    assert browser.title == "Door A1 opens now"
    assert touches <= 4
    assert bench.engine.site.parcels[parcel].state is ParcelState.DEPOSITING


async def test_a_booked_return_begins_at_the_idle_screen_by_its_code_alone(bench):
    await booked_return(bench)
    browser = await bench.browser().load()
    await scan(bench, browser, RETURN_CODE)
    assert browser.title == "Is it packed like this?"


async def test_a_return_code_opens_nothing_once_the_return_was_brought(bench):
    await booked_return(bench)
    browser = await bench.browser().load()
    await scan(bench, browser, RETURN_CODE)
    await tick_all(browser)
    await browser.touch("continue")
    await bench.open("A1")
    await bench.shut("A1")
    await browser.load()
    await browser.touch("finish", "send")
    await scan(bench, browser, RETURN_CODE, sees="already in the locker")
    assert not bench.engine.site.visits


async def test_a_return_that_nobody_booked_is_booked_here_with_its_code(bench):
    browser = await bench.browser().load()
    await browser.touch("send", "return")
    await browser.keys(RETURN_CODE)
    await browser.touch("continue")
    await who(browser)
    await tick_all(browser)
    await browser.touch("continue", "size S", "agree")
    assert browser.title == "Door A1 opens now"
    parcel = next(iter(bench.engine.site.parcels.values()))
    assert parcel.label_hash == bench.context.vault.label_hash(RETURN_CODE)


async def test_SEC_06_whose_phone_it_is_cannot_be_tried_out_at_the_kiosk(bench):
    browser = await bench.browser().load()
    await browser.touch("send", "parcel")
    await browser.keys("1203")
    await browser.touch("continue")
    await browser.keys("9999")
    await browser.touch("continue")
    assert "do not belong together" in browser.text
    await browser.keys("0001")
    await browser.touch("continue")
    assert "Wait" in browser.text, "a wrong end makes the next one wait, right or wrong"
    await bench.advance(2)
    await browser.load()
    await browser.touch("continue")
    assert browser.title == "What is inside?"


async def test_UX_05_back_leads_through_every_answer_and_asks_nothing_twice(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    titles = []
    while "agree" in browser.acts or len(titles) < 7:
        await browser.touch("back")
        titles.append(browser.title)
        if browser.title == "What do you want to send?":
            break
    assert titles == [
        "Which size fits?",
        "What is it worth?",
        "About how heavy is it?",
        "Is it packed like this?",
        "What is inside?",
        "Type your unit",
        "What do you want to send?",
    ]


async def test_a_sender_for_whom_it_does_not_fit_gets_another_door_and_may_give_up(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    await browser.touch("agree")
    await bench.open("A1")
    await browser.load()
    await browser.touch("resize", "size M")
    assert browser.title == "Door A2 opens now"
    assert "A1" in browser.text, "the first door still stands open"
    await bench.shut("A1")
    await bench.open("A2")
    await browser.load()
    await browser.touch("cancel")
    assert browser.title == "Take it out, then push the door shut"
    await bench.shut("A2")
    await browser.load()
    assert browser.title == "You take it along"
    assert not bench.engine.site.parcels


async def test_EXC_06_the_words_are_those_of_bringing_while_a_booking_s_code_brings_a_parcel(bench):
    request = BookingRequest(
        unit="1203", name="Wang Ming", carrier="SF", size=Size.S, type=OutboundType.PARCEL, return_code=None
    )
    _, code = await bench.context.parcels.book(request, Caller(by="token:app"))
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await bench.open("A1")
    await browser.load()
    assert browser.title == "Put the parcel in, then push the door shut"
    assert "Take your parcel" not in browser.text
    assert not {"putback", "rate 5", "report"} & set(browser.acts)
    await bench.shut("A1")
    await browser.load()
    assert browser.title == "Keep this receipt until it is taken"


async def test_a_door_that_does_not_open_is_said_and_another_one_is_tried(bench):
    browser = await bench.browser().load()
    await to_agreement(browser)
    await browser.touch("agree")
    await bench.advance(6, 6, 31)
    await browser.load()
    assert "opens now" in browser.title
    assert "Door A1 did not open" in browser.text or "A1" in browser.text
