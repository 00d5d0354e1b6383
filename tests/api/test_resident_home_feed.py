"""D6: a resident's own home system reads how many parcels wait, with a secret that does nothing else."""

import re

import httpx
import pytest
from resident_bench import URL, a_home


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def a_secret(phone):
    page = await phone.get("/home")
    told = await phone.send(page, "/home")
    return re.search(r"Bearer ([\w-]{43})", told.text)[1]


async def read(home, secret, path="/home.json"):
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(home.app), base_url=URL, headers=headers) as system:
        return await system.get(path)


async def test_D6_a_home_system_reads_what_waits_where_and_until_when_and_the_code_if_it_asks(home):
    phone = await home.at_home()
    secret = await a_secret(phone)
    assert (await read(home, secret)).json() == {"waiting": 0, "coming": 0, "free_until": None, "parcels": []}
    stored = await home.bench.store("SF0001")
    told = (await read(home, secret)).json()
    (parcel,) = told["parcels"]
    assert (told["waiting"], parcel["where"], parcel["overdue"]) == (1, stored["compartment"], False)
    assert told["free_until"] == parcel["free_until"] > parcel["since"]
    assert "code" not in parcel
    (parcel,) = (await read(home, secret, "/home.json?codes=yes")).json()["parcels"]
    assert re.fullmatch(r"[0-9]{6,8}", parcel["code"])


async def test_D6_the_secret_reads_the_own_parcels_alone_and_opens_no_page(home):
    await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    await home.bench.store("JD0001", recipient={"unit": "1-202"})
    secret = await a_secret(await home.at_home())
    assert (await read(home, secret)).json()["waiting"] == 0
    for cookie in (secret, f"feed:{secret}"):
        stranger = home.phone()
        stranger.http.cookies["device"] = cookie
        assert (await stranger.get("/wishes")).status == 404


async def test_D6_a_secret_ends_with_all_devices_and_a_wrong_one_is_told_nothing(home):
    phone = await home.at_home()
    secret = await a_secret(phone)
    device = phone.http.cookies["device"]
    assert (await read(home, device)).status_code == 401
    await home.context.resident_links.end(home.resident, "test")
    for wrong in (secret, "x", "", "%C3%A9"):
        answer = await read(home, wrong)
        assert (answer.status_code, answer.content) == (401, b"")
