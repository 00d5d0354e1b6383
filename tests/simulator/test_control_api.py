"""The control API: every call of the contract, and what it refuses."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

SMS = {
    "to": "+86 138 0000 0417",
    "text": "Door A1. Code 4071 8263.",
    "template": "arrival",
    "language": "en",
    "data": {"code": "40718263", "token": "PL1.X", "locker": "Riverside", "address": "", "deadline": "x"},
    "id": "n1",
}


@pytest.fixture
async def api(bench):
    bench.open(asyncio.get_running_loop())
    async with bench.client() as client:
        yield client


async def test_doors_are_the_truth(api):
    answer = await api.get("/doors")
    assert answer.status_code == 200
    assert answer.json() == {
        door: {"open": False, "latched": True, "coil": False, "load": None} for door in ("A1", "A2", "B1")
    }


async def test_a_hand_at_a_door(api):
    assert (await api.post("/doors/A1", json={"do": "pull"})).status_code == 409
    assert (await api.post("/doors/A1", json={"do": "push"})).status_code == 409
    assert (await api.post("/doors/A1", json={"do": "put", "load": "x"})).status_code == 409
    assert (await api.post("/doors/A1/fault", json={"kind": "forced", "on": True})).status_code == 200
    for do, load in (("pull", None), ("put", "SF1"), ("push", None)):
        body = {"do": do} | ({"load": load} if load else {})
        assert (await api.post("/doors/A1", json=body)).status_code == 200
    assert (await api.get("/doors")).json()["A1"] == {"open": False, "latched": True, "coil": False, "load": "SF1"}
    refused = await api.post("/doors/A1", json={"do": "take"})
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Door A1 is shut."


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/doors/Z9", {"do": "pull"}, 404),
        ("/doors/A1", {"do": "kick"}, 422),
        ("/doors/A1", {}, 422),
        ("/doors/A1", {"do": "put", "load": "a\x00b"}, 422),
        ("/doors/A1", {"do": "put", "load": "x" * 501}, 422),
        ("/doors/A1", {"do": "pull", "hard": True}, 422),
        ("/doors/Z9/fault", {"kind": "jammed", "on": True}, 404),
        ("/doors/A1/fault", {"kind": "haunted", "on": True}, 422),
        ("/doors/A1/fault", {"kind": "jammed", "on": "yes"}, 422),
        ("/banks/attic/fault", {"kind": "unplugged", "on": True}, 404),
        ("/banks/pins/fault", {"kind": "noise", "on": True}, 422),
        ("/banks/pins/fault", {"kind": "unplugged", "on": True}, 200),
        ("/banks/board/fault", {"kind": "lost-replies", "on": True}, 200),
        ("/banks/board/fault", {"kind": "rain", "on": True}, 422),
        ("/phones/fault", {"kind": "wet", "on": True}, 422),
        ("/scan", {"text": ""}, 422),
        ("/scan", {"text": "a\rb"}, 422),
        ("/scan", {"text": 7}, 422),
        ("/clock", {}, 422),
        ("/clock", {"advance_s": -1}, 422),
        ("/clock", {"advance_s": "60"}, 422),
        ("/clock", {"advance_s": 1e300}, 422),
        ("/clock", {"advance_s": 1, "jump_s": 1}, 422),
        ("/clock", {"synced": "no"}, 422),
        ("/clock", {"speed": 51}, 422),
        ("/people", {"couriers_per_hour": -1, "residents_per_hour": 0}, 422),
        ("/people", {"couriers_per_hour": 1}, 422),
        ("/sms", {**SMS, "data": []}, 422),
        ("/sms", {key: SMS[key] for key in SMS if key != "id"}, 422),
    ],
)
async def test_bad_input_is_refused(api, path, body, status):
    answer = await api.post(path, json=body)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"do": "\\ud800"}', b"[" * 10000])
@pytest.mark.parametrize("path", ["/doors/A1", "/doors/A1/fault", "/sms", "/scan", "/clock", "/people"])
async def test_a_body_that_cannot_be_read_is_422(api, path, raw):
    assert (await api.post(path, content=raw)).status_code == 422


async def test_a_huge_body_is_413(api):
    assert (await api.post("/sms", content=b"x" * 10_000_000)).status_code == 413


@pytest.mark.parametrize("path", ["/pulses?after=-1", "/pulses?after=x", "/pulses?after=٣", "/pulses?after="])
async def test_a_query_that_cannot_be_read_is_422(api, path):
    assert (await api.get(path)).status_code == 422


async def test_pulses_after_a_number(api, bench):
    for door in ("A1", "A2"):
        bench.world.energise(door)
        bench.world.de_energise(door)
    pulses = (await api.get("/pulses")).json()
    assert [(one["n"], one["door"], set(one)) for one in pulses] == [
        (1, "A1", {"n", "door", "at", "ms"}),
        (2, "A2", {"n", "door", "at", "ms"}),
    ]
    assert (await api.get("/pulses?after=1")).json() == pulses[1:]
    assert (await api.get("/pulses?after=2")).json() == []


@pytest.mark.parametrize("written", ["+86 138 0000 0417", "+8613800000417", quote("+8613800000417", safe="")])
async def test_a_notice_arrives_at_the_phone_once_per_id(api, written):
    assert (await api.post("/sms", json=SMS)).status_code == 200
    assert (await api.post("/sms", json={**SMS, "text": "another"})).status_code == 200
    messages = (await api.get(f"/phones/{written}")).json()
    assert [set(one) for one in messages] == [{"id", "at", "text", "template", "language", "data"}]
    assert messages[0]["text"] == SMS["text"]
    assert messages[0]["data"]["code"] == "40718263"


async def test_an_unknown_phone_has_no_messages(api):
    assert (await api.get("/phones/+4912345")).json() == []


async def test_phones_that_reject(api):
    await api.post("/phones/fault", json={"kind": "reject", "on": True})
    assert (await api.post("/sms", json=SMS)).status_code == 400
    assert (await api.get("/phones/+8613800000417")).json() == []
    await api.post("/phones/fault", json={"kind": "reject", "on": False})
    assert (await api.post("/sms", json=SMS)).status_code == 200


async def test_the_reader_reads_a_scan(api, bench):
    assert (await api.post("/scan", json={"text": "PL1.ABC"})).status_code == 200
    assert bench.scanner.shown == ["PL1.ABC"]


async def test_the_clock_advances_jumps_and_reports_sync(api, bench):
    before, mono = bench.clock.now(), bench.clock.monotonic()
    assert (await api.post("/clock", json={"advance_s": 120})).status_code == 200
    assert 120 <= (bench.clock.now() - before).total_seconds() < 130
    assert (await api.post("/clock", json={"jump_s": -3600})).status_code == 200
    assert -3480 <= (bench.clock.now() - before).total_seconds() < -3470
    assert 120 <= bench.clock.monotonic() - mono < 130
    assert (await api.post("/clock", json={"synced": False})).json()["synced"] is False
    assert bench.clock.synced() is False


async def test_everything_is_on_the_disk_before_the_answer(api, bench):
    """The process is killed after the last answer; the next one goes on from there."""
    await api.post("/doors/A1/fault", json={"kind": "forced", "on": True})
    await api.post("/doors/A1", json={"do": "put", "load": "box"})
    await api.post("/doors/A2/fault", json={"kind": "bouncy", "on": True})
    await api.post("/sms", json=SMS)
    await api.post("/phones/fault", json={"kind": "down", "on": True})
    await api.post("/clock", json={"advance_s": 5000})
    await api.post("/clock", json={"synced": False})
    truth, now = (await api.get("/doors")).json(), bench.clock.now()
    bench.kill()
    bench.open()
    async with bench.client() as again:
        assert (await again.get("/doors")).json() == truth
        assert len((await again.get("/phones/+8613800000417")).json()) == 1
        assert 0 <= (bench.clock.now() - now).total_seconds() < 10
        assert (await again.get("/clock")).json()["synced"] is False
    assert bench.phones.faults == {"down"}
    assert bench.world.doors["A2"].faults == {"bouncy"}


async def test_people_are_counted_by_the_hour(api, bench):
    rates = {"couriers_per_hour": 6, "residents_per_hour": 4.5}
    assert (await api.post("/people", json=rates)).json() == rates
    assert (await api.get("/people")).json() == rates


# --- pages of others -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://world.test"},
    ],
)
async def test_a_page_of_somebody_else_opens_no_door(api, bench, headers):
    answer = await api.post("/doors/A1/fault", content='{"kind":"forced","on":true}', headers=headers)
    assert answer.status_code == 403
    assert not bench.world.state()["A1"]["open"]


async def test_a_foreign_name_that_resolves_to_this_machine_reads_no_codes(api):
    for path in ("/phones", "/doors", "/pulses"):
        assert (await api.get(path, headers={"Host": "evil.example"})).status_code == 400


async def test_programs_and_its_own_page_may(api):
    for headers in ({}, {"Origin": "http://world.test"}, {"Sec-Fetch-Site": "same-origin"}):
        body = {"kind": "jammed", "on": True}
        assert (await api.post("/doors/A1/fault", json=body, headers=headers)).status_code == 200
