"""Help is a person first: one touch where something goes wrong, a screen that waits, a word on how good it was."""

from __future__ import annotations

import json

import pytest
from kiosk_bench import Bench
from test_kiosk_line import line


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def called(bench):
    browser = await bench.browser().load()
    return await browser.touch("person")


async def the_call(bench):
    query = "select number, kind, compartment from cases"
    return await bench.context.journal.read(lambda db: db.execute(query).fetchall())


async def ratings(bench):
    query = "select data from event where kind = 'VisitRated'"
    return [json.loads(row[0]) for row in await bench.context.journal.read(lambda db: db.execute(query).fetchall())]


async def at_a_stuck_door(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    return browser, door


async def test_CRM_09_at_a_door_that_does_not_open_a_person_is_one_touch_away(bench):
    browser, door = await at_a_stuck_door(bench)
    await bench.advance(4)
    await browser.load()
    await browser.touch("stuck")
    assert "person" in browser.acts
    await bench.advance(6, 6, 31)
    await browser.load()
    assert browser.title == f"Door {door} is stuck. Your parcel is safe inside."
    await browser.touch("person")
    ((number, kind, about),) = await the_call(bench)
    assert (kind, about) == ("help", door)
    assert f"Your number is {number}" in browser.text
    await browser.touch("close")
    assert "person" not in browser.acts, "they are called already"
    assert "again" in browser.acts, "and the code opens as before"


async def test_CRM_09_at_a_door_that_was_left_open_as_well(bench):
    browser, door = await at_a_stuck_door(bench)
    await bench.open(door)
    await bench.advance(121)
    await browser.load()
    await browser.touch("person")
    assert len(await the_call(bench)) == 1


@pytest.mark.parametrize("calm", [False, True])
async def test_NTF_05_R21_the_screen_waits_for_ten_minutes_with_whoever_called_staff(bench, calm):
    browser = await bench.browser().load()
    await browser.touch(*["calm"] * calm, "person")
    await bench.advance(300, 290)
    await browser.load()
    assert "Someone is called" in browser.text
    ((number, *_),) = await the_call(bench)
    async with line(bench) as far:
        await bench.context.cases.service.write(number, "message", "I am there in 5 minutes.", "staff:wang.li")
        await far.until("Wang Li: I am there in 5 minutes.")
    await bench.advance(300, 290)
    await browser.load()
    assert "I am there in 5 minutes." in browser.text, "an answer is waited for anew"
    await bench.advance(30)
    await browser.load()
    assert "Someone is called" not in browser.text
    assert "person" in browser.acts, "whoever comes next may call"


async def test_STF_09_whoever_was_helped_says_with_one_touch_how_good_it_was_and_once(bench):
    browser = await called(bench)
    assert not any(act.startswith("rate") for act in browser.acts), "nobody has come yet"
    ((number, *_),) = await the_call(bench)
    await bench.context.cases.service.write(number, "message", "Done.", "staff:wang.li")
    async with line(bench) as far:
        await bench.context.cases.service.write(number, "message", "Is it well now?", "staff:wang.li")
        await far.until("Is it well now?")
    await browser.load()
    assert "How good was the help?" in browser.text
    await browser.touch("rate 5")
    assert await ratings(bench) == [{"compartment": "", "score": 5, "case": number}]
    assert "Thank you, that is noted." in browser.text
    assert "rate 5" not in browser.acts
    assert (await browser.post("rate 1")).status_code == 409
    await browser.touch("close")
    assert "dropoff" in browser.acts


async def test_STF_09_who_came_without_a_word_is_rated_as_well(bench):
    browser = await called(bench)
    await bench.advance(61)
    await browser.load()
    await browser.touch("rate 2")
    assert [each["score"] for each in await ratings(bench)] == [2]


async def test_a_visit_is_rated_beside_the_help_in_it(bench):
    browser, door = await at_a_stuck_door(bench)
    await browser.touch("help", "person", "close")
    await bench.open(door)
    await browser.load()
    await bench.shut(door)
    await browser.load()
    await browser.touch("rate 4")
    assert await ratings(bench) == [{"compartment": door, "score": 4, "case": ""}]
