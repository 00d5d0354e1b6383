"""What a resident sends from their own page, and what of a past parcel they see there."""

import re
from datetime import timedelta

import pytest
from resident_bench import a_home

from locker.core.events.picture_events import SnapshotTaken
from locker.core.messages.observations import Tick
from locker.core.model import ParcelState
from locker.core.parcel_words import receipt_number
from locker.services.evidence import SnapshotStore
from locker.services.outbound import Answer
from locker.services.parcel_service import Caller

JPEG = b"\xff\xd8\xff\xe0 a picture"
NEW = {"kind": "return", "size": "S", "company": "SF Express", "return_code": "RT-77 01"}


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        await made.context.couriers.add("SF Express", "Li Na", "471102", "test")
        yield made


def code_on(page):
    return "".join(re.findall(r"<span>(\d+)</span>", page.html.split('class="code num">')[1].split("</p>")[0]))


async def test_OB_01_OB_11_UX_07_what_goes_out_is_booked_from_the_sofa_and_its_code_opens_a_door(home):
    phone = await home.at_home()
    assert "Send something" in (await phone.get("/send")).text
    page = await phone.send(await phone.get("/send/new"), "/send/new", **NEW)
    assert re.search(r"Bring it by \w+ 08:\d\d", page.text)
    code = code_on(page)
    (parcel,) = home.context.engine.site.parcels.values()
    assert (parcel.state, parcel.company, parcel.recipients) == (ParcelState.EXPECTED, "SF Express", (home.resident,))
    assert f"/send/{parcel.id}" in (await phone.get("/send")).html
    assert code_on(await phone.get(f"/send/{parcel.id}")) == code
    courier = await home.bench.client("deposit")
    brought = await courier.post("/deposits", json={"booking": f"b{parcel.id[1:]}", "code": code})
    assert brought.status_code == 201, brought.text
    await home.bench.shut(brought.json()["compartment"])
    page = await phone.get(f"/send/{parcel.id}")
    assert "waits for its carrier" in page.text
    assert code[:4] not in page.text
    receipt = await phone.get(f"/send/{parcel.id}/receipt")
    assert receipt_number(parcel.id) in receipt.text
    assert '<svg class="qr"' in receipt.html
    assert "SF Express fetches it here" in receipt.text
    assert code[:4] not in receipt.text


async def test_QRY_08_a_sender_follows_the_parcel_by_its_number_until_the_carrier_has_it(home):
    phone = await home.at_home()
    await phone.post("/send/new", **NEW)
    (parcel,) = home.context.engine.site.parcels.values()
    courier = await home.bench.client("deposit")
    body = {"booking": f"b{parcel.id[1:]}", "code": code_on(await phone.get(f"/send/{parcel.id}"))}
    door = (await courier.post("/deposits", json=body)).json()["compartment"]
    await home.bench.shut(door)
    fetched = await (await home.bench.client("deposit", "staff")).post(
        f"/parcels/{parcel.id}/hand-over", json={"courier": {"company": "SF Express", "name": "Li Na"}}
    )
    assert fetched.status_code == 201, fetched.text
    await home.bench.shut(door)
    page = await phone.get(f"/parcels/{parcel.id}")
    assert "Waybill RT-7701" in page.text
    assert [line for line in ("sent", "You booked it", "The carrier fetched it") if line not in page.text] == []
    assert f"/parcels/{parcel.id}" in (await phone.get("/history")).html


async def test_OB_18_OB_07_a_sender_chooses_how_fast_and_reads_when_the_courier_comes(home):
    phone, desk = await home.at_home(), home.context.outbound.dispatch
    assert "arrives on day 2 to 3 after the carrier has it" in (await phone.get("/send/new")).text
    await phone.post("/send/new", **NEW, service="express")
    (parcel,) = home.context.engine.site.parcels
    assert (await desk.board.one(parcel)).order.service == "express"
    page = await phone.get(f"/send/{parcel}")
    assert "arrives on day 2 to 3" in page.text
    assert "comes for it" not in page.text, "nobody said so yet"
    (courier,) = (await desk.dispatch("staff:he")).values()
    await desk.answer(parcel, courier, Answer.ACCEPTED, "staff:he")
    await desk.expect(parcel, courier, home.context.engine.now() + timedelta(minutes=30), "staff:he")
    assert "SF Express comes for it:" in (await phone.get(f"/send/{parcel}")).text


