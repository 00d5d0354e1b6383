"""Couriers accept the terms once, anew when their lines change; what staff tell them and they tell staff."""

# ruff: noqa: RUF001  Chinese punctuation is what is tested

import pytest
from kiosk_bench import Bench
from test_kiosk_label import bodies
from test_kiosk_round import courier_with

from locker.services.policies import CourierBoard, NewVersion, RuleKind, Terms

LINES = tuple(f"Line {at} of the rules." for at in range(1, 9))


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def write(bench, body, **more):
    number = len(bench.context.rules.versions(body.kind)) + 1
    return await bench.context.rules.add(NewVersion(number, body, "asked by the owners", **more), "staff:wang")


async def sign_in(bench):
    return await (await bench.browser().load()).sign_in()


async def test_CON_03_couriers_accept_the_terms_that_hold_and_are_asked_anew_when_their_lines_change(bench):
    assert (await sign_in(bench)).title == "Scan the label", "without terms nobody is asked"
    version = await write(bench, Terms(couriers={"en": LINES}))
    courier = await bench.browser().load()
    await courier.touch("finish")
    await courier.sign_in()
    assert courier.title == "Rules of this locker"
    assert ("Line 6" in courier.text, "Line 7" in courier.text, "accept" in courier.acts) == (True, False, False)
    assert (await courier.post("accept")).status_code == 409, "what was not shown is not accepted"
    await courier.touch("page", "accept")
    assert courier.title == "Scan the label"
    (kept,) = await bodies(bench, "RuleAccepted")
    assert kept == {"rule": "terms", "version": 1, "sha256": version.sha256}
    await courier.touch("finish")
    await write(bench, Terms(couriers={"en": LINES}, residents={"en": ("Take it within three days.",)}))
    assert (await courier.sign_in()).title == "Scan the label", "the lines of others are nothing new to couriers"
    await courier.touch("finish")
    await write(bench, Terms(couriers={"en": (*LINES, "One more.")}))
    assert (await courier.sign_in()).title == "Rules of this locker"
    await courier.touch("page", "accept", "finish")
    assert [one["version"] for one in await bodies(bench, "RuleAccepted")] == [1, 3]
    assert (await courier.sign_in()).title == "Scan the label"


async def test_CON_03_who_does_not_accept_leaves_and_opens_no_door(bench):
    await write(bench, Terms(couriers={"en": LINES[:1]}))
    courier = await sign_in(bench)
    for act in ("type", "overdue", "outbound", "size S"):
        assert (await courier.post(act)).status_code == 409
    await courier.touch("back")
    assert "dropoff" in courier.acts
    assert "RuleAccepted" not in await bench.kinds()


async def test_CON_03_a_language_in_which_nothing_was_written_shows_another(bench):
    await write(bench, Terms(couriers={"zh-CN": ("请关好柜门",)}))
    assert "请关好柜门" in (await sign_in(bench)).text


@pytest.mark.parametrize(
    "line",
    [
        "The operator is not liable for any loss.",
        "We accept no liability whatsoever.",
        "快递丢失，物业概不负责",
        "一切損失本公司不負責任",
    ],
)
def test_CON_04_terms_that_shut_out_all_liability_are_refused_and_the_line_is_named(line):
    with pytest.raises(ValueError, match="line 2 shuts out all liability"):
        Terms.read(Terms(couriers={"en": ("Shut every door.", "x")}).as_json().replace('"x"', f'"{line}"'))


async def test_CON_04_the_text_that_was_accepted_can_be_read_for_ever(bench):
    await write(bench, Terms(couriers={"en": LINES[:1]}))
    courier = await sign_in(bench)
    await courier.touch("accept")
    await write(bench, Terms(couriers={"en": LINES[1:2]}))
    (kept,) = await bodies(bench, "RuleAccepted")
    then = bench.context.rules.versions(RuleKind.TERMS)[kept["version"] - 1]
    assert (then.sha256, then.body.couriers) == (kept["sha256"], {"en": LINES[:1]})


async def test_CUR_01_what_staff_write_on_the_board_stands_before_the_first_label(bench):
    until = bench.context.engine.now().replace(year=2027)
    await write(
        bench, CourierBoard(lines={"en": "Ring at the gate after 22:00.", "zh-CN": "22:00 后请按门铃"}), ends_at=until
    )
    courier = await sign_in(bench)
    assert "Ring at the gate after 22:00." in courier.text
    await courier.touch("language zh-CN")
    assert "22:00 后请按门铃" in courier.text


async def test_CUR_01_what_stands_on_the_board_ends(bench):
    with pytest.raises(ValueError, match="ends_at"):
        await write(bench, CourierBoard(lines={"en": "for ever"}))


@pytest.mark.parametrize("word", ["few-doors", "works-badly", "list", "call"])
async def test_CUR_01_what_a_courier_tells_is_a_case_with_a_number_once(bench, word):
    courier = await courier_with(bench, "SF101")
    await courier.touch("finish", "tell")
    assert courier.title == "What should staff know?"
    await courier.touch(f"tell {word}")
    assert courier.title == "Staff have it"
    query = "select number, kind, source from cases"
    ((number, kind, source),) = await bench.context.journal.read(lambda db: db.execute(query).fetchall())
    assert (kind, source) == ("courier-feedback", "courier")
    assert number in courier.text
    assert (await courier.post(f"tell {word}")).status_code == 409
    await courier.touch("back")
    assert courier.title == "Keep this receipt"
