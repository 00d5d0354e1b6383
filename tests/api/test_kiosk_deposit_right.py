"""At the touchscreen: a courier without an account shows the QR that their carrier signed, and puts a parcel in."""

import pytest
from kiosk_bench import COMPANY, Bench
from signed_rights import PUBLIC, claims, signed
from test_kiosk_line import line

from locker.core.reasons import Refused
from locker.journal.audit import audit


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        await registered(running)
        yield running


async def registered(bench):
    await bench.context.rights.keys.load()
    await bench.context.rights.keys.add(COMPANY, PUBLIC, "staff:test")


def right(bench, **more):
    return signed(claims(bench.engine.now(), bench.context.site.id, iss=COMPANY, **more))


async def show(bench, text, until):
    """Read by the reader; the screen that comes of it."""
    browser = await bench.browser().load()
    async with line(bench) as far:
        bench.context.scan_hub.put(text)
        await far.until(until)
    return await browser.load()


async def test_N5_a_courier_without_an_account_puts_in_once_and_shown_again_it_opens_nothing(bench):
    text = right(bench, to={"unit": "1203"})
    courier = await show(bench, text, "Scan the label")
    assert "puts in 1 more parcel." in courier.text
    assert not {"overdue", "outbound"} & {act.split(" ")[0] for act in courier.acts}
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next", "size S")
    door = courier.title.split()[1]
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    assert courier.title == f"Stored in {door}"
    assert {"again", "takeback", "next"}.isdisjoint(courier.acts), "no door of a stored parcel opens to a right"
    await courier.touch("finish")
    refused = await show(bench, text, "used up")
    assert "This drop-off pass is used up." in refused.text
    used, turned_away = await bench.context.journal.read(
        lambda db: [
            db.execute("select by, data from event where kind = ?", [kind]).fetchone()
            for kind in ("DepositRightUsed", "DepositRightRefused")
        ]
    )
    assert used[0] == f"courier:right:{COMPANY}"
    assert '"name":"R-1"' in used[1]
    assert text not in used[1]
    assert '"reason":"right-used"' in turned_away[1]
    await bench.context.journal.read(audit)


async def test_N5_a_right_for_one_parcel_leads_on_to_its_size_and_takes_no_other_label(bench):
    courier = await show(bench, right(bench, tracking="SF13299", size="S", to={"unit": "1203"}), "Which size")
    assert [act for act in courier.acts if act.startswith("size")] == ["size S"]
    await courier.touch("back")
    await courier.touch("back")
    assert "Your drop-off pass is for parcel" in courier.text
    await courier.touch("type")
    await courier.keys("SF99999")
    await courier.touch("next")
    assert "This drop-off pass is for another parcel." in courier.text


async def test_N5_a_right_for_several_parcels_asks_for_whom_each_of_them_is(bench):
    courier = await show(bench, right(bench, uses=2), "Scan the label")
    door = await courier.deposit_door("SF13299")
    await bench.open(door)
    await bench.shut(door)
    await courier.load()
    await courier.touch("next", "type")
    await courier.keys("SF13300")
    await courier.touch("next")
    assert courier.title == "Who is it for?"


async def test_N5_the_next_parcel_is_put_in_by_the_next_right_shown_at_the_shut_door(bench):
    courier = await show(bench, right(bench, jti="R-1", tracking="SF13299", to={"unit": "1203"}), "Which size")
    await courier.touch("size S")
    door = courier.title.split()[1]
    await bench.open(door)
    await bench.shut(door)
    courier = await show(bench, right(bench, jti="R-2", tracking="SF13300", to={"unit": "1203"}), "Which size")
    await courier.touch("size M")
    assert "opens now" in courier.title


