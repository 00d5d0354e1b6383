"""Parcels that carriers announce: JSON and CSV, room kept, deposits that fill themselves in, two carriers crosswise."""

import pytest
from machine_bench import COURIER, SIZES, a_bench, said

UNTIL = "2026-03-01T20:00:00Z"
HOUR = 3600


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


def parcel(tracking="SF0001", **more):
    return {
        "tracking": tracking,
        "recipient": {"unit": "1-201"},
        "size": "S",
        "carrier": COURIER["company"],
        "until": UNTIL,
        **more,
    }


def brief(tracking="SF0001", **more):
    return {"tracking": tracking, "courier": COURIER, **more}


async def test_REC_10_an_announced_parcel_is_deposited_with_its_number_alone(bench):
    carrier, reader = await bench.client("deposit"), await bench.client("read")
    told = await said(await carrier.post("/expected", json=parcel(size="M", flags=["fragile"])), 201)
    assert set(told) == {"parcel", "tracking"}
    (listed,) = await said(await reader.get("/expected"))
    assert listed == {
        "parcel": told["parcel"],
        "tracking": "SF0001",
        "unit": "1-201",
        "recipients": listed["recipients"],
        "size": "M",
        "carrier": "SF Express",
        "flags": ["fragile"],
        "needs": [],
        "announced_at": listed["announced_at"],
        "until": "2026-03-01T20:00:00.000Z",
    }
    (found,) = (await said(await reader.get("/parcels?state=expected")))["items"]
    assert (found["id"], found["compartment"]) == (told["parcel"], "")
    deposit = await said(await carrier.post("/deposits", json=brief()), 201)
    assert deposit["parcel"] == told["parcel"]
    assert SIZES[deposit["compartment"]] == "M"
    assert await said(await reader.get("/expected")) == []
    await bench.shut(deposit["compartment"])
    detail = await said(await reader.get(f"/parcels/{told['parcel']}"))
    assert (detail["state"], detail["unit"], detail["flags"]) == ("stored", "1-201", ["fragile"])
    assert detail["courier"] == COURIER
    assert [line["kind"] for line in detail["timeline"]][:2] == ["ParcelExpected", "DepositStarted"]


async def test_a_repeat_of_a_short_deposit_gets_the_first_answer_though_nothing_is_expected_any_more(bench):
    carrier = await bench.client("deposit")
    await said(await carrier.post("/expected", json=parcel()), 201)
    key = {"Idempotency-Key": "k1"}
    first = await said(await carrier.post("/deposits", json=brief(), headers=key), 201)
    assert await said(await carrier.post("/deposits", json=brief(), headers=key), 201) == first
    assert len(bench.doors.pulses) == 1


@pytest.mark.parametrize(("more", "field"), [({"size": "S"}, "recipient"), ({"recipient": {"unit": "1-201"}}, "size")])
async def test_who_says_one_of_recipient_and_size_says_both(bench, more, field):
    carrier = await bench.client("deposit")
    told = await said(await carrier.post("/deposits", json=brief(**more)), 422)
    assert (told["code"], told["field"]) == ("invalid", field)
    assert bench.doors.pulses == []


async def test_a_number_that_nobody_announced_needs_both(bench):
    carrier = await bench.client("deposit")
    assert (await said(await carrier.post("/deposits", json=brief()), 409))["code"] == "not-expected"
    assert bench.doors.pulses == []


async def test_room_is_promised_once_and_ends_with_its_time(bench):
    carrier = await bench.client("deposit")
    many = [parcel(f"SF{n}", size="XS") for n in range(len(SIZES))]
    assert len(await said(await carrier.post("/expected", json=many), 201)) == len(SIZES)
    one_more = await said(await carrier.post("/expected", json=[parcel("SF98"), parcel("SF99")]), 409)
    assert (one_more["code"], one_more["field"]) == ("no-space", "[0]")
    assert (await said(await carrier.post("/deposits", json=bench.deposit_body("X1")), 409))["code"] == "no-space"
    assert bench.doors.pulses == []
    bench.clock.advance(12 * HOUR + 31)
    await bench.settle()
    assert (await carrier.post("/deposits", json=bench.deposit_body("X1"))).status_code == 201
    assert (await said(await carrier.post("/deposits", json=brief("SF1")), 409))["code"] == "not-expected"


async def test_a_list_is_taken_as_a_whole_or_not_at_all(bench):
    carrier, reader = await bench.client("deposit"), await bench.client("read")
    for wrong, code in [
        (parcel("SF2", recipient={"unit": "no such"}), "unknown-recipient"),
        (parcel("SF1"), "duplicate-tracking"),
        (parcel("SF2", until="2026-03-01T07:59:59Z"), "not-now"),
        (parcel("SF2", until="2026-04-01T00:00:00Z"), "not-now"),
    ]:
        told = await said(await carrier.post("/expected", json=[parcel("SF1"), wrong]), 409)
        assert (told["code"], told["field"]) == (code, "[1]")
    assert await said(await reader.get("/expected")) == []
    assert await bench.events("ParcelExpected") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "tracking"),
        ([], "body"),
        ([1], "[0]"),
        ("x", "body"),
        ([parcel(), {**parcel("SF2"), "size": "XXL"}], "[1].size"),
        ({**parcel(), "until": "2026-03-01T20:00:00"}, "until"),
        ({**parcel(), "until": 1}, "until"),
        ({**parcel(), "until": "0001-01-01T00:00:00+14:00"}, "until"),
        ({**parcel(), "needs": ["Not a word"]}, "needs[0]"),
        ({**parcel(), "state": "stored"}, "state"),
        ([parcel(f"SF{n}") for n in range(501)], None),
    ],
)
async def test_what_cannot_be_read_is_named_by_its_path(bench, body, field):
    carrier = await bench.client("deposit")
    answer = await carrier.post("/expected", json=body)
    if field is None:
        assert answer.status_code in {413, 422}
    else:
        assert (await said(answer, 422))["field"] == field


