"""At the touchscreen: a label without a barcode is pictured, and the picture stands with its parcel."""

from dataclasses import replace

import pytest
from kiosk_bench import Bench
from test_kiosk_inspect import Lens
from test_kiosk_label import bodies

from api.app import kiosk_app
from locker.journal.audit_pictures import picture_faults


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        running.lens = Lens()
        running.context = replace(running.context, camera=running.lens)
        running.app = kiosk_app(running.context)
        yield running


@pytest.fixture
async def courier(bench):
    browser = await (await bench.browser().load()).sign_in()
    return await browser.touch("type")


async def test_C7_a_parcel_without_a_barcode_is_pictured_gets_a_number_and_is_stored_under_it(bench, courier):
    await courier.touch("photo")
    assert courier.title == "Hold the label to the camera"
    assert "deleted after 30 days" in courier.text
    await courier.touch("photo")
    assert courier.title == "Can you read unit and name?"
    (first,) = await bodies(bench, "LabelPictured")
    shown = await courier.http.get(f"/shot/{first['sha256']}.jpg")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    await courier.touch("same")
    assert courier.title == "Who is it for?"
    assert (await courier.http.get(f"/shot/{first['sha256']}.jpg")).status_code == 404, "shown on its own screen only"
    await courier.keys("1203")
    await courier.touch("size S")
    (parcel,) = bench.engine.site.parcels.values()
    query = "select parcel, cause, sha256 from snapshot where parcel = ?"
    rows = await bench.context.journal.read(lambda db: db.execute(query, [parcel.id]).fetchall())
    assert rows == [(parcel.id, "label", first["sha256"])]
    number = await bench.context.journal.read(lambda db: db.execute("select tracking from parcel").fetchone()[0])
    assert number.startswith("L-")
    assert await bench.context.journal.read(lambda db: list(picture_faults(db, bench.context.journal.folder, 0))) == []


async def test_C7_two_such_parcels_have_two_numbers(bench, courier):
    await courier.touch("photo", "photo", "photo", "same")
    numbers = {one["sha256"] for one in await bodies(bench, "LabelPictured")}
    assert len(await bodies(bench, "LabelPictured")) == 2
    assert len(numbers) == 1, "the same picture twice"
    assert courier.title == "Who is it for?"


async def test_C7_a_camera_that_gives_no_picture_leaves_the_keys(bench, courier):
    bench.lens.works = False
    await courier.touch("photo", "photo")
    assert "The camera gives no picture" in courier.text
    await courier.touch("type")
    assert courier.title == "Type the number"


async def test_C7_nobody_gets_the_picture_of_anothers_label_by_typing_its_number(bench, courier):
    await courier.touch("photo", "photo", "back", "type")
    await bench.context.couriers.add("JD", "Zhou Jie", "998877")
    await courier.touch("back", "finish")
    await courier.touch("dropoff", "company JD")
    await courier.keys("998877")
    await courier.touch("signin", "type")
    query = "select seq from event where kind = 'LabelPictured'"
    seq = await bench.context.journal.read(lambda db: db.execute(query).fetchone()[0])
    await courier.keys(f"L-{seq:04}")
    await courier.touch("next")
    await courier.keys("1203")
    await courier.touch("size S")
    query = "select count(*) from snapshot where parcel <> ''"
    assert await bench.context.journal.read(lambda db: db.execute(query).fetchone()[0]) == 0


async def test_without_a_camera_nobody_is_asked_for_a_picture(tmp_path):
    async with Bench(tmp_path) as plain:
        courier = await (await plain.browser().load()).sign_in()
        await courier.touch("type")
        assert "photo" not in courier.acts


async def test_C7_a_carriers_number_that_begins_like_ours_is_only_a_number(bench, courier):
    await courier.keys(f"L-{'9' * 30}")
    await courier.touch("next")
    await courier.keys("1203")
    await courier.touch("size S")
    assert "opens now" in courier.title


async def test_C7_a_picture_that_made_room_for_newer_ones_is_not_there_and_no_fault(bench, courier):
    await courier.touch("photo", "photo")
    (taken,) = await bodies(bench, "LabelPictured")
    (file,) = (bench.context.journal.folder / "snapshots").glob(f"*/{taken['sha256']}.jpg")
    file.unlink()
    assert (await courier.http.get(f"/shot/{taken['sha256']}.jpg")).status_code == 404