async def test_N5_each_refusal_says_why_in_a_sentence_and_is_recorded(bench):
    for more, said in (
        ({"aud": "another"}, "is for another locker"),
        ({"door": "Z9"}, "is for another door or size"),
        ({"exp": 1}, "is over"),
        ({"nbf": 4_000_000_000, "exp": 4_000_000_001}, "has not begun"),
        ({"exp": int(bench.engine.now().timestamp()) + 40 * 86_400}, "lasts longer than 31 days"),
        ({"iss": "Nobody"}, "has no drop-off passes here"),
        ({"to": {"unit": "9999"}}, "Nobody by that name here"),
    ):
        text = signed(claims(bench.engine.now(), bench.context.site.id, **({"iss": COMPANY} | more)))
        refused = await show(bench, text, said)
        assert said in refused.text
        await bench.advance(2)
    assert (await bench.kinds()).count("DepositRightRefused") == 6, "all but the last, which is no fault of the right"
    assert "UnlockOrdered" not in await bench.kinds()
    await show(bench, right(bench, aud="another"), "No door for this pass")
    await refused.load()
    assert (await refused.touch("clear")).title == "Sign in with your PIN"


async def test_N5_guesses_wait_and_neither_couriers_nor_residents_wait_for_them(bench):
    good = right(bench)
    bad = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    assert "did not sign it" in (await show(bench, bad, "did not sign it")).text
    for _ in range(9):
        await bench.advance(2)
        with pytest.raises(Refused, match="right-not-signed"):
            await bench.context.rights.show(bad)
    assert "Too many" in (await show(bench, good, "Too many")).text
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("back")
    await browser.touch("collect")
    await browser.keys(code)
    assert door in browser.title


async def test_N5_with_its_key_ended_a_right_opens_nothing_even_for_who_is_here_already(bench):
    courier = await show(bench, right(bench, uses=3, to={"unit": "1203"}), "Scan the label")
    (key,) = bench.context.rights.keys.listed()
    await bench.context.rights.keys.end(key.id, "staff:test")
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next", "size S")
    assert "has no drop-off passes here" in courier.text
    assert "UnlockOrdered" not in await bench.kinds()


async def test_N5_a_revoked_right_and_uses_are_known_after_a_restart(tmp_path):
    async with Bench(tmp_path) as bench:
        await registered(bench)
        text, twice = right(bench, jti="R-9"), right(bench, jti="R-8", uses=2, tracking="SF13299", to={"unit": "1203"})
        await bench.context.rights.revoke(COMPANY, "R-9", "staff:test")
        courier = await show(bench, twice, "Which size")
        await courier.touch("size S")
    async with Bench(tmp_path) as bench:
        await bench.context.rights.keys.load()
        assert "was called back" in (await show(bench, text, "called back")).text
        assert {each.name: each.used for each in bench.context.rights.listed(COMPANY)} == {"R-8": 1, "R-9": 0}
        assert bench.context.rights.listed("Another") == []
        await bench.context.journal.read(audit)


async def test_N5_a_pickup_code_deposits_nothing_and_a_right_fetches_nothing(bench):
    door, _, token = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("dropoff")
    assert "not known here" in (await show(bench, token, "not known here")).text
    await browser.load()
    await browser.touch("back", "collect")
    courier = await show(bench, right(bench), "Scan the label")
    assert courier.title == "Scan the label"
    assert bench.engine.site.compartments[door].use == "loaded"


async def test_N5_who_is_signed_in_with_a_PIN_stays_so(bench):
    courier = await (await bench.browser().load()).sign_in()
    async with line(bench) as far:
        bench.context.scan_hub.put(right(bench))
        await far.until("label")
    assert "drop-off pass puts in" not in (await courier.load()).text


async def test_N5_what_ended_is_let_go_by_the_retention_and_the_table_ends_empty(bench):
    await bench.context.rights.revoke(COMPANY, "R-1", "staff:test")
    await bench.advance(*[86_400 * 10] * 4)
    assert await bench.context.rights.let_go(bench.engine.now()) == 0
    count = await bench.context.journal.read(lambda db: db.execute("select count(*) from deposit_right").fetchone()[0])
    assert count == len(bench.engine.site.rights) == 0
    await bench.context.journal.read(audit)


async def test_N5_a_right_is_no_way_to_read_who_lives_here(bench):
    courier = await show(bench, right(bench), "Scan the label")
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    await courier.keys("12")
    assert "Type the whole unit" in courier.text
    assert not [act for act in courier.acts if act.startswith("choose")]
