"""At the touchscreen: a shipment of several pieces, each behind its door, and what is still to come is said."""

import json

import pytest
from kiosk_bench import Bench
from test_kiosk_label import s4t, scanned

from locker.labels import piece_of


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


@pytest.fixture
async def courier(bench):
    return await (await bench.browser().load()).sign_in()


async def put_in(bench, courier, size="S"):
    await courier.touch(f"size {size}")
    (door,) = [one.compartment for one in bench.engine.site.visits.values()]
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    return door


async def details(bench):
    query = "select details from parcel order by rowid"
    rows = await bench.context.journal.read(lambda db: db.execute(query).fetchall())
    return [json.loads(row[0]) if row[0] else {} for row in rows]


async def test_REC_07_the_next_pieces_need_no_recipient_and_what_is_to_come_is_said(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 3")
    assert "Unit 1203: 1 of 3" in courier.text
    await put_in(bench, courier)
    assert "1 of 3 pieces are in. Unit 1203 gets one message for all." in courier.text
    await courier.touch("next")
    assert courier.title == "Scan piece 2 of 3"
    await scanned(bench, courier, "SF1329884027716", "Which size fits?")
    assert "Unit 1203: 2 of 3" in courier.text
    await put_in(bench, courier, "M")
    await scanned(bench, courier, "SF1329884027717", "Which size fits?")
    await put_in(bench, courier, "L")
    assert "3 of 3 pieces are in" in courier.text
    await courier.touch("next")
    assert courier.title == "Scan the label"
    told = await details(bench)
    assert [(one["piece"], one["pieces"]) for one in told] == [(1, 3), (2, 3), (3, 3)]
    assert len({one["shipment"] for one in told}) == 1


async def test_REC_07_fewer_than_were_said_end_with_one_touch_and_the_next_label_is_asked_for_anew(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 2")
    await put_in(bench, courier)
    await courier.touch("next", "nomore")
    assert courier.title == "Scan the label"
    await scanned(bench, courier, "SF1329884027716", "Who is it for?")


async def test_REC_07_a_label_for_somebody_else_is_no_piece_of_it(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 2")
    await put_in(bench, courier)
    other = s4t("Zhao+Min", "1208", "+8613800000002", "(4322)1").replace("395011015300012342", "395011015300012359")
    await scanned(bench, courier, other, "Which size fits?")
    assert "For unit 1208" in courier.text
    assert "2 of 2" not in courier.text


async def test_REC_07_a_number_that_says_its_piece_needs_no_word_of_the_courier(bench, courier):
    await scanned(bench, courier, "JDVA12345678901-1-2-", "from SF Express?")
    await courier.touch("same")
    await courier.keys("1203")
    await put_in(bench, courier)
    assert "1 of 2 pieces are in" in courier.text
    await scanned(bench, courier, "JDVA12345678901-2-2-", "from SF Express?")
    await courier.touch("same")
    assert courier.title == "Which size fits?"
    await put_in(bench, courier, "M")
    assert [(one["piece"], one["pieces"]) for one in await details(bench)] == [(1, 2), (2, 2)]
    assert len({one["shipment"] for one in await details(bench)}) == 1


async def test_REC_07_a_piece_that_is_given_up_is_still_to_come(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 2")
    await courier.touch("size S")
    (door,) = [one.compartment for one in bench.engine.site.visits.values()]
    await bench.open(door)
    await courier.load()
    await courier.touch("cancel", "why other")
    await bench.shut(door)
    await courier.load()
    await courier.touch("next")
    assert courier.title == "Scan piece 1 of 2"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("JDVA12345678901-2-3-", ("JDVA12345678901", 2, 3)),
        ("JDVA12345678901-2-3", ("JDVA12345678901", 2, 3)),
        ("JDVA12345678901-1-1-", None),
        ("JDVA12345678901-4-3-", None),
        ("JDVA12345678901", None),
        ("SF1329884027716", None),
    ],
)
def test_REC_07_what_a_number_says_of_its_shipment(number, expected):
    assert piece_of(number) == expected


async def test_REC_07_a_piece_that_lies_beside_the_first_is_a_piece_of_it(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 3")
    first = await put_in(bench, courier, "M")
    await courier.touch("next")
    await scanned(bench, courier, "SF1329884027716", "Which size fits?")
    await courier.touch("join")
    await bench.open(first)
    await bench.shut(first)
    await courier.load()
    assert "2 of 3 pieces are in" in courier.text
    told = await details(bench)
    assert [(one["piece"], one["pieces"]) for one in told] == [(1, 3), (2, 3)]
    assert len({one["shipment"] for one in told}) == 1


async def test_REC_07_a_full_door_counts_no_piece_twice(bench, courier):
    await scanned(bench, courier, s4t(), "Which size fits?")
    await courier.touch("wrongparcel", "several", "pieces 3", "size M")
    (full,) = [one.compartment for one in bench.engine.site.visits.values()]
    await bench.open(full)
    await courier.load()
    await courier.touch("occupied")
    (door,) = [one.compartment for one in bench.engine.site.visits.values() if one.compartment != full]
    await bench.open(door)
    await bench.shut(full)
    await bench.shut(door)
    await courier.load()
    assert "1 of 3 pieces are in" in courier.text
    await courier.touch("next")
    await scanned(bench, courier, "SF1329884027716", "Which size fits?")
    assert "Unit 1203: 2 of 3" in courier.text
    await put_in(bench, courier, "S")
    assert "2 of 3 pieces are in" in courier.text
    stored = [one for one in await details(bench) if one]
    assert max(one["piece"] for one in stored) == 2
