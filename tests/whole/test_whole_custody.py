"""Every call about a parcel that stays, goes out or passes over the desk, as it is written, against a real process."""

import pytest
from locker_sim import LockerSim

COURIER = {"company": "SF", "name": "Li"}
OTHERS = {"company": "YTO", "name": "Han"}
UNTIL = "2099-01-01T00:00:00Z"
DAY_S = 86_400
PLACES = """
[[place]]
id = "shelf"
name = "Shelf"
kind = "shelf"
capacity = 5

[[place]]
id = "room"
name = "Post room"
kind = "room"
capacity = 1
"""
HOME = {"unit": "1203"}
SENDER = {"unit": "1203", "name": "Wang Ming"}


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    sizes = {f"A{n}": size for n, size in enumerate("SSSSSSMMML", 1)}
    sim = LockerSim(tmp_path_factory.mktemp("custody"), sizes=sizes, pickup={"reopen_seconds": 15}, more=PLACES)
    try:
        sim.start()
        sim.resident()
        yield sim
    finally:
        if sim.process is not None:
            sim.kill()


def shut_all(sim):
    for name, door in sim.world.get("/doors").json().items():
        if door["open"]:
            sim.shut(name)


def fetched(sim, told):
    """What a code has opened is taken out, door after door."""
    for door in dict.fromkeys(each["compartment"] for each in told["openings"]):
        sim.take_out(door)
    sim.later(16)


def state(sim, parcel):
    return sim.parcel(parcel)["state"]


def test_REL_05_R8_who_is_sent_gets_a_code_of_his_own_that_can_be_recalled(sim):
    told = sim.stored("SF-SENT", "S")
    path = f"/parcels/{told['parcel']}/credentials"
    sent = sim.post(path, {"kind": "delegate", "name": "Ann", "until": UNTIL})
    assert sent["code"]
    assert sent["token"]
    assert {each["kind"] for each in sim.get(path)} == {"code", "token", "delegate"}
    assert sim.ask("DELETE", f"{path}/{sent['id']}")[0] == 200
    assert sim.refused("/pickups", {"code": sent["code"]}) == "unknown-code"
    sim.later(2)
    before = sim.code(told["parcel"])
    replaced = sim.post(path, {"kind": "replacement"})
    assert (replaced["code"], replaced["token"]) == (None, None), "the code goes out by notice, never in the answer"
    sim.until("another code came", lambda: sim.code(told["parcel"]) != before)
    assert sim.refused("/pickups", before) == "unknown-code"
    sim.later(2)
    fetched(sim, sim.post("/pickups", sim.code(told["parcel"])))
    assert state(sim, told["parcel"]) == "collected"


def test_R6_one_code_opens_all_that_is_here_one_door_after_another(sim):
    first, second = sim.stored("SF-ALL1", "S"), sim.stored("SF-ALL2", "S")
    told = sim.post("/pickups", sim.code(first["parcel"]) | {"all": True})
    assert [each["parcel"] for each in told["openings"]] == [first["parcel"], second["parcel"]]
    fetched(sim, told)
    assert {state(sim, each["parcel"]) for each in (first, second)} == {"collected"}


def test_R16_REL_07_what_is_put_back_stays_and_what_is_rejected_is_held(sim):
    told = sim.stored("SF-BACK", "S")
    door, parcel = told["compartment"], told["parcel"]
    pickup = sim.post("/pickups", sim.code(parcel))["pickup"]
    sim.opened(door)
    assert sim.post(f"/pickups/{pickup}/put-back", expect=200)["parcels"][0]["parcel"] == parcel
    sim.shut(door)
    assert state(sim, parcel) == "stored"
    pickup = sim.post("/pickups", sim.code(parcel))["pickup"]
    sim.opened(door)
    said = sim.post(f"/pickups/{pickup}/reject", {"why": "damaged"}, expect=200)
    assert said["parcels"][0]["state"] == "check"
    assert sim.parcel(parcel)["held"] is True
    assert [each["id"] for each in sim.get("/parcels?held=true")["items"]] == [parcel]
    sim.emptied(door)
    sim.shut(door)
    sim.post(f"/compartments/{door}/clear", {"content": "empty"}, expect=200)


def test_REL_08_REL_11_O12_what_is_held_given_time_moved_and_released(sim):
    told = sim.stored("SF-STAYS", "S")
    parcel = told["parcel"]
    sim.post(f"/parcels/{parcel}/hold", {"reason": "dispute"}, expect=200)
    assert sim.refused("/pickups", sim.code(parcel)) == "held"
    sim.post(f"/parcels/{parcel}/unhold", expect=200)
    before = sim.parcel(parcel)["deadline"]
    assert sim.post(f"/parcels/{parcel}/extend", {"hours": 24}, expect=200)["deadline"] > before
    assert sim.refused(f"/parcels/{parcel}/extend", {"hours": 24}) == "not-now", "once"
    assert parcel in sim.post("/deadlines", {"hours": 48, "reason": "storm"}, expect=200)["parcels"]
    none = {"hours": 1, "reason": "storm", "filter": {"unit": "9999"}}
    assert sim.post("/deadlines", none, expect=200)["parcels"] == []
    sim.post(f"/parcels/{parcel}/move", {"to": "shelf"}, expect=200)
    sim.take_out(told["compartment"])
    assert sim.parcel(parcel)["place"] == "shelf"
    assert parcel in next(each for each in sim.get("/places") if each["id"] == "shelf")["parcels"]
    assert [each["id"] for each in sim.get("/parcels?place=shelf")["items"]] == [parcel]
    assert sim.post(f"/parcels/{parcel}/release", {"identity": "seen", "reason": "code lost"}, expect=200)
    assert state(sim, parcel) == "collected"


