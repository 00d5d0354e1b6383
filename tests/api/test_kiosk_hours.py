"""At the touchscreen outside the opening hours: it says so and when it opens again, and nobody begins a visit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from kiosk_bench import Bench

from locker.services.policies import NewVersion, OpeningWeek

HOURS = '[opening]\ndaily = ["07:00-13:00"]\n'
SHUT_FROM_NOW_ON = "[opening]\ndaily = []\n"


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path, HOURS) as running:  # it is Sunday, 14:00
        yield running


async def test_PK_02_the_idle_screen_says_that_it_is_closed_and_when_it_opens_until_it_does(bench):
    browser = await bench.browser().load()
    assert "Closed now. Open again Mon 07:00." in browser.text
    await browser.touch("easy")
    assert "Closed now. Open again Mon 07:00." in browser.text
    await bench.advance(17 * 3600)
    assert "Closed" not in (await browser.load()).text


async def test_PK_02_the_lobby_screen_says_it_too(bench):
    answer = await bench.browser().http.get("/lobby")
    assert "Closed now. Open again Mon 07:00." in answer.text


async def test_PK_02_a_locker_that_never_opens_names_no_day(tmp_path):
    async with Bench(tmp_path, SHUT_FROM_NOW_ON) as bench:
        text = (await bench.browser().load()).text
        assert "Closed now." in text
        assert "again" not in text


async def test_PK_02_a_code_opens_nothing_while_a_rule_says_shut_and_opens_its_door_at_the_end(tmp_path):
    async with Bench(tmp_path) as bench:
        door, code, _ = await bench.stored("SF1")
        browser = await (await bench.browser().load()).touch("collect")
        ends = bench.engine.now() + timedelta(minutes=10)
        asked = NewVersion(1, OpeningWeek(daily=[]), "the floor is wet", ends_at=ends)
        await bench.context.rules.add(asked, "staff:wang")
        await browser.keys(code)
        assert "The locker serves visitors at other hours." in browser.text
        assert (await bench.kinds()).count("UnlockOrdered") == 1, "that of the deposit"
        await bench.advance(600)
        browser = await (await bench.browser().load()).touch("collect")
        await browser.keys(code)
        assert f"Door {door}" in browser.title
