from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kiosk_bench import Bench

from api.kiosk import flow

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


async def test_every_answer_has_a_strict_policy_and_is_not_kept(bench):
    browser = await bench.browser().load()
    for answer in (await browser.http.get("/"), await browser.post("help"), await browser.http.get("/nowhere")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
    assert "<style" not in browser.page
    assert " style=" not in browser.page
    assert "onclick" not in browser.page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_touch_from_another_page_is_403_and_moves_nothing(bench, headers):
    browser = await bench.browser().load()
    body = {"screen": browser.screen, "act": "collect"}
    answer = await browser.http.post("/touch", data=body, headers=headers)
    assert answer.status_code == 403
    assert "collect" in (await browser.load()).acts


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7:8080", "localhost.evil.example", "[::1", ""])
async def test_a_foreign_name_that_resolves_to_this_machine_sees_no_page_and_touches_nothing(bench, host):
    browser = await bench.browser().load()
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert (await browser.http.get("/", headers=headers)).status_code == 400
    body = {"screen": browser.screen, "act": "collect"}
    assert (await browser.http.post("/touch", data=body, headers=headers)).status_code == 400
    assert "collect" in (await browser.load()).acts


async def test_a_HEAD_of_the_stream_ends_and_begins_nothing(bench):
    browser = await bench.browser().load()
    answer = await browser.http.head("/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_a_giant_body_is_413_announced_or_not(bench):
    browser = await bench.browser().load()
    big = b"screen=x&act=" + b"a" * 10_000_000
    assert (await browser.http.post("/touch", content=big, headers=FORM)).status_code == 413

    async def drip():
        for _ in range(100):
            yield b"a" * 1000

    assert (await browser.http.post("/touch", content=drip(), headers=FORM)).status_code == 413


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"act":"collect"}', {"Content-Type": "application/json"}, 415),
        (b"", FORM, 422),
        (b"\xff\xfe", FORM, 422),
        (b"act=collect", FORM, 422),
        (b"screen=&act=collect", FORM, 422),
        (b"screen=00000000-1&act=nonsense", FORM, 422),
        (b"screen=00000000-1&act=key%00", FORM, 422),
        (b"screen=00000000-1&act=key+%0a", FORM, 422),
        (b"screen=00000000-1&act=collect&act=help", FORM, 422),
        (b"screen=00000000-1&" + b"x=1&" * 9 + b"act=help", FORM, 422),
    ],
)
async def test_what_cannot_be_read_is_4xx_and_names_the_field(bench, content, headers, status):
    browser = await bench.browser().load()
    answer = await browser.http.post("/touch", content=content, headers=headers)
    assert answer.status_code == status


async def test_an_act_that_this_screen_does_not_offer_is_409(bench):
    browser = await bench.browser().load()
    idle = {"collect", "dropoff", "send", "person", "help", "display", "close"}
    idle |= {"large", "contrast", "calm", "speak", "easy"}
    for act in sorted(flow.ACTS - idle):
        if act in {"more", "leave"}:
            continue
        assert (await browser.post(f"{act} x")).status_code == 409, act
    assert "collect" in (await browser.load()).acts


async def test_other_methods_are_405(bench):
    browser = await bench.browser().load()
    assert (await browser.http.get("/touch")).status_code == 405
    assert (await browser.http.put("/")).status_code == 405


async def test_without_scripts_a_touch_leads_back_to_the_page(bench):
    browser = await bench.browser().load()
    del browser.http.headers["HX-Request"]
    answer = await browser.post("collect")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await browser.load()).title == "Type your 8-digit code"


FIELDS = st.one_of(
    st.sampled_from(sorted(flow.ACTS)),
    st.builds(lambda act, value: f"{act} {value}", st.sampled_from(sorted(flow.ACTS)), st.text(max_size=30)),
    st.text(max_size=40),
)


async def test_no_series_of_touches_whatsoever_breaks_the_screen(bench):
    browser = await bench.browser().load()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(FIELDS, max_size=12))
    def play(acts):
        played.append(acts)

    played = []
    play()
    for acts in played:
        for act in acts:
            answer = await browser.http.post(
                "/touch", content=urlencode({"screen": browser.screen, "act": act}), headers=FORM
            )
            assert answer.status_code < 500, (act, answer.text)
            await browser.load()
    assert isinstance(browser.http, httpx.AsyncClient)


async def test_the_lobby_page_counts_parcels_and_names_nobody(bench):
    await bench.stored("SF1329884027716")
    browser = bench.browser()
    page = (await browser.http.get("/lobby")).text
    assert "1 parcel waits here" in page
    for private in ("1203", "Wang", "SF13", "0001", "A1"):
        assert private not in page
    assert "有 1 件包裹待取" in (await browser.http.get("/lobby?language=zh-CN")).text
    assert (await browser.http.get("/lobby?language=../x")).status_code == 200
    bench.engine.seal("test")
    assert "The doors cannot be opened right now" in (await browser.http.get("/lobby")).text