async def test_two_carriers_do_not_reach_into_what_the_other_announced(bench):
    mine, other = await bench.client("deposit"), await bench.client("deposit", "pickup")
    staff = await bench.client("deposit", "staff")
    await said(await mine.post("/expected", json=parcel()), 201)
    assert (await said(await other.post("/expected", json=parcel()), 409))["code"] == "duplicate-tracking"
    assert (await said(await other.delete("/expected/SF0001"), 404))["code"] == "unknown"
    theirs = {"company": "Another", "name": "Li"}
    assert (await said(await other.post("/deposits", json=brief(courier=theirs)), 409))["code"] == "not-expected"
    assert (await said(await mine.delete("/expected/SF0001")))["state"] == "cancelled"
    assert (await said(await mine.delete("/expected/SF0001"), 404))["code"] == "unknown"
    await said(await mine.post("/expected", json=parcel()), 201)
    assert (await said(await staff.delete("/expected/SF0001")))["state"] == "cancelled"
    (mine_ended, staff_ended) = await bench.events("ExpectationEnded")
    assert (mine_ended["by"], staff_ended["by"]) == ("token:deposit", "token:deposit-staff")


async def test_the_keyed_hash_of_the_number_is_handed_to_nobody(bench):
    carrier = await bench.client("deposit")
    await said(await carrier.post("/expected", json=parcel()), 201)
    (event,) = await bench.events("ParcelExpected")
    assert "label_hash" not in event["data"]
    assert "SF0001" not in str(event)


CSV = """tracking,unit,size,carrier,flags,until
SF0001,1-201,M,SF Express,fragile liquid,2026-03-01T20:00:00Z

SF0002,1-201,S,顺丰,,2026-03-01T20:00:00+08:00
"""


@pytest.mark.parametrize(
    ("charset", "encoding"), [("", "utf-8-sig"), ("; charset=UTF-8", "utf-8"), ('; charset="gb18030"', "gb18030")]
)
async def test_REC_10_a_manifest_may_come_as_csv(bench, charset, encoding):
    carrier, reader = await bench.client("deposit"), await bench.client("read")
    answer = await carrier.post(
        "/expected", content=CSV.encode(encoding), headers={"Content-Type": f"text/csv{charset}"}
    )
    assert [each["tracking"] for each in await said(answer, 201)] == ["SF0001", "SF0002"]
    listed = await said(await reader.get("/expected"))
    assert [(each["carrier"], each["flags"]) for each in listed] == [
        ("SF Express", ["fragile", "liquid"]),
        ("顺丰", []),
    ]
    assert listed[1]["until"] == "2026-03-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("content", "kind", "field"),
    [
        (b"", "text/csv", "body"),
        (b"tracking,colour\n", "text/csv", "line 1"),
        (b"tracking,tracking\n", "text/csv", "line 1"),
        (b"tracking,size\n1,S,3\n", "text/csv", "[0]"),
        (b"tracking,unit,size\nSF1,1-201,S\n", "text/csv", "[0].carrier"),
        (b"tracking,size\n", "text/csv", "body"),
        (b"tracking,unit,size,carrier,pieces\nSF1,1203,S,SF," + b"9" * 5000, "text/csv", "[0].details.pieces"),
        (b'tracking,size\n"SF1"x,S\n', "text/csv", "line 2"),
        (b"\xff\xfe", "text/csv", "body"),
        (b"tracking\n", "text/csv; charset=utf-16", "charset"),
    ],
)
async def test_csv_that_cannot_be_read_is_named_by_line_column_or_encoding(bench, content, kind, field):
    carrier = await bench.client("deposit")
    told = await said(await carrier.post("/expected", content=content, headers={"Content-Type": kind}), 422)
    assert told["field"] == field


async def test_the_document_says_which_calls_take_csv(bench):
    document = await said(await (await bench.client()).get("/openapi.json"))
    takes = [
        path
        for path, calls in document["paths"].items()
        for call in calls.values()
        if "text/csv" in call.get("requestBody", {}).get("content", {})
    ]
    assert takes == ["/expected"]


async def test_csv_is_taken_by_the_calls_that_say_so_and_by_no_other(bench):
    carrier = await bench.client("deposit")
    answer = await carrier.post("/deposits", content=CSV.encode(), headers={"Content-Type": "text/csv"})
    assert (await said(answer, 422))["field"] == "body"
