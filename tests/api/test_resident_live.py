"""What happens to a parcel reaches the page that shows it, and no other."""

import asyncio
import re
from datetime import timedelta

import pytest
from resident_bench import URL, a_home
from test_staff_live import served


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def stream(port, phone):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cookie = phone.http.cookies["device"]
    writer.write(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: device={cookie}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    return head, reader, writer


async def heard(reader):
    """Everything that the stream says until it says that something changed."""
    async with asyncio.timeout(20):
        return await reader.readuntil(b"data: changed\n\n")


async def test_QRY_03_what_happens_to_my_parcel_is_told_at_once_and_never_what_it_was(home):
    phone = await home.at_home()
    async with served(home.app) as port:
        _, reader, writer = await stream(port, phone)
        await reader.readuntil(b"retry: ")
        deposit = await home.bench.store("SF0001")
        said = await heard(reader)
        assert deposit["parcel"].encode() not in said
        assert deposit["compartment"].encode() not in said
        writer.close()


async def test_QRY_03_what_happens_to_others_is_told_to_others(home):
    await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    phone = await home.at_home()
    async with served(home.app) as port:
        _, reader, writer = await stream(port, phone)
        await reader.readuntil(b"retry: ")
        await home.bench.store("JD0001", recipient={"unit": "1-202"})
        await home.context.resident_links.end(home.resident, "test")  # which is the first that concerns this one
        async with asyncio.timeout(20):
            rest = await reader.read()
        assert rest.count(b"data: changed") == 1
        assert rest.endswith(b"0\r\n\r\n")  # and ends the stream with the device
        writer.close()


async def test_SEC_06_one_resident_does_not_take_every_connection(home):
    phone = await home.at_home()
    async with served(home.app) as port:
        kept = [await stream(port, phone) for _ in range(4)]
        for _, reader, _ in kept:
            await reader.readuntil(b"retry: ")
        head, _, writer = await stream(port, phone)
        assert b" 204 " in head.split(b"\r\n")[0]
        for each in (writer, *(one for _, _, one in kept)):
            each.close()


async def test_QRY_03_the_page_that_shows_it_listens_and_no_other(home):
    phone = await home.at_home()
    assert "resident.js" in (await phone.get("/")).html
    await home.bench.store("SF0001")
    assert "resident.js" in (await phone.get("/")).html
    for path in ("/wishes", "/send", "/history", "/help"):
        assert "resident.js" not in (await phone.get(path)).html
    assert (await home.phone().http.get("/live", headers={"Origin": URL})).status_code == 404


async def test_R5_everything_that_waits_is_listed_what_ends_first_above(home):
    first = await home.bench.store("SF0001")
    home.bench.clock.advance(3600)
    second = await home.bench.store("JD0002")
    phone = await home.at_home()
    page = await phone.get("/")
    assert first["code"][:4] in page.text
    assert f'href="/parcels/{second["parcel"]}"' in page.html
    assert "1 more" in page.text


async def test_R14_a_new_code_is_made_from_the_page_three_times_and_the_old_one_is_dead_at_once(home):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    path, codes = f"/parcels/{stored['parcel']}", [stored["code"]]
    for _ in range(3):
        page = await phone.send(await phone.get(path), f"{path}/new-code")
        digits = page.html.split('class="code num">')[1].split("</p>")[0]
        codes.append("".join(re.findall(r"<span>(\d+)</span>", digits)))
    assert len(set(codes)) == 4
    refused = await phone.raw(f"{path}/new-code")
    assert (refused.status_code, "enough for one day" in refused.text) == (409, True)
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": codes[0]})).status_code == 404
    home.bench.clock.advance(2)
    assert (await kiosk.post("/pickups", json={"code": codes[-1]})).status_code == 201


async def test_QRY_07_who_brings_it_and_between_which_times_stands_there(home):
    carrier = await home.bench.client("deposit")
    now = home.context.engine.now()
    at = {name: (now + timedelta(hours=h)).strftime("%Y-%m-%dT%H:00:00Z") for name, h in (("start", 2), ("end", 4))}
    body = {"tracking": "SF0009", "size": "S", "carrier": "SF Express", "recipient": {"unit": "1-201"}, "window": at}
    until = (now + timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await carrier.post("/expected", json={**body, "until": until})).status_code == 201
    page = await (await home.at_home()).get("/")
    assert "SF Express brings it Sunday 10:00 to 12:00" in page.text


async def test_QRY_05_what_is_announced_shows_where_it_will_be_and_by_when(home):
    carrier = await home.bench.client("deposit")
    until = (home.context.engine.now() + timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"tracking": "SF0009", "size": "S", "carrier": "SF Express", "until": until, "recipient": {"unit": "1-201"}}
    answer = await carrier.post("/expected", json=body)
    assert answer.status_code == 201, answer.text
    page = await (await home.at_home()).get("/")
    assert re.search(r"A parcel is on its way, expected by Monday 14:\d\d", page.text)
    assert "Announced by the carrier" in page.text
