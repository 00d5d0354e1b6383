"""Several pieces under one number: counted as they are announced, brought, put at a place and fetched (REC-07)."""

import pytest
from machine_bench import COURIER, a_bench

HOME = {"unit": "1-201"}
SAID = {"shipment": "SF-MASTER", "pieces": 3}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def _shipment(bench, parcel):
    return (await (await bench.client("read")).get(f"/parcels/{parcel}")).json()["shipment"]


async def test_REC_07_pieces_expected_and_deposited_are_counted_and_what_is_missing_is_told(bench):
    carrier, staff = await bench.client("deposit"), await bench.client("staff")
    until = "2026-03-02T08:00:00Z"
    announced = [
        {"tracking": f"SF{n}", "recipient": HOME, "size": "S", "carrier": "SF Express", "until": until, "details": SAID}
        for n in (1, 2)
    ]
    parcels = [each["parcel"] for each in (await carrier.post("/expected", json=announced)).json()]
    wanted = {"pieces": 3, "here": [], "complete": False}
    assert await _shipment(bench, parcels[0]) == wanted
    first = (await carrier.post("/deposits", json={"tracking": "SF1", "courier": COURIER})).json()
    await bench.shut(first["compartment"])
    assert await _shipment(bench, parcels[1]) == wanted | {"here": [parcels[0]]}
    body = bench.deposit_body("SF3") | {"details": SAID}
    kept = (await staff.post("/places/shelf/parcels", json=body)).json()["parcel"]
    second = (await carrier.post("/deposits", json={"tracking": "SF2", "courier": COURIER})).json()
    await bench.shut(second["compartment"])
    told = await _shipment(bench, kept)
    assert (set(told["here"]), told["complete"]) == ({*parcels, kept}, True)


async def test_REC_07_what_a_courier_takes_back_is_not_here(bench):
    carrier = await bench.client("deposit")
    told = (await carrier.post("/deposits", json=bench.deposit_body("SF1") | {"details": SAID})).json()
    await bench.shut(told["compartment"])
    await carrier.post(f"/parcels/{told['parcel']}/withdraw", json={"courier": COURIER})
    await bench.shut(told["compartment"])
    assert (await _shipment(bench, told["parcel"]))["here"] == []


async def test_a_parcel_that_came_alone_is_no_piece(bench):
    assert await _shipment(bench, (await bench.store())["parcel"]) is None


async def test_REC_07_a_manifest_names_shipment_and_pieces(bench):
    carrier = await bench.client("deposit")
    lines = "tracking,unit,size,carrier,shipment,pieces,until\n"
    lines += "".join(f"SF{n},1-201,S,SF Express,SF-MASTER,2,2026-03-02T08:00:00Z\n" for n in (1, 2))
    answer = await carrier.post("/expected", content=lines.encode(), headers={"Content-Type": "text/csv"})
    assert answer.status_code == 201, answer.text
    shipment = await _shipment(bench, answer.json()[0]["parcel"])
    assert (shipment["pieces"], shipment["here"]) == (2, [])


async def test_REC_07_a_manifest_that_counts_pieces_in_words_is_told_so(bench):
    carrier = await bench.client("deposit")
    lines = "tracking,unit,size,carrier,shipment,pieces,until\nSF1,1-201,S,SF,SF-MASTER,two,2026-03-02T08:00:00Z\n"
    answer = await carrier.post("/expected", content=lines.encode(), headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["field"]) == (422, "[0].details.pieces")
