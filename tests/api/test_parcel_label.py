"""A QR code on the parcel: whoever scans it sees how far it is, and nothing of whose it is."""

from dataclasses import replace

import pytest
from resident_bench import OPTIONS, URL, a_home
from staff_bench import Office

from api.app import staff_app
from api.i18n import LANGUAGES, translate
from api.parcel_status import status_address
from locker.core.model import ParcelState
from locker.services.people import Role

DAY = 86400


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        made.with_page = replace(made.context, resident=OPTIONS)
        yield made


async def collected(home, deposit):
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": deposit["code"]})).status_code == 201
    await home.bench.shut(deposit["compartment"])


async def test_QRY_02_a_scan_shows_the_state_and_nothing_of_whose_it_is(home):
    deposit = await home.bench.store("SF0001")
    path = status_address(home.with_page, deposit["parcel"]).removeprefix(URL)
    page = await home.phone().get(path)
    assert "It waits in the locker" in page.text
    assert "Collect by" in page.text
    told = (
        "Wang",
        "1-201",
        "SF Express",
        "SF0001",
        "0001<",
        deposit["compartment"] + "<",
        deposit["code"][:4],
        deposit["token"],
    )
    assert [each for each in told if each in page.html] == []
    await collected(home, deposit)
    assert "It was collected" in (await home.phone().get(path)).text
    home.bench.clock.advance(31 * DAY)
    assert (await home.phone().get(path)).status == 404


async def test_QRY_02_an_address_that_was_guessed_is_one_and_the_same_for_every_parcel(home):
    deposit = await home.bench.store("SF0001")
    gone = (await home.phone().get("/")).text
    right = home.context.vault.status_token(deposit["parcel"])
    for parcel, token in (
        (deposit["parcel"], "A" * 16),
        ("p000000000000", right),
        (deposit["parcel"], right[:-1]),
        ("p", "é"),
    ):
        page = await home.phone().get(f"/s/{parcel}/{token}")
        assert (page.status, page.text) == (404, gone)
    assert right != home.context.vault.status_token("p000000000000")


async def test_QRY_02_staff_print_the_label_as_often_as_they_like(home):
    deposit = await home.bench.store("SF0001")
    office = Office(home.bench)
    browser = await office.person(Role.OPERATOR, app=staff_app(home.with_page))
    page = await browser.get(f"/parcels/{deposit['parcel']}")
    assert f"/parcels/{deposit['parcel']}/label" in page.html
    first, second = [await browser.get(f"/parcels/{deposit['parcel']}/label") for _ in range(2)]
    assert first.html == second.html
    assert 'class="qr"' in first.html
    for personal in ("Wang", "1-201", deposit["compartment"] + "<", deposit["code"][:4]):
        assert personal not in first.html
    assert (await browser.get("/parcels/pnone/label")).status == 404
    without = await office.person(Role.OPERATOR, name="other.one")
    assert (await without.get(f"/parcels/{deposit['parcel']}/label")).status == 404
    await office.close()


async def test_QRY_04_the_page_the_service_desk_and_a_program_tell_the_same(home):
    deposit = await home.bench.store("SF0001")
    phone = await home.at_home()
    office = Office(home.bench)
    desk = await office.person(Role.OPERATOR)
    program = await home.bench.client("read")
    assert f"Stored in {deposit['compartment']}" in (await phone.get("/")).text
    assert (
        deposit["parcel"]
        in (await desk.post("/parcels", q="SF0001", csrf=(await desk.get("/parcels")).form("/parcels")["csrf"])).html
    )
    assert (await program.get(f"/parcels/{deposit['parcel']}")).json()["state"] == "stored"
    await office.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_UX_01_every_state_has_its_words_for_whoever_scans(language):
    keys = [f"my.{kind}_{state.value}" for kind in ("status", "out") for state in ParcelState]
    assert [key for key in keys if translate(language, key) == key] == []
