"""Whether the cabinet's own screen shows the locker: the page says so, `/health` tells it."""

import httpx
import pytest
from kiosk_bench import Bench

from api.app import staff_app
from api.screen_watch import PAINTED_SECONDS

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def _health(bench):
    transport = httpx.ASGITransport(app=staff_app(bench.context, ("locker",)))
    async with httpx.AsyncClient(transport=transport, base_url="http://locker") as anyone:
        answer = (await anyone.get("/api/v1/health")).json()
    return answer["status"], answer["screen"]


async def _seconds(http):
    return (await http.get("/painted")).json()["seconds"]


async def test_a_cabinet_without_a_screen_lacks_none(bench):
    assert await _health(bench) == ("ok", None)


async def test_a_screen_that_never_showed_the_page_is_dark(bench):
    http = bench.browser().http
    assert await _seconds(http) is None
    assert await _health(bench) == ("degraded", "dark")


async def test_the_page_is_believed_as_long_as_it_goes_on_saying_that_it_is_drawn(bench):
    http = bench.browser().http
    assert (await http.post("/painted", headers=OWN_PAGE)).status_code == 204
    assert await _seconds(http) == pytest.approx(0, abs=5)
    assert await _health(bench) == ("ok", "shown")
    bench.clock.advance(PAINTED_SECONDS + 1)
    assert await _seconds(http) > PAINTED_SECONDS
    assert await _health(bench) == ("degraded", "dark")
    await http.post("/painted", headers=OWN_PAGE)
    assert await _health(bench) == ("ok", "shown")


async def test_no_other_page_says_that_the_screen_is_lit(bench):
    http = bench.browser().http
    answer = await http.post("/painted", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert await _seconds(http) is None
