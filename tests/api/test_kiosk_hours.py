"""At the touchscreen outside the hours that a rule says: nobody begins a visit, and everybody does again at its end."""

from datetime import timedelta

from kiosk_bench import Bench

from locker.services.policies import NewVersion, OpeningWeek


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
