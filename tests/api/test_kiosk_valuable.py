"""What is insured opens for its code and one more thing that its people know, or for the QR of their own page."""

from __future__ import annotations

import pytest
from kiosk_bench import Bench
from test_kiosk_inspect import stored
from test_kiosk_line import line

from locker.core.model import Flag

ASKED = "This one is valuable. Its door opens for the person it was sent to."


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def at_the_question(bench):
    parcel, door, code = await stored(bench, Flag.INSURED)
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    return browser, door, parcel


async def orders(bench):
    return (await bench.kinds()).count("UnlockOrdered")


async def test_REL_01_REL_03_FEE_05_a_code_alone_opens_nothing_insured_and_the_end_of_the_phone_does(bench):
    browser, door, _ = await at_the_question(bench)
    assert browser.title == "Add the last 4 digits of your phone"
    assert ASKED in browser.text
    assert "Wrong codes" not in browser.text, "nobody has done anything wrong"
    before = await orders(bench)
    await browser.keys("9999")
    await browser.touch("continue")
    assert await orders(bench) == before, "a wrong end opens nothing, and counts as a wrong try"
    assert "CodeRejected" in await bench.kinds()
    await bench.advance(2)
    await browser.load()
    await browser.keys("0001")
    await browser.touch("continue")
    assert browser.title == f"Door {door} opens now"


async def test_REL_03_the_unit_does_as_well_and_back_leads_to_the_code(bench):
    browser, door, _ = await at_the_question(bench)
    await browser.touch("unit")
    await browser.keys("1203")
    await browser.touch("unit")
    assert ASKED in browser.text
    await browser.touch("back")
    assert browser.title == "Type your 8-digit code"
    await browser.touch("open", "unit")
    await browser.keys("1203")
    await browser.touch("continue")
    assert browser.title == f"Door {door} opens now"


async def test_the_qr_of_a_page_that_has_asked_already_opens_at_once(bench):
    _, door, parcel = await at_the_question(bench)
    query = "select blob from sealed where parcel = ?"
    row = await bench.context.journal.read(lambda db: db.execute(query, [parcel]).fetchone())
    async with line(bench) as far:
        bench.context.scan_hub.put(bench.context.vault.unseal(row[0])[1])
        await far.until(f"Door {door} opens now")


async def test_what_opened_it_opens_it_again_within_the_grace(bench):
    browser, door, _ = await at_the_question(bench)
    await browser.keys("0001")
    await browser.touch("continue")
    await bench.open(door)
    await bench.shut(door)
    await browser.load()
    before = await orders(bench)
    await browser.touch("again")
    assert await orders(bench) == before + 1


async def test_N8_it_is_not_asked_of_an_ordinary_parcel(bench):
    _, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    assert "opens now" in browser.title
