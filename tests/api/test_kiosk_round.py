"""The end of a courier's round at the touchscreen: expected is stored or has a reason, and there is a receipt."""

import json
from datetime import timedelta

import pytest
from kiosk_bench import BEGIN, COMPANY, PIN, Bench
from test_kiosk_kept import until_kept

from api.kiosk.courier.steps import ScanLabel
from api.kiosk.kept_screen import FILE
from locker.core.model import Size
from locker.services.custody_service import ParcelNotice
from locker.signed_note import read_checkpoint


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def courier_with(bench, *numbers, sizes="SML"):
    """A courier who has just stored parcels of these numbers."""
    browser = await (await bench.browser().load()).sign_in()
    for number, size in zip(numbers, sizes, strict=False):
        door = await browser.deposit_door(tracking=number, size=size)
        await bench.open(door)
        await bench.shut(door)
        await browser.load()
        await browser.touch("next")
    return browser


async def announce(bench, *numbers):
    parcels = [
        ParcelNotice(tracking=number, size=Size.S, carrier=COMPANY, until=BEGIN + timedelta(days=1), unit="1203")
        for number in numbers
    ]
    await bench.context.custody.expect(parcels, "token:carrier")


async def ended(bench):
    query = "select seq, data, hash from event where kind = 'CourierRoundEnded' order by seq"
    return await bench.context.journal.read(lambda db: db.execute(query).fetchall())


async def test_REC_09_C23_a_round_ends_with_a_receipt_that_names_its_event_in_the_chain(bench):
    courier = await courier_with(bench, "SF101", "SF102")
    await courier.touch("finish")
    assert courier.title == "Keep this receipt"
    ((seq, data, digest),) = await ended(bench)
    assert f"{seq}-{digest[:4]}-{digest[4:8]}".upper() in courier.text
    said = json.loads(data)
    assert (len(said["stored"]), said["missing"], said["company"]) == (2, [], COMPANY)
    assert '<svg class="qr"' in courier.page
    query = "select note from checkpoint order by size desc limit 1"
    note = await bench.context.journal.read(lambda db: db.execute(query).fetchone()[0])
    short = read_checkpoint(note.partition("\n\n")[0] + "\n").short
    assert short in courier.text, "with it nobody can cut off the end of the log unseen"
    await courier.touch("signout")
    assert "collect" in courier.acts


async def test_who_did_nothing_gets_no_receipt_and_is_asked_nothing(bench):
    await announce(bench, "SF109")
    courier = await courier_with(bench)
    await courier.touch("finish")
    assert "collect" in courier.acts
    assert await ended(bench) == []


async def test_REC_08_what_was_announced_and_did_not_come_needs_a_reason_each(bench):
    await announce(bench, "SF107", "SF108", "SF109")
    courier = await courier_with(bench, "SF101")
    await courier.touch("finish")
    assert courier.title == "3 expected parcels are not here. Why this one?"
    await courier.touch("why at-door")
    assert courier.title == "2 expected parcels are not here. Why this one?"
    await courier.touch("back", "why at-door", "noneaboard")
    assert courier.title == "Keep this receipt"
    ((_, data, _),) = await ended(bench)
    assert json.loads(data)["reasons"] == ["at-door", "not-aboard", "not-aboard"]
    expected = [one for one in bench.engine.site.parcels.values() if one.state == "expected"]
    assert len(expected) == 2, "what was brought to the door is expected no more"


async def test_REC_08_taken_back_and_cancelled_parcels_are_counted_as_what_they_are(bench):
    courier = await courier_with(bench, "SF101", "SF102")
    door = await courier.deposit_door(tracking="SF103", size="L")
    await courier.touch("cancel", "why other")
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    await courier.touch("finish")
    ((_, data, _),) = await ended(bench)
    assert len(json.loads(data)["stored"]) == 2


async def test_a_round_goes_on_after_signing_in_again_and_ends_once(bench):
    courier = await courier_with(bench, "SF101")
    await bench.advance(331)
    await courier.load()
    assert "collect" in courier.acts
    again = await courier_with(bench, "SF102", sizes="M")
    assert "2 stored" in again.text
    await again.touch("finish", "signout")
    assert len(json.loads((await ended(bench))[0][1])["stored"]) == 2
    third = await courier_with(bench)
    assert "stored" not in third.text


async def test_a_round_outlives_a_power_cut_that_took_the_screen(tmp_path):
    async with Bench(tmp_path) as bench:
        await courier_with(bench, "SF101", "SF102")
        await until_kept(bench, ScanLabel)
    (tmp_path / "data" / FILE).unlink(missing_ok=True)
    async with Bench(tmp_path) as bench:
        courier = await courier_with(bench)
        assert "2 stored" in courier.text
        await courier.touch("finish")
        assert len(json.loads((await ended(bench))[0][1])["stored"]) == 2


async def test_one_of_the_round_is_taken_back_within_a_quarter_of_an_hour_after_the_PIN(bench):
    courier = await courier_with(bench, "SF101", "SF102")
    parcels = {one.compartment: one.id for one in bench.engine.site.parcels.values()}
    await courier.touch("takeback")
    assert courier.title == "Which one do you take back?"
    await courier.touch(f"takeback {parcels['A1']}")
    assert courier.title == "Type your PIN to open A1 again"
    await courier.keys(PIN)
    await courier.touch("open")
    await bench.open("A1")
    await bench.shut("A1")
    await courier.load()
    assert courier.title == "Taken back from A1"
    await courier.touch("next", "finish")
    said = json.loads((await ended(bench))[0][1])
    assert (len(said["stored"]), len(said["taken_back"])) == (1, 1)


async def test_after_a_quarter_of_an_hour_none_is_offered_to_be_taken_back(bench):
    await courier_with(bench, "SF101")
    await bench.advance(16 * 60)
    courier = await courier_with(bench)
    assert "1 stored" in courier.text
    assert "takeback" not in courier.acts
