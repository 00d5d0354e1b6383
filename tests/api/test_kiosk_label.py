"""At the touchscreen: what a label says, what a courier says of a call, and what stays outside."""

import json

import pytest
from kiosk_bench import PIN, Bench
from test_kiosk_line import line

from locker.core.model import Flag

SCAN4TRANSPORT = "]C1(00)395011015300012342(4301){name}(4303)Flat+{unit}(4308){phone}"


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


@pytest.fixture
async def courier(bench):
    return await (await bench.browser().load()).sign_in()


async def scanned(bench, courier, text, until):
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        await far.until(until)
    await courier.load()


async def bodies(bench, kind):
    query = "select data from event where kind = ? order by seq"
    rows = await bench.context.journal.read(lambda db: db.execute(query, [kind]).fetchall())
    return [json.loads(row[0]) for row in rows]


def s4t(name="Wang+Ming", unit="1203", phone="+8613800000001", more=""):
    return SCAN4TRANSPORT.format(name=name, unit=unit, phone=phone) + more


async def test_REC_05_a_number_of_another_carrier_warns_and_the_courier_decides(bench, courier):
    await scanned(bench, courier, "YT1234567890123", "Is this parcel from SF Express?")
    assert "looks like one of YTO Express" in courier.text
    await courier.touch("same")
    assert courier.title == "Who is it for?"


async def test_REC_06_N3_a_label_that_names_one_person_leads_on_to_the_size(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    assert "For unit 1203" in courier.text


async def test_REC_06_unit_and_name_find_the_recipient_where_the_phone_does_not(bench, courier):
    await scanned(bench, courier, s4t(phone="+8610000000000"), "Which size fits?")
    assert "For unit 1203" in courier.text


async def test_CON_01_N3_authority_to_leave_on_the_label_is_an_agreement_and_fills_no_no(bench, courier):
    await scanned(bench, courier, s4t("Zhao+Min", "1208", "+8613800000002", "(4322)1(4323)1"), "Which size fits?")
    await courier.touch("size S")
    await courier.keys(PIN)
    await courier.touch("open")
    assert "opens now" in courier.title
    (parcel,) = bench.engine.site.parcels.values()
    assert parcel.flags == {Flag.ACCEPT}, "the sender asks for a signature"
    assert (await bodies(bench, "DepositStarted"))[0]["consent"] == "given"


async def test_CON_01_no_label_overrides_a_resident_who_wants_no_parcels(bench, courier):
    await scanned(bench, courier, s4t("Li+Na", "1201", "+8613800000003", "(4322)1"), "wants no parcels")


async def test_REC_11_dangerous_goods_stay_outside_by_their_label_alone(bench, courier):
    await scanned(bench, courier, s4t(more="(4321)1"), "does not go into the locker")
    await courier.touch("next")
    assert [one["reason"] for one in await bodies(bench, "ParcelNotAccepted")] == ["banned"]


async def test_CON_02_each_call_to_a_recipient_is_kept_with_its_answer(bench, courier):
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    await courier.keys("1208")
    await courier.touch("noanswer")
    assert courier.title == "No answer. How does it go on?"
    await courier.touch("again", "noanswer", "again", "consent given")
    assert courier.title == "Which size fits?"
    assert [one["answer"] for one in await bodies(bench, "ContactTried")] == ["none", "none", "yes"]


async def test_CON_02_a_missing_yes_opens_no_door_and_the_parcel_goes_along(bench, courier):
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    await courier.keys("1208")
    await courier.touch("noanswer", "next")
    assert courier.title == "Scan the label"
    assert [one["reason"] for one in await bodies(bench, "ParcelNotAccepted")] == ["no-answer"]
    assert "DepositStarted" not in await bench.kinds()


@pytest.mark.parametrize("hindrance", ["damaged", "wet", "banned", "fresh", "weight"])
async def test_EXC_05_what_stays_outside_is_kept_with_its_reason_also_when_the_next_label_is_scanned(
    bench, courier, hindrance
):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", f"hindered {hindrance}")
    await scanned(bench, courier, "SF1329884027716", "Who is it for?")
    assert [one["reason"] for one in await bodies(bench, "ParcelNotAccepted")] == [hindrance]


async def test_REL_14_N8_who_takes_parcels_in_person_only_is_told_to_the_courier_before_a_size_is_chosen(
    bench, courier
):
    person = bench.context.directory.find("1203")[0]
    wishes = bench.context.wishes.of(person.id)
    await bench.context.wishes.save(person.id, type(wishes)(in_person=True), "resident:" + person.id)
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    await courier.keys("1203")
    assert "from hand to hand only" in courier.text


async def test_N3_what_the_label_says_that_it_weighs_is_kept_with_the_parcel(bench, courier):
    await scanned(bench, courier, s4t(more="(3303)002340"), "Which size fits?")
    await courier.touch("size S")
    query = "select details from parcel"
    (details,) = await bench.context.journal.read(lambda db: db.execute(query).fetchone())
    assert json.loads(details) == {"weight_g": 2340}


@pytest.mark.parametrize(("not_before", "early"), [("2603011500", True), ("2603011300", False), ("2603029999", True)])
async def test_N3_what_is_not_to_be_delivered_yet_stays_outside(bench, courier, not_before, early):
    """It is 14:00 at the site."""
    title = "does not go into the locker" if early else "Which size fits?"
    await scanned(bench, courier, s4t(more=f"(4324){not_before}"), title)
    assert ("The sender says when" in courier.text) is early
    if early:
        await courier.touch("next")
        assert [one["reason"] for one in await bodies(bench, "ParcelNotAccepted")] == ["early"]


@pytest.mark.parametrize(("warmest", "stays"), [("000800", True), ("000500-", True), ("002500", False)])
async def test_N3_what_must_stay_cold_goes_behind_no_warm_door(bench, courier, warmest, stays):
    await scanned(bench, courier, s4t(more=f"(4331){warmest}"), "does not go" if stays else "Which size fits?")
