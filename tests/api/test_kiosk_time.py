from __future__ import annotations

import pytest
from kiosk_bench import Bench

from api.kiosk import timeouts


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def test_R21_a_person_is_warned_for_at_least_20_seconds_and_one_touch_extends_at_least_ten_times(bench):
    assert timeouts.WARNING_SECONDS >= 20
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys("4071")
    for _ in range(11):
        await bench.advance(90.5)
        await browser.load()
        assert "Do you need more time?" in browser.text
        await bench.advance(19)
        await browser.load()
        await browser.touch("more")
        assert "Do you need more time?" not in browser.text
    assert browser.page.count('<span class="cell">') == 4


async def test_after_the_warning_the_screen_and_what_was_typed_are_gone(bench):
    browser = await bench.browser().load()
    await browser.touch("contrast", "language zh-CN", "collect")
    await browser.keys("4071")
    await bench.advance(90 + timeouts.WARNING_SECONDS + 1)
    await browser.load()
    assert "collect" in browser.acts
    assert 'data-theme="contrast"' not in browser.page
    await browser.touch("collect")
    assert '<span class="cell">' not in browser.page


async def test_the_language_of_who_left_is_not_that_of_who_comes(bench):
    browser = await bench.browser().load()
    await browser.touch("language zh-TW")
    await bench.advance(61)
    await browser.load()
    assert 'class="screen kiosk" lang="en"' in browser.page


async def test_R21_no_hurry_makes_the_time_ten_times_longer(bench):
    browser = await bench.browser().load()
    await browser.touch("calm", "collect")
    await bench.advance(899)
    await browser.load()
    assert "Do you need more time?" not in browser.text
    await bench.advance(2)
    await browser.load()
    assert "Do you need more time?" in browser.text


async def test_nobody_is_hurried_at_a_door_that_is_open(bench):
    door, code, _ = await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys(code)
    await bench.open(door)
    for _ in range(11):
        await bench.advance(10)
        await browser.load()
        assert "Do you need more time?" not in browser.text
        assert browser.title == "Take your parcel, then push the door shut"


async def test_UX_04_language_and_display_change_on_every_screen_and_keep_what_was_typed(bench):
    browser = await bench.browser().load()
    await browser.touch("collect")
    await browser.keys("407")
    await browser.touch("language zh-CN", "display", "large", "close", "help", "close", "language en")
    assert browser.page.count('<span class="cell">') == 3
    assert 'data-text="large"' in browser.page


async def test_UX_02_operator_phone_and_terms_stand_on_the_idle_screen(bench):
    browser = await bench.browser().load()
    for text in ("Riverside Court, lobby", "Riverside Court Property Services", "+86 21 5555 0100", "72 hours"):
        assert text in browser.text


async def test_R24_UX_04_the_idle_screen_offers_every_language_of_the_site(bench):
    browser = await bench.browser().load()
    assert {"language en", "language zh-CN", "language zh-TW"} <= set(browser.acts)


async def test_the_idle_screen_shows_no_door_that_holds_a_parcel(bench):
    await bench.stored("SF1")
    browser = await bench.browser().load()
    assert 'class="door is-' not in browser.page


async def test_large_text_and_no_hurry_leave_with_the_person_within_a_minute(bench):
    browser = await bench.browser().load()
    await browser.touch("large", "calm", "language zh-CN")
    await bench.advance(59)
    await browser.load()
    assert 'data-text="large"' in browser.page
    await bench.advance(2)
    await browser.load()
    assert 'data-text="large"' not in browser.page
    assert 'lang="en"' in browser.page


async def test_REL_13_R21_one_touch_makes_the_screen_large_and_slow_with_three_ways_to_go(bench):
    browser = await bench.browser().load()
    await browser.touch("easy")
    assert browser.title == "What do you want to do?"
    ways = [act for act in browser.acts if not act.startswith("language")]
    assert ways == ["display", "help", "collect", "lost", "person", "easy", *(["say"] if "say" in ways else [])]
    await browser.touch("collect")
    assert 'data-text="large"' in browser.page
    await bench.advance(500)
    await browser.load()
    assert "Do you need more time?" not in browser.text
    await browser.touch("back", "lost")
    assert browser.title == "Your code came by message"
    await browser.touch("finish", "easy")
    assert 'data-text="large"' not in browser.page
    assert "dropoff" in browser.acts


async def test_REL_13_large_and_slow_ends_with_the_visit_and_with_any_of_its_modes(bench):
    browser = await bench.browser().load()
    await browser.touch("easy", "display", "large", "close")
    assert "dropoff" in browser.acts
    await browser.touch("easy")
    await bench.advance(61)
    await browser.load()
    assert "dropoff" in browser.acts
    assert 'data-text="large"' not in browser.page


async def test_a_courier_stays_signed_in_for_five_minutes(bench):
    browser = await (await bench.browser().load()).sign_in()
    await bench.advance(299)
    await browser.load()
    assert browser.title == "Scan the label"
    await bench.advance(32)
    await browser.load()
    assert "collect" in browser.acts
