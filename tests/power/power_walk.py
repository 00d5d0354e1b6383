"""What people do at the recorded cabinet: every kind of visit, with two restarts between them."""

import signal

from power_cabinet import COIL_RESTS_S, DOORS, until

ONE, TWO, THREE = "+8613800000001", "+8613800000002", "+8613800000003"


def walk(cabinet):
    """The whole walk: three lives of one process, the first ended cleanly, the second killed at an open door."""
    cabinet.token()
    cabinet.start()
    residents(cabinet)
    first_parcels(cabinet)
    changes_of_mind(cabinet)
    two_behind_one_door(cabinet)
    what_goes_out(cabinet)
    what_stays(cabinet)
    assert cabinet.end() == 0
    cabinet.start()
    locks_that_fail(cabinet)
    wires_that_fail(cabinet)
    staff(cabinet)
    door = cut_short(cabinet)
    cabinet.end(signal.SIGKILL)
    cabinet.move_while_dead(door, is_open=False)
    cabinet.start()
    after_the_kill(cabinet, door)
    assert cabinet.end() == 0


def brief(cabinet):
    """One parcel in and out, in one life."""
    cabinet.token()
    cabinet.start()
    residents(cabinet)
    first_parcels(cabinet)
    assert cabinet.end() == 0


def residents(cabinet):
    assert cabinet.resident("101", ONE).status_code == 200
    assert cabinet.resident("102", TWO).status_code == 200


def store(cabinet, number, **more):
    """One parcel behind a shut door; which door."""
    told = cabinet.deposit(number, **more)
    assert told.status_code == 201, told.text
    door = told.json()["compartment"]
    cabinet.springs(door)
    cabinet.put(door, number)
    cabinet.push(door)
    return door


def first_parcels(cabinet):
    store(cabinet, "SF1", key="once-1")
    code, _ = cabinet.secrets(ONE)
    assert cabinet.pickup(code="00000000").status_code == 404
    cabinet.later(2)
    fetch(cabinet, code=code)
    again = cabinet.pickup(code=code)
    assert again.status_code == 201, again.text
    door = again.json()["openings"][0]["compartment"]
    cabinet.springs(door)
    cabinet.push(door)
    cabinet.later(62)
    assert cabinet.use(door) == "free"
    assert cabinet.pickup(code=code).status_code == 404
    cabinet.later(2)


def fetch(cabinet, **said):
    told = cabinet.pickup(**said)
    assert told.status_code == 201, told.text
    door = told.json()["openings"][0]["compartment"]
    cabinet.springs(door)
    if cabinet.hand("GET", "/doors").json()[door]["load"] is not None:
        cabinet.take(door)
    cabinet.push(door)
    return door


def changes_of_mind(cabinet):
    told = cabinet.deposit("SF2", unit="102", size="S", key="once-2").json()
    assert cabinet.deposit("SF2", unit="102", size="S", key="once-2").json() == told
    cabinet.springs(told["compartment"])
    larger = cabinet.ask("POST", f"/deposits/{told['deposit']}/resize", {"size": "M"}).json()
    cabinet.springs(larger["compartment"])
    cabinet.push(told["compartment"])
    cabinet.put(larger["compartment"], "SF2")
    cabinet.push(larger["compartment"])
    given_up = cabinet.deposit("SF3").json()
    assert cabinet.ask("POST", f"/deposits/{given_up['deposit']}/cancel").status_code == 200
    cabinet.springs(given_up["compartment"])
    cabinet.push(given_up["compartment"])