async def test_UX_07_a_booking_is_taken_back_and_its_code_opens_nothing(home):
    phone = await home.at_home()
    page = await phone.post("/send/new", **NEW)
    code = code_on(page)
    (parcel,) = home.context.engine.site.parcels
    await phone.send(page, f"/send/{parcel}/cancel")
    assert (await phone.raw(f"/send/{parcel}/cancel")).status_code == 409
    courier = await home.bench.client("deposit")
    answer = await courier.post("/deposits", json={"booking": f"b{parcel[1:]}", "code": code})
    assert answer.status_code == 404
    kept = await home.context.journal.read(lambda db: db.execute("select count(*) from sealed").fetchone()[0])
    assert kept == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "gold"}, "Choose what it is"),
        ({"size": "XXL"}, "Choose what it is"),
        ({"company": "Nobody"}, "Choose what it is"),
        ({"return_code": "ü"}, "A return code has"),
        ({"return_code": "x" * 41}, "A return code has"),
    ],
)
async def test_UX_07_what_cannot_be_booked_is_said_beside_what_was_typed(home, wrong, said):
    phone = await home.at_home()
    answer = await phone.raw("/send/new", NEW | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert home.context.engine.site.parcels == {}


async def test_UX_07_a_return_code_is_booked_once_and_a_full_cabinet_is_said(home):
    phone = await home.at_home()
    await phone.post("/send/new", **NEW)
    again = await phone.raw("/send/new", NEW)
    assert (again.status_code, "booked already" in again.text) == (409, True)
    for number in range(6):
        last = await phone.raw("/send/new", NEW | {"return_code": f"N-{number}", "size": "XL"})
    assert (last.status_code, "No compartment of this size" in last.text) == (409, True)


async def test_SEC_01_nobody_sees_or_ends_the_booking_of_another(home):
    phone = await home.at_home()
    await phone.post("/send/new", **NEW)
    (parcel,) = home.context.engine.site.parcels
    other = await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    stranger = home.phone()
    await stranger.send(await stranger.get(await home.link(other["id"])), "/gate", end="0002")
    assert (await stranger.get(f"/send/{parcel}")).status == 409
    assert (await stranger.get(f"/parcels/{parcel}")).status == 409
    assert (await stranger.raw(f"/send/{parcel}/cancel")).status_code == 409
    assert home.context.engine.site.parcels[parcel].state is ParcelState.EXPECTED


async def pictured(home, deposit, cause="stored"):
    """A picture of what happened to this parcel last, as the camera would keep it."""
    kind = {"stored": "ParcelStored", "collected": "ParcelCollected"}[cause]
    event = [each for each in await home.bench.events(kind) if each["data"]["parcel"] == deposit["parcel"]][-1]
    content = JPEG + cause.encode() + deposit["parcel"].encode()
    saved = SnapshotStore(home.context.journal.folder).save(content, event["at"][:10])
    taken = SnapshotTaken(
        compartment=deposit["compartment"], parcel=deposit["parcel"], cause=cause, of=event["seq"],
        sha256=saved.sha256, day=saved.day, size=saved.size,
    )  # fmt: skip
    await home.context.engine.record(taken, "camera")
    return event["seq"], content


async def collected(home, deposit):
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": deposit["code"]})).status_code == 201
    await home.bench.shut(deposit["compartment"])


async def test_QRY_06_the_timeline_shows_the_picture_of_ones_own_parcel_and_of_no_other(home):
    deposit = await home.bench.store("SF0001")
    seq, picture = await pictured(home, deposit)
    phone = await home.at_home()
    address = f"/parcels/{deposit['parcel']}/pictures/{seq}"
    assert f'src="{address}"' in (await phone.get("/")).html
    shown = await phone.http.get(address)
    assert (shown.content, shown.headers["content-type"], shown.headers["cache-control"]) == (
        picture, "image/jpeg", "no-store",
    )  # fmt: skip
    other = await home.bench.resident(unit="1-202", name="Li Na", phone="+8613800000002", language="en")
    stranger = home.phone()
    await stranger.send(await stranger.get(await home.link(other["id"])), "/gate", end="0002")
    assert (await stranger.http.get(address)).status_code == 409
    assert (await home.phone().http.get(address)).status_code == 404
    theirs = await home.bench.store("SF0002", recipient={"unit": "1-202"})
    seq, _ = await pictured(home, theirs)
    for parcel in (deposit, theirs):
        assert (await phone.http.get(f"/parcels/{parcel['parcel']}/pictures/{seq}")).status_code == 409


async def test_QRY_06_who_stood_before_the_door_is_shown_to_staff_alone(home):
    deposit = await home.bench.store("SF0001")
    await collected(home, deposit)
    seq, _ = await pictured(home, deposit, "collected")
    phone = await home.at_home()
    page = await phone.get(f"/parcels/{deposit['parcel']}")
    assert "Collected" in page.text
    assert "<img" not in page.html
    assert (await phone.http.get(f"/parcels/{deposit['parcel']}/pictures/{seq}")).status_code == 409


async def test_R25_a_parcel_of_the_past_tells_what_happened_and_after_twelve_months_nothing(home):
    deposit = await home.bench.store("SF0001")
    phone = await home.at_home()
    until = home.context.engine.now() + timedelta(hours=5)
    caller = Caller(by=f"resident:{home.resident}")
    _, (theirs, _) = await home.context.parcels.add_delegate(deposit["parcel"], "Aunt Mei", until, caller)
    await collected(home, {**deposit, "code": theirs})
    assert "collected by somebody you sent" in (await phone.get("/history")).text
    page = await phone.get(f"/parcels/{deposit['parcel']}")
    assert f"Stored in {deposit['compartment']}, door shut" in page.text
    assert deposit["code"][:4] not in page.text
    home.bench.clock.advance(366 * 86400)
    home.context.engine.observe(Tick(synced=True))
    await home.bench.settle()
    late = await home.at_home()
    assert (await late.get(f"/parcels/{deposit['parcel']}")).status == 409
