"""The screen in the lobby: what waits, for whom of those who agreed, masked; what is wrong, and what to do instead."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from kiosk_bench import BEGIN, Bench

from api.kiosk.lobby_view import LobbyRow, page_of
from locker.services.incidents import IncidentWords
from locker.services.people import NO_WISHES

WORDS = IncidentWords("Power cut in building 2", "Service desk, ground floor")


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def agrees(bench, unit="1203", yes=True):
    (person,) = bench.context.directory.find(unit)
    await bench.context.wishes.save(person.id, replace(NO_WISHES, lobby=yes), "staff:x")


async def lobby(bench, query=""):
    answer = await bench.browser().http.get("/lobby" + query)
    assert answer.status_code == 200
    return answer.text


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<body") :]))


async def test_NTF_01_whoever_agreed_reads_masked_that_something_waits(bench):
    await bench.stored("SF1")
    await bench.stored("SF2")
    await agrees(bench)
    page = await lobby(bench)
    assert "2 parcels wait here" in page
    assert "Phone ends in 01 Wang ** 2 parcels free until Wed 14:00" in words(page)
    for private in ("1203", "Ming", "SF1", "0001", ">A1<", ">A2<"):
        assert private not in page


async def test_who_did_not_agree_is_counted_and_not_named(bench):
    await bench.stored("SF1")
    page = await lobby(bench)
    assert "1 parcel waits here" in page
    assert "Wang" not in page
    await agrees(bench)
    assert "Wang" in await lobby(bench)
    await agrees(bench, yes=False)
    assert "Wang" not in await lobby(bench), "taking it back counts at once"


async def test_nobody_is_called_late(bench):
    await bench.stored("SF1")
    await agrees(bench)
    await bench.advance(80 * 3600)
    row = words(await lobby(bench))
    assert "Wang ** 1 parcel" in row
    assert "free until" not in row


def test_six_rows_a_page_and_every_page_leads_to_the_next():
    rows = [LobbyRow(f"{number:02d}", "Wang **", 1, None) for number in range(13)]
    seen, page = [], 0
    for _ in range(3):
        shown, page = page_of(rows, page)
        assert len(shown) <= 6
        seen += shown
    assert (seen, page) == (rows, 0)
    assert page_of([], 7) == ([], 0)


@pytest.mark.parametrize("query", ["?page=9999", "?page=-1", "?page=x", "?language=../x", "?page=" + "9" * 90])
async def test_no_address_breaks_it(bench, query):
    assert "wait here" in await lobby(bench, query)


async def test_R27_what_is_wrong_stands_there_with_its_cause_and_what_to_do(bench):
    await bench.context.incidents.declare({"en": WORDS}, BEGIN + timedelta(hours=2), "staff:x")
    said = words(await lobby(bench))
    assert "Power cut in building 2." in said
    assert "Service desk, ground floor" in said
    bench.engine.seal("the disk is full")
    sealed = words(await lobby(bench))
    assert "Doors work again at about Sun 16:00" in sealed
    assert "Power cut in building 2." in sealed
    assert "disk" not in sealed
