"""An incident is told with its cause, when it works again and what to do instead: all of it, or it is not taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from kiosk_bench import BEGIN, Bench

from locker.core.reasons import Refused
from locker.services.incidents import BadIncident, Incidents, IncidentWords

WORDS = IncidentWords("Power cut in building 2", "The service desk opens doors by hand until 20:00")


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def declared(bench, **words):
    told = words or {"en": WORDS}
    return await bench.context.incidents.declare(told, BEGIN + timedelta(hours=2), "staff:chen.lin")


async def test_R27_the_idle_screen_says_why_until_when_and_what_to_do_instead(bench):
    await declared(bench)
    browser = await bench.browser().load()
    assert "Power cut in building 2." in browser.text
    assert "Works again at about Sun 16:00." in browser.text
    assert "The service desk opens doors by hand until 20:00" in browser.text
    assert "collect" in browser.acts, "what works goes on working"


async def test_R27_a_locker_that_opens_no_door_says_so_in_the_words_of_the_incident(bench):
    await declared(bench)
    bench.engine.seal("the disk is full")
    browser = await bench.browser().load()
    assert browser.title == "Doors work again at about Sun 16:00"
    assert "Power cut in building 2" in browser.text
    assert "Locked and safe" in browser.text


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ({}, 2),
        ({"en": IncidentWords("", "The desk")}, 2),
        ({"en": IncidentWords("Power cut", "  ")}, 2),
        ({"en": IncidentWords("Power cut", "x" * 61)}, 2),
        ({"en": IncidentWords("Power\ncut", "The desk")}, 2),
        ({"fr": WORDS}, 2),
        ({"en": WORDS}, 0),
        ({"en": WORDS}, -1),
    ],
)
async def test_R27_nothing_of_it_may_be_left_out(bench, words, hours):
    with pytest.raises(BadIncident):
        await bench.context.incidents.declare(words, BEGIN + timedelta(hours=hours), "staff:x")
    assert bench.context.incidents.now is None


async def test_a_language_in_which_nothing_was_said_shows_another(bench):
    await declared(bench)
    browser = await bench.browser().load()
    await browser.touch("language zh-TW")
    assert "Power cut in building 2。預計" in browser.text


async def test_an_incident_outlives_a_restart_and_ends_by_a_word(bench):
    await declared(bench)
    again = Incidents(bench.engine, bench.context.journal, ["en"])
    await again.load()
    assert again.now == bench.context.incidents.now
    await bench.context.incidents.end("staff:chen.lin")
    assert "Power cut" not in (await bench.browser().load()).text
    with pytest.raises(Refused):
        await bench.context.incidents.end("staff:chen.lin")
