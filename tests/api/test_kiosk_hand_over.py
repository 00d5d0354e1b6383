"""A parcel that is signed for is handed over with the PIN; what is given up, refused or not empty keeps what it is."""

import hashlib
import json
from datetime import timedelta

import pytest
from kiosk_bench import BEGIN, COMPANY, PIN, Bench
from test_kiosk_inspect import signed
from test_kiosk_label import bodies, s4t, scanned
from test_kiosk_round import announce

from locker.core.model import Flag, Size, Use
from locker.journal.audit_signatures import signature_faults
from locker.services.custody_service import ParcelNotice
from locker.services.evidence import signature_of

SIGNED = "(4322)1(4323)1"
TRACKING = "SF1329884027716"


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


@pytest.fixture
async def courier(bench):
    return await (await bench.browser().load()).sign_in()


async def test_REC_02_what_is_signed_for_is_handed_over_with_the_PIN_and_the_event_says_so(bench, courier):
    await bench.context.couriers.add(COMPANY, "Zhou Jie", "998877")
    await scanned(bench, courier, s4t(more=SIGNED), "Which size fits?")
    await courier.touch("size S")
    assert courier.title == "Type your PIN to hand it over"
    for wrong in ("1111", "998877"):
        await courier.keys(wrong)
        await courier.touch("open")
        assert "This PIN is not known" in courier.text
    assert "DepositStarted" not in await bench.kinds(), "a colleague's PIN hands nothing over either"
    await courier.keys(PIN)
    assert PIN not in courier.page
    await courier.touch("open")
    assert "opens now" in courier.title
    assert [one["confirmed"] for one in await bodies(bench, "DepositStarted")] == [True]


async def at_the_door(bench, courier, *flags):
    """The door of a parcel that was announced with these marks."""
    until = BEGIN + timedelta(days=1)
    notice = ParcelNotice(
        tracking=TRACKING, size=Size.S, carrier=COMPANY, until=until, unit="1203", flags=frozenset(flags)
    )
    await bench.context.custody.expect([notice], "token:carrier")
    await scanned(bench, courier, TRACKING, "Which size fits?")
    await courier.touch("size S")


async def signed_for(bench, courier):
    """A parcel whose sender asks for a signature, put in by its courier."""
    await at_the_door(bench, courier, Flag.SIGNATURE)
    await courier.keys(PIN)
    await courier.touch("open")
    (parcel,) = bench.engine.site.parcels.values()
    await bench.open(parcel.compartment)
    await bench.shut(parcel.compartment)
    await courier.load()
    return parcel


async def test_STO_09_what_is_liquid_or_fragile_is_said_to_its_courier_and_to_its_resident(bench, courier):
    await at_the_door(bench, courier, Flag.LIQUID, Flag.FRAGILE)
    marks = ("Liquid, keep it upright", "Fragile")
    assert all(mark in courier.text for mark in marks)
    (parcel,) = bench.engine.site.parcels.values()
    await bench.open(parcel.compartment)
    await bench.shut(parcel.compartment)
    await (await courier.load()).touch("finish", "signout")
    row = await bench.context.journal.read(lambda db: db.execute("select blob from sealed").fetchone())
    await courier.touch("collect")
    await courier.keys(bench.context.vault.unseal(row[0])[0])
    assert all(mark in courier.text for mark in marks)


async def test_REC_02_where_a_signature_is_asked_its_courier_signs_with_a_finger_once_the_door_is_shut(bench, courier):
    parcel = await signed_for(bench, courier)
    assert courier.title == "Sign that you put it in"
    await courier.touch("stroke")
    await signed(courier)
    assert courier.title == f"Stored in {parcel.compartment}"
    kept = await signature_of(bench.context.journal, parcel.id, of_courier=True)
    (told,) = await bodies(bench, "ParcelSigned")
    assert told["svg_sha256"] == hashlib.sha256(kept.svg.encode()).hexdigest()
    assert (told["pickup"], kept.pickup) == (parcel.deposit, parcel.deposit)
    assert await signature_of(bench.context.journal, parcel.id) is None, "its recipient has not signed"
    assert list(await bench.context.journal.read(lambda db: list(signature_faults(db)))) == []


async def test_REC_02_a_dot_is_no_signature_and_whoever_cannot_sign_goes_on(bench, courier):
    parcel = await signed_for(bench, courier)
    await signed(courier)
    assert courier.title == "Sign that you put it in", "nothing was drawn"
    await courier.touch("stroke")
    await signed(courier, {"width": 880, "height": 500, "strokes": [[[4, 4, 0]]]})
    assert "Sign once more" in courier.text
    await courier.touch("cannotsign")
    assert courier.title == f"Stored in {parcel.compartment}"
    assert [one["strokes"] for one in await bodies(bench, "ParcelSigned")] == [0]
    assert await signature_of(bench.context.journal, parcel.id, of_courier=True) is None


