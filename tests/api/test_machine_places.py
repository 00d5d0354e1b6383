"""Places without a door, moves, withdrawals and releases over the machine API."""

import pytest
from machine_bench import COURIER, a_bench, said

HOUR = 3600
RELEASE = {"identity": "seen", "reason": "code lost"}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def place_of(bench, parcel):
    reader = await bench.client("read")
    detail = await said(await reader.get(f"/parcels/{parcel}"))
    return detail["state"], detail["compartment"], detail["place"]


async def test_STO_03_S18_staff_put_a_parcel_at_a_place_and_the_same_lists_tell_of_it(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    body = bench.deposit_body("SF9", size="XL", flags=["in-person"])
    told = await said(await staff.post("/places/shelf/parcels", json=body), 201)
    assert (told["state"], told["compartment"], told["place"]) == ("stored", None, "shelf")
    shelf, room = await said(await reader.get("/places"))
    assert shelf == {
        "id": "shelf",
        "name": "Shelf at the desk",
        "kind": "shelf",
        "capacity": 20,
        "parcels": [told["parcel"]],
    }
    assert room["parcels"] == []
    for query in ("place=shelf", "tracking=SF9", "unit=1-201", "state=stored&place=shelf", "held=false&place=shelf"):
        (found,) = (await said(await reader.get(f"/parcels?{query}")))["items"]
        assert (found["id"], found["place"], found["compartment"]) == (told["parcel"], "shelf", ""), query
    assert (await said(await reader.get("/parcels?place=room")))["items"] == []
    assert bench.doors.pulses == []


async def test_OB_21_a_key_that_staff_keep_for_a_resident_has_its_own_direction(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    await bench.store()
    body = bench.deposit_body("KEY-12", direction="desk", courier={"company": "Desk", "name": "Chen"})
    told = await said(await staff.post("/places/shelf/parcels", json=body), 201)
    (found,) = (await said(await reader.get("/parcels?direction=desk")))["items"]
    assert (found["id"], found["direction"]) == (told["parcel"], "desk")
    (other,) = (await said(await reader.get("/parcels?direction=in")))["items"]
    assert other["direction"] == "in"


async def test_an_announced_parcel_is_put_at_a_place_with_its_number_alone(bench):
    staff, carrier = await bench.client("staff"), await bench.client("deposit")
    announced = {
        "tracking": "SF9",
        "recipient": {"unit": "1-201"},
        "size": "S",
        "carrier": "SF",
        "until": "2026-03-02T08:00:00Z",
    }
    first = await said(await carrier.post("/expected", json=announced), 201)
    brief = {"tracking": "SF9", "courier": COURIER}
    assert (await said(await staff.post("/places/shelf/parcels", json=brief), 201))["parcel"] == first["parcel"]
    unknown = {**brief, "tracking": "SF10"}
    assert (await said(await staff.post("/places/shelf/parcels", json=unknown), 409))["code"] == "not-expected"
    half = await said(await staff.post("/places/shelf/parcels", json={**unknown, "size": "S"}), 422)
    assert half["field"] == "recipient"


async def test_a_place_that_is_full_or_unknown_and_a_number_that_is_here_are_refused(bench):
    staff = await bench.client("staff")
    await said(await staff.post("/places/room/parcels", json=bench.deposit_body("SF9")), 201)
    for path, number, status, code in [
        ("/places/room/parcels", "SF10", 409, "no-space"),
        ("/places/attic/parcels", "SF10", 404, "unknown"),
        ("/places/shelf/parcels", "SF9", 409, "duplicate-tracking"),
    ]:
        assert (await said(await staff.post(path, json=bench.deposit_body(number)), status))["code"] == code


async def test_REL_11_a_parcel_moves_to_the_desk_and_back_behind_a_door_with_its_code(bench):
    staff, gate = await bench.client("staff"), await bench.client("pickup")
    stored = await bench.store()
    parcel, door = stored["parcel"], stored["compartment"]
    await said(await staff.post(f"/parcels/{parcel}/move", json={"to": "shelf"}))
    assert (await place_of(bench, parcel))[0] == "depositing"
    await bench.shut(door)
    assert await place_of(bench, parcel) == ("stored", "", "shelf")
    answer = await said(await gate.post("/pickups", json={"code": stored["code"]}), 409)
    assert answer["code"] == "staff-only"

    await said(await staff.post(f"/parcels/{parcel}/move", json={"to": "A3"}))
    await bench.shut("A3")
    assert await place_of(bench, parcel) == ("stored", "A3", None)
    await said(await gate.post("/pickups", json={"code": stored["code"]}), 201)
    assert bench.doors.pulses == [door, door, "A3", "A3"]


async def test_REL_11_a_parcel_moves_from_door_to_door(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    stored = await bench.store()
    first = stored["compartment"]
    await said(await staff.post(f"/parcels/{stored['parcel']}/move", json={"to": "A6"}))
    await bench.settle()
    assert bench.doors.pulses == [first, first, "A6"], "the other door opens when the first is seen open"
    await bench.shut("A6", first)
    assert await place_of(bench, stored["parcel"]) == ("stored", "A6", None)
    assert (await said(await reader.get(f"/compartments/{first}")))["use"] == "free"
    assert (await said(await staff.post(f"/parcels/{stored['parcel']}/move", json={"to": "attic"}), 404))["code"] == (
        "unknown"
    )


async def test_a_parcel_that_never_had_a_code_gets_one_when_it_goes_behind_a_door(bench):
    staff, gate = await bench.client("staff"), await bench.client("pickup")
    told = await said(await staff.post("/places/shelf/parcels", json=bench.deposit_body("SF9")), 201)
    await said(await staff.post(f"/parcels/{told['parcel']}/move", json={"to": "A3"}))
    await bench.shut("A3")
    query = "select blob from sealed where parcel = ?"
    blob = await bench.context.journal.read(lambda db: db.execute(query, [told["parcel"]]).fetchone()[0])
    code, _ = bench.context.vault.unseal(blob)
    (opening,) = (await said(await gate.post("/pickups", json={"code": code}), 201))["openings"]
    assert opening == {"parcel": told["parcel"], "compartment": "A3"}


async def test_C22_a_courier_takes_back_what_it_brought_and_its_name_stays_with_the_parcel(bench):
    carrier, other = await bench.client("deposit"), await bench.client("deposit", "pickup")
    reader = await bench.client("read")
    stored = await bench.store()
    path = f"/parcels/{stored['parcel']}/withdraw"
    assert (await said(await other.post(path, json={"courier": COURIER}), 404))["code"] == "unknown"
    wrong = {"company": "Another", "name": "Li Lei"}
    assert (await said(await carrier.post(path, json={"courier": wrong}), 404))["code"] == "unknown"
    colleague = {"company": "SF Express", "name": "Han Mei"}
    assert (await said(await carrier.post(path, json={"courier": colleague}), 409))["code"] == "not-now"
    await said(await carrier.post(path, json={"courier": COURIER}))
    await bench.shut(stored["compartment"])
    detail = await said(await reader.get(f"/parcels/{stored['parcel']}"))
    assert (detail["state"], detail["fetched_by"]) == ("withdrawn", "Li Lei")
    assert "Li Lei" not in str(detail["timeline"])
    assert (await said(await carrier.post(path, json={"courier": COURIER}), 409))["code"] == "not-now"


async def test_EXC_04_C21_S16_an_overdue_parcel_is_returned_to_any_courier_of_its_company(bench):
    carrier, reader = await bench.client("deposit"), await bench.client("read")
    stored = await bench.store()
    bench.clock.advance(72 * HOUR + 31)
    await bench.settle()
    colleague = {"company": "sf  express", "name": "Han Mei"}
    await said(await carrier.post(f"/parcels/{stored['parcel']}/withdraw", json={"courier": colleague}))
    await bench.shut(stored["compartment"])
    detail = await said(await reader.get(f"/parcels/{stored['parcel']}"))
    assert (detail["state"], detail["fetched_by"]) == ("returned", "Han Mei")
    (found,) = (await said(await reader.get("/parcels?state=returned")))["items"]
    assert found["id"] == stored["parcel"]


async def test_REL_03_REL_06_staff_release_a_parcel_whose_recipient_they_have_seen(bench):
    staff = await bench.client("staff")
    stored = await bench.store()
    told = await said(await staff.post(f"/parcels/{stored['parcel']}/release", json=RELEASE))
    assert told["state"] == "collecting"
    await bench.shut(stored["compartment"])
    assert (await place_of(bench, stored["parcel"]))[0] == "collected"
    (event,) = await bench.events("ParcelReleased")
    assert (event["by"], event["data"]["identity"], event["data"]["reason"]) == ("token:staff", "seen", "code lost")


async def test_a_release_at_a_place_is_a_word(bench):
    staff = await bench.client("staff")
    told = await said(await staff.post("/places/shelf/parcels", json=bench.deposit_body("SF9")), 201)
    answer = await said(await staff.post(f"/parcels/{told['parcel']}/release", json=RELEASE))
    assert (answer["state"], answer["place"]) == ("collected", "shelf")
    assert bench.doors.pulses == []
    again = await said(await staff.post(f"/parcels/{told['parcel']}/release", json=RELEASE), 409)
    assert again["code"] == "not-now"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identity": "seen"}, "reason"),
        ({"reason": "x"}, "identity"),
        ({"identity": "E12345678", "reason": "x"}, "identity"),
        ({"identity": True, "reason": "x"}, "identity"),
        ({**RELEASE, "document": "E12345678"}, "document"),
        ({"identity": "seen", "reason": "passport E12345678"}, "reason"),
        ({"identity": "seen", "reason": "ID 3101 0119 8001"}, "reason"),
        ({"identity": "seen", "reason": "证件３１０１０１１９"}, "reason"),
    ],
)
async def test_REL_03_the_number_of_a_document_is_never_taken(bench, body, field):
    staff = await bench.client("staff")
    stored = await bench.store()
    told = await said(await staff.post(f"/parcels/{stored['parcel']}/release", json=body), 422)
    assert told["field"] == field
    assert "12345678" not in str(told)
    assert (await place_of(bench, stored["parcel"]))[0] == "stored"


async def test_places_are_checked_with_the_site_file(tmp_path):
    from locker.errors import SettingsError
    from lockerd.settings import load_settings

    text = """
        site = {id = "x", name = "X"}
        storage = {data = "/d"}
        bank = [{name = "left", kind = "gpio"}]
        compartment = [{id = "A1", size = "S", bank = "left", lock = 1, switch = 2}]
        place = [
            {id = "A1", name = "Shelf", capacity = 1},
            {id = "b", name = "Room", kind = "room", capacity = 1},
            {id = "b", name = "Room", capacity = 1},
        ]
    """
    file = tmp_path / "site.toml"
    file.write_text("\n".join(line.strip() for line in text.splitlines()), "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_settings(file)
    assert [line.partition(":")[0] for line in wrong.value.faults] == ["place[0].id", "place[1].id", "place[2].id"]
