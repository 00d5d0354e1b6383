"""A code of before the site file's `code_digits` was changed opens its door at the keypad as it always did."""

import pytest
from kiosk_bench import Bench

from locker.vault import Vault


async def left_inside(folder, digits):
    async with Bench(folder, pickup=f"code_digits = {digits}") as bench:
        return await bench.stored("SF1")


async def at_the_keypad(bench):
    return await (await bench.browser().load()).touch("collect")


@pytest.mark.parametrize(("before", "now"), [(6, 8), (8, 6), (10, 6), (6, 10)])
async def test_a_code_of_before_opens_and_one_of_now_opens_as_well(tmp_path, before, now):
    door, old, _ = await left_inside(tmp_path, before)
    async with Bench(tmp_path, pickup=f"code_digits = {now}") as bench:
        other, new, _ = await bench.stored("SF2", unit="1208")
        assert (len(old), len(new)) == (before, now)
        for code, opens in ((old, door), (new, other)):
            browser = await at_the_keypad(bench)
            assert browser.title == f"Type your {min(before, now)} or {max(before, now)}-digit code"
            await browser.keys(code)
            if "open" in browser.acts:
                await browser.touch("open")
            assert browser.title == f"Door {opens} opens now"
            await bench.open(opens)
            await bench.shut(opens)
            await browser.load()
            await browser.touch("finish")


async def test_a_length_that_no_code_has_is_no_try(tmp_path):
    await left_inside(tmp_path, 6)
    async with Bench(tmp_path, pickup="code_digits = 8") as bench:
        browser = await at_the_keypad(bench)
        await browser.keys("1234567")
        await browser.post("open")
        assert "CodeRejected" not in await bench.kinds()
        await browser.keys("8")
        assert "CodeRejected" in await bench.kinds()


async def test_with_one_length_the_screen_speaks_of_one(tmp_path):
    async with Bench(tmp_path, pickup="code_digits = 6") as bench:
        browser = await at_the_keypad(bench)
        assert browser.title == "Type your 6-digit code"


@pytest.mark.parametrize("digits", range(6, 11))
def test_the_length_of_a_sealed_code_is_told_without_the_key(digits):
    assert Vault.code_digits(Vault(bytes(32)).mint(digits).sealed) == digits