async def test_REC_02_an_ordinary_parcel_costs_no_touch_more(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("size S")
    assert "opens now" in courier.title
    assert not (await bodies(bench, "DepositStarted"))[0].get("confirmed")


async def test_the_screen_for_the_PIN_leads_back_to_the_size(bench, courier):
    await scanned(bench, courier, s4t(more=SIGNED), "Which size fits?")
    await courier.touch("size M", "back")
    assert courier.title == "Which size fits?"


async def test_what_is_not_empty_gives_way_to_another_door_and_the_parcel_stays_what_it_is(bench, courier):
    await scanned(bench, courier, s4t(more="(4322)1"), "Which size fits?")
    await courier.touch("size M")
    (parcel,) = bench.engine.site.parcels.values()
    await bench.open(parcel.compartment)
    await courier.load()
    await courier.touch("occupied")
    (again,) = [one for one in bench.engine.site.parcels.values() if one.state.live]
    assert again.flags == parcel.flags


async def test_a_signed_one_asks_for_no_second_PIN_where_a_door_was_not_empty(bench, courier):
    await scanned(bench, courier, s4t(more=SIGNED), "Which size fits?")
    await courier.touch("size M")
    await courier.keys(PIN)
    await courier.touch("open")
    (first,) = bench.engine.site.parcels.values()
    await bench.open(first.compartment)
    await courier.load()
    await courier.touch("occupied")
    assert "opens now" in courier.title
    assert [one["confirmed"] for one in await bodies(bench, "DepositStarted")] == [True, True]
    (again,) = [one for one in bench.engine.site.parcels.values() if one.state.live]
    assert again.flags == {Flag.ACCEPT}


@pytest.mark.parametrize("why", ["oversize", "damaged", "wrong-address", "other"])
async def test_C13_a_deposit_is_given_up_with_a_reason_and_the_door_is_free_again(bench, courier, why):
    door = await courier.deposit_door()
    await bench.open(door)
    await courier.load()
    await courier.touch("cancel")
    assert courier.title == "Why is it not stored?"
    assert bench.engine.site.compartments[door].use is Use.FILLING, "nothing is given up without a word"
    await courier.touch(f"why {why}")
    assert courier.title == "Take it out, then push the door shut"
    await bench.shut(door)
    await courier.load()
    assert courier.title == "This parcel is cancelled"
    assert bench.engine.site.compartments[door].use is Use.FREE
    assert [one["reason"] for one in await bodies(bench, "DepositLeaving")] == [why]


async def test_a_door_that_is_shut_while_its_courier_is_asked_why_has_stored_the_parcel(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await courier.load()
    await courier.touch("cancel")
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Stored in {door}"


async def test_C12_a_courier_opens_the_door_of_a_stored_parcel_again_with_the_PIN(bench, courier):
    door = await courier.deposit_door()
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    await courier.touch("again")
    await courier.keys(PIN)
    await courier.touch("open")
    await bench.open(door)
    await courier.load()
    assert courier.title == "Put the parcel in, then push the door shut"
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Stored in {door}"
    await bench.advance(61)
    await courier.load()
    assert "again" not in courier.acts


async def test_C9_where_the_announced_size_is_full_the_next_larger_one_is_marked(bench, courier):
    await announce(bench, "SF1329884031107")
    await courier.deposit_door(size="S")
    await bench.open("A1")
    await bench.shut("A1")
    await courier.load()
    await courier.touch("next")
    await scanned(bench, courier, "SF1329884031107", "Which size fits?")
    assert 'class="box is-last" hx-post="/touch" name="act" value="size M"' in courier.page


async def test_C10_what_is_free_of_each_size_stands_on_the_idle_screen_before_anybody_signs_in(bench):
    browser = await bench.browser().load()
    assert "S 1 M 2 L 1" in browser.text
    await bench.stored("SF1")
    await browser.load()
    assert "S Full M 2 L 1" in browser.text


async def test_C20_a_recipient_who_is_not_known_here_is_refused_with_what_to_do_and_staff_hear_of_it(bench, courier):
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    await courier.keys("9999")
    await courier.touch("unlisted")
    assert "not in the list" in courier.title
    assert "+86 21 5555 0100" in courier.text
    await courier.touch("next")
    (kept,) = await bodies(bench, "ParcelNotAccepted")
    assert (kept["reason"], kept["recipients"]) == ("unknown-recipient", [])
    assert "DepositStarted" not in await bench.kinds()
    assert "SF13299" not in json.dumps(kept)


async def test_REC_02_what_is_signed_for_is_not_put_beside_another_parcel_without_the_PIN(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("size M")
    (parcel,) = bench.engine.site.parcels.values()
    await bench.open(parcel.compartment)
    await bench.shut(parcel.compartment)
    await courier.load()
    await courier.touch("next")
    other = s4t(more=SIGNED).replace("395011015300012342", "395011015300012359")
    await scanned(bench, courier, other, "Which size fits?")
    assert "join" not in courier.acts, "it lies alone, so no door is there to be shared"
