"""At the touchscreen in bad weather: dry and wrapped is asked with the size, and what is forbidden stays outside."""

from datetime import timedelta

import pytest
from kiosk_bench import BEGIN, Bench

from locker.core.model import Size
from locker.services.policies import NewVersion, WeatherCause, WeatherMode


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def bad_weather(bench, **forbidden):
    body = WeatherMode(cause=WeatherCause.STORM, **forbidden)
    asked = NewVersion(1, body, "storm warning", ends_at=BEGIN + timedelta(days=1))
    await bench.context.rules.add(asked, "staff:test")


async def at_the_size(bench):
    courier = await (await bench.browser().load()).sign_in()
    await courier.touch("type")
    await courier.keys("SF13299")
    await courier.touch("next")
    return await courier.keys("1203")


async def test_REC_14_bad_weather_asks_with_the_size_whether_it_is_dry_and_wrapped(bench):
    await bad_weather(bench)
    courier = await at_the_size(bench)
    assert courier.title == "Dry and wrapped? Which size?"
    await courier.touch("wrongparcel", "hindered wet")
    assert courier.title == "This one does not go into the locker"
    await courier.touch("next")
    assert "only dry and wrapped parcels" in courier.text
    assert "ParcelNotAccepted" in await bench.kinds()


async def test_REC_14_a_size_that_bad_weather_forbids_takes_nothing_and_others_do(bench):
    await bad_weather(bench, sizes=(Size.S,))
    courier = await at_the_size(bench)
    await courier.touch("size S")
    assert "In this weather it may not be put in." in courier.text
    await courier.touch("size M")
    assert "opens now" in courier.title


async def test_REC_14_a_stop_says_so_before_anything_is_scanned_and_ends_by_itself(bench):
    await bad_weather(bench, stopped=True)
    courier = await (await bench.browser().load()).sign_in()
    assert "nothing is put in now" in courier.text
    await bench.advance(24 * 3600 + 1)
    courier = await (await bench.browser().load()).sign_in()
    assert "Bad weather" not in courier.text