def two_behind_one_door(cabinet):
    """Somebody is sent and recalled, a code is lost, a second parcel joins, one is put back and then rejected."""
    assert cabinet.resident("103", THREE).status_code == 200
    door = store(cabinet, "SF10", unit="103")
    parcel = cabinet.compartments()[door]["parcels"][0]
    path = f"/parcels/{parcel}/credentials"
    sent = cabinet.ask("POST", path, {"kind": "delegate", "name": "Ann", "until": "2099-01-01T00:00:00Z"})
    assert sent.status_code == 201, sent.text
    assert cabinet.ask("DELETE", f"{path}/{sent.json()['id']}").status_code == 200
    assert cabinet.ask("POST", path, {"kind": "replacement"}).status_code == 201
    code, _ = cabinet.secrets(THREE, 1)
    assert store(cabinet, "SF11", unit="103", join=True) == door
    other = cabinet.compartments()[door]["parcels"][1]
    opened = cabinet.pickup(code=code).json()
    assert {one["parcel"] for one in opened["openings"]} == {parcel, other}
    cabinet.springs(door)
    assert cabinet.ask("POST", f"/pickups/{opened['pickup']}/put-back", {"parcel": other}).status_code == 200
    cabinet.push(door)
    assert cabinet.compartments()[door]["parcels"] == [other]
    opened = cabinet.pickup(code=cabinet.secrets(THREE, 2)[0]).json()
    cabinet.springs(door)
    said = cabinet.ask("POST", f"/pickups/{opened['pickup']}/reject", {"why": "damaged"})
    assert said.json()["parcels"][0]["held"], said.text
    cabinet.take(door)
    cabinet.push(door)
    assert cabinet.ask("POST", f"/compartments/{door}/clear", {"content": "empty"}).status_code == 200


def what_goes_out(cabinet):
    """A resident books, brings it, and a courier of the carrier fetches it."""
    sender = {"unit": "103", "name": "N103"}
    booked = cabinet.ask("POST", "/outbound", {"sender": sender, "carrier": "SF", "size": "S", "type": "return"})
    assert booked.status_code == 201, booked.text
    door = cabinet.pickup(code=booked.json()["code"]).json()["openings"][0]["compartment"]
    cabinet.springs(door)
    cabinet.put(door, "OUT1")
    cabinet.push(door)
    courier = {"courier": {"company": "SF", "name": "Li"}, "weight_g": 900}
    assert cabinet.ask("POST", f"/parcels/{booked.json()['parcel']}/hand-over", courier).status_code == 201
    cabinet.springs(door)
    cabinet.take(door)
    cabinet.push(door)
    cabinet.later(62)
    assert cabinet.use(door) == "free"


def what_stays(cabinet):
    """A parcel is announced, brought, held, given time, moved to another door and to a place, and handed out."""
    courier = {"courier": {"company": "SF", "name": "Li"}}
    placed = {**courier, "tracking": "SF31", "recipient": {"unit": "103"}, "size": "S"}
    kept = cabinet.ask("POST", "/places/shelf/parcels", placed)
    assert kept.status_code == 201, kept.text
    parcel = kept.json()["parcel"]
    assert cabinet.ask("POST", f"/parcels/{parcel}/hold", {"reason": "x"}).status_code == 200
    assert cabinet.ask("POST", f"/parcels/{parcel}/unhold").status_code == 200
    assert cabinet.ask("POST", f"/parcels/{parcel}/extend", {"hours": 2}).status_code == 200
    assert cabinet.ask("POST", "/deadlines", {"hours": 2, "reason": "storm"}).status_code == 200
    free = next(name for name, one in cabinet.compartments().items() if one["use"] == "free")
    assert cabinet.ask("POST", f"/parcels/{parcel}/move", {"to": free}).status_code == 200
    cabinet.springs(free)
    cabinet.put(free, "SF31")
    cabinet.push(free)
    assert cabinet.ask("POST", f"/parcels/{parcel}/move", {"to": "shelf"}).status_code == 200
    cabinet.springs(free)
    cabinet.take(free)
    cabinet.push(free)
    cabinet.later(2)
    assert cabinet.use(free) == "free"
    told = cabinet.ask("POST", f"/parcels/{parcel}/release", {"identity": "seen", "reason": "code lost"})
    assert told.json()["state"] == "collected"
    until = kept.json()["deadline"]
    announced = {"tracking": "SF30", "recipient": {"unit": "103"}, "size": "S", "carrier": "SF", "until": until}
    assert cabinet.ask("POST", "/expected", announced).status_code == 201
    brought = cabinet.ask("POST", "/deposits", {**courier, "tracking": "SF30"})
    assert brought.status_code == 201, brought.text
    door = brought.json()["compartment"]
    cabinet.springs(door)
    cabinet.put(door, "SF30")
    cabinet.push(door)
    assert cabinet.ask("POST", f"/parcels/{brought.json()['parcel']}/withdraw", courier).status_code == 200
    cabinet.springs(door)
    cabinet.take(door)
    cabinet.push(door)
    assert cabinet.use(door) == "free"


