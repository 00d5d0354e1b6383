"""What strangers may cost the centre: few connections, few tries of one address, nothing for what is no request."""

import asyncio
import json

import httpx
import psycopg
import pytest
from test_fleet_pages import db  # noqa: F401  fixture

from fleet.enrolment import NotEnrolled, new_token, read_request, waiting
from fleet.pages import admission
from fleet.pages.admission import TRIES, Connections, Tries
from fleet.pages.app import pages_app
from fleet.settings import FleetSettings

AWAY = "host=127.0.0.1 port=1 connect_timeout=2"
WHOLE = {"id": "0" * 12, "request": "x", "mac": "0" * 64}


def test_O3_an_address_that_tries_too_often_waits_and_others_do_not():
    tries = Tries(most=3, window=60)
    assert [tries.wait("10.0.0.1", 5) for _ in range(5)] == [0, 0, 0, 60, 60]
    assert tries.wait("10.0.0.2", 5) == 0
    assert tries.wait("10.0.0.1", 64.5) == 1
    assert tries.wait("10.0.0.1", 65) == 0


def test_O3_a_network_of_IPv6_is_one_house_and_memory_has_an_end(monkeypatch):
    tries = Tries(most=1, window=60)
    assert [tries.wait(each, 0) for each in ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")] == [0, 60, 0]
    assert [tries.wait(each, 0) for each in ("::ffff:10.0.0.1", "10.0.0.1", "", "")] == [0, 60, 0, 60]
    monkeypatch.setattr(admission, "MOST_ADDRESSES", 2)
    for number in range(4):
        tries.wait(f"10.0.1.{number}", 0)
    assert tries.wait("10.0.0.1", 0) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"id": "0" * 11}, {"id": "\uff21" * 12}, {"mac": "0" * 63}, {"mac": "\u0660" * 64}, {"request": "x" * 9000}],
)
def test_O3_what_has_not_the_form_of_a_request_is_none(wrong):
    read_request(json.dumps(WHOLE).encode())
    with pytest.raises(NotEnrolled):
        read_request(json.dumps(WHOLE | wrong).encode())


async def test_O3_no_request_costs_no_connection_and_too_many_are_told_to_wait(tmp_path):
    """The database is away: whatever asks it is 503."""
    app = pages_app(FleetSettings("mqtt://127.0.0.1:1", AWAY, tmp_path / "keys"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://centre") as http:
        bodies = [b"", b"{}", b"x" * 20_000, json.dumps(WHOLE | {"mac": "0"}).encode(), json.dumps(WHOLE).encode()]
        answers = [await http.post("/enrol", content=body) for body in bodies]
        assert [each.status_code for each in answers] == [403, 403, 413, 403, 503]
        answers = [await http.post("/enrol", content=b"{}") for _ in range(TRIES - len(bodies) + 1)]
        assert [each.status_code for each in answers] == [*[403] * (TRIES - len(bodies)), 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert (await http.get("/")).headers["location"] == "/sign-in"


async def test_O3_no_more_connections_at_once_than_there_are_places(database, tmp_path):
    connections = Connections(FleetSettings("mqtt://127.0.0.1:1", database.dsn, tmp_path), at_once=1, wait=0.05)
    async with connections.one():
        with pytest.raises(psycopg.OperationalError, match="taken"):
            async with connections.one():
                pytest.fail("a second one")
    async with connections.one() as again:
        assert await (await again.execute("select 1")).fetchone() == (1,)
    away = Connections(FleetSettings("mqtt://127.0.0.1:1", AWAY, tmp_path), at_once=1, wait=0.05)
    for _ in range(2):  # a place whose connection could not be made is free again
        with pytest.raises(psycopg.OperationalError, match="refused"):
            async with away.one():
                pytest.fail("nobody is there")


async def test_O3_of_tokens_that_two_people_make_at_once_one_is_good(db, database):  # noqa: F811  the fixture
    await db.execute("truncate enrolment")
    others = [await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) for _ in range(4)]
    try:
        await asyncio.gather(*(new_token(each, "harbour-2", "wu.min") for each in others))
    finally:
        for each in others:
            await each.close()
    assert [name for name, _, _ in await waiting(db)] == ["harbour-2"]
