"""While the locker serves no visitors its screens say so, and when it opens again."""

from __future__ import annotations

import pytest
from kiosk_bench import Bench

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