def locks_that_fail(cabinet):
    cabinet.fault("A1", "jammed")
    told = cabinet.deposit("SF4", size="S").json()
    assert told["compartment"] == "A1"
    cabinet.later(45)
    cabinet.fault("A1", "jammed", on=False)
    door = cabinet.ask("GET", f"/deposits/{told['deposit']}").json()["compartment"]
    assert door != "A1"
    cabinet.springs(door)
    cabinet.put(door, "SF4")
    cabinet.push(door)
    _, token = cabinet.secrets(ONE, 1)
    cabinet.fault(door, "coil-dead")
    assert cabinet.pickup(token=token).status_code == 201
    cabinet.later(45)
    cabinet.fault(door, "coil-dead", on=False)
    assert cabinet.use(door) == "loaded"
    fetch(cabinet, token=token)
    cabinet.later(62)
    assert cabinet.ask("POST", "/compartments/A1/restore").status_code == 200


def wires_that_fail(cabinet):
    """A visit that nobody could watch, every switch at once, and a clock that jumps to and fro."""
    told = cabinet.deposit("SF7", unit="102").json()
    door = told["compartment"]
    cabinet.fault(door, "switch-stuck-shut")
    until(lambda: cabinet.open(door), f"{door} springs")
    wire(cabinet, "unplugged")
    cabinet.seen(door, "unseen")
    cabinet.fault(door, "switch-stuck-shut", on=False)
    cabinet.put(door, "SF7")
    cabinet.later(COIL_RESTS_S)
    cabinet.hand("POST", f"/doors/{door}", {"do": "push"})
    wire(cabinet, "unplugged", on=False)
    cabinet.seen(door, "shut")
    assert cabinet.use(door) == "check"
    assert cabinet.ask("POST", f"/compartments/{door}/clear", {"content": "parcel"}).status_code == 200
    wire(cabinet, "common-lost")
    for name in DOORS:
        cabinet.seen(name, "unseen")
    cabinet.hand("POST", "/clock", {"jump_s": 7200})
    cabinet.later(31)
    wire(cabinet, "common-lost", on=False)
    for name in DOORS:
        cabinet.seen(name, "shut")
    assert cabinet.use(door) == "loaded"
    cabinet.hand("POST", "/clock", {"jump_s": -7200})
    cabinet.later(31)
    _, token = cabinet.secrets(TWO)
    fetch(cabinet, token=token)
    cabinet.later(62)


def wire(cabinet, kind, *, on=True):
    assert cabinet.hand("POST", "/banks/left/fault", {"kind": kind, "on": on}).status_code == 200


def staff(cabinet):
    assert cabinet.ask("POST", "/compartments/A4/open", {"reason": "look"}).status_code == 201
    cabinet.springs("A4")
    cabinet.push("A4")
    assert cabinet.ask("POST", "/compartments/A4/clear", {"content": "empty"}).status_code == 200
    cabinet.fault("A4", "forced")
    cabinet.seen("A4", "open")
    cabinet.push("A4")
    assert cabinet.use("A4") == "check"
    told = cabinet.deposit("SF5").json()
    cabinet.springs(told["compartment"])
    cabinet.put(told["compartment"], "SF5")
    cabinet.later(130)
    cabinet.push(told["compartment"])
    assert cabinet.ask("POST", f"/compartments/{told['compartment']}/clear", {"content": "parcel"}).status_code == 200


def cut_short(cabinet):
    """A pickup that a kill interrupts with the door open; which door."""
    code, _ = cabinet.secrets(TWO, 0)
    told = cabinet.pickup(code=code)
    assert told.status_code == 201, told.text
    door = told.json()["openings"][0]["compartment"]
    cabinet.springs(door)
    return door


def after_the_kill(cabinet, door):
    assert cabinet.use(door) == "check"
    code, _ = cabinet.secrets(TWO, 0)
    assert fetch(cabinet, code=code) == door
    cabinet.later(62)
    assert cabinet.use(door) == "free"
    store(cabinet, "SF6", unit="102")