def test_C22_EXC_04_couriers_take_back_their_own_and_what_is_overdue(sim):
    told = sim.stored("SF-OWN", "S")
    path = f"/parcels/{told['parcel']}/withdraw"
    assert sim.refused(path, {"courier": OTHERS}) == "unknown"
    sim.post(path, {"courier": COURIER}, expect=200)
    sim.take_out(told["compartment"])
    assert state(sim, told["parcel"]) == "withdrawn"
    late = sim.stored("SF-LATE", "S")
    sim.later(3 * DAY_S + 60)
    sim.until("overdue", lambda: sim.parcel(late["parcel"])["overdue"])
    sim.post(f"/parcels/{late['parcel']}/withdraw", {"courier": COURIER}, expect=200)
    sim.take_out(late["compartment"])
    assert state(sim, late["parcel"]) == "returned"


def test_REC_10_C18_what_is_expected_comes_with_its_number_alone(sim):
    one = {"tracking": "SF-EXP1", "recipient": HOME, "size": "S", "carrier": "SF"}
    until = sim.stored("SF-CLOCK", "S")
    fetched(sim, sim.post("/pickups", sim.code(until["parcel"])))
    one["until"] = sim.parcel(until["parcel"])["deadline"]
    announced = sim.post("/expected", one)
    many = [one | {"tracking": f"SF-EXP{n}"} for n in (2, 3)]
    assert len(sim.post("/expected", many)) == 2
    assert {each["tracking"] for each in sim.get("/expected")} == {"SF-EXP1", "SF-EXP2", "SF-EXP3"}
    assert sim.ask("DELETE", "/expected/SF-EXP2")[0] == 200
    brought = sim.post("/deposits", {"tracking": "SF-EXP1", "courier": COURIER})
    assert brought["parcel"] == announced["parcel"]
    sim.put_in(brought["compartment"])
    assert sim.ask("DELETE", "/expected/SF-EXP3")[0] == 200
    assert sim.get("/expected") == []
    fetched(sim, sim.post("/pickups", sim.code(brought["parcel"])))


def test_C16_a_second_parcel_of_the_household_joins_the_first(sim):
    first = sim.stored("SF-JOIN1", "S")
    second = sim.deposit("SF-JOIN2", "S", join=True)
    assert second["compartment"] == first["compartment"]
    sim.opened(first["compartment"])
    sim.shut(first["compartment"])
    told = sim.post("/pickups", sim.code(second["parcel"]))
    assert {each["parcel"] for each in told["openings"]} == {first["parcel"], second["parcel"]}
    fetched(sim, told)


@pytest.mark.parametrize("at_the_page", [True, False])
def test_EXC_06_OB_10_what_goes_out_is_booked_brought_and_handed_over(sim, at_the_page):
    said = {"sender": SENDER, "carrier": "SF", "size": "S", "type": "return", "declared": 12_000}
    booked = sim.post("/outbound", said)
    if at_the_page:
        door = sim.post("/deposits", {"booking": booked["booking"], "code": booked["code"]})["compartment"]
    else:
        door = sim.post("/pickups", {"code": booked["code"]})["openings"][0]["compartment"]
    sim.put_in(door)
    assert state(sim, booked["parcel"]) == "stored"
    path = f"/parcels/{booked['parcel']}/hand-over"
    assert sim.refused(path, {"courier": OTHERS}) == "unknown"
    sim.post(path, {"courier": COURIER, "weight_g": 900})
    sim.take_out(door)
    sim.later(16)
    assert state(sim, booked["parcel"]) == "collected"
    assert booked["parcel"] in {each["id"] for each in sim.get("/parcels?direction=out")["items"]}


def test_OB_21_keys_and_goods_pass_over_the_desk_both_ways(sim):
    left = sim.post("/desk", {"recipient": HOME, "size": "S", "type": "key"})
    sim.put_in(left["compartment"])
    fetched(sim, sim.post("/pickups", sim.code(left["parcel"])))
    assert state(sim, left["parcel"]) == "collected"
    booked = sim.post("/desk/bookings", {"sender": SENDER, "size": "S", "type": "goods"})
    door = sim.post("/deposits", {"booking": booked["booking"], "code": booked["code"]})["compartment"]
    sim.put_in(door)
    sim.post(f"/parcels/{booked['parcel']}/take-over", expect=200)
    sim.take_out(door)
    assert state(sim, booked["parcel"]) == "collected"


def test_STO_03_what_fits_behind_no_door_lies_at_a_place(sim):
    body = {"tracking": "SF-BIG", "recipient": HOME, "size": "XL", "courier": COURIER}
    kept = sim.post("/places/room/parcels", body)
    assert (kept["state"], kept["place"]) == ("stored", "room")
    assert sim.refused("/places/room/parcels", body | {"tracking": "SF-BIG2"}) == "no-space"
    sim.post(f"/parcels/{kept['parcel']}/release", {"identity": "seen", "reason": "fetched at the desk"}, expect=200)
    assert state(sim, kept["parcel"]) == "collected"


def test_the_log_and_the_tables_agree_when_it_has_all_been_done(sim):
    shut_all(sim)
    sim.later(16)
    assert {each["use"] for each in sim.get("/compartments")} == {"free"}
    sim.stop()
    assert sim.lockerd("audit")
    sim.start()
