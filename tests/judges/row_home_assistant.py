"""Home Assistant's own MQTT integration judges what a locker tells it: `make fleet-judges`. One row after the other."""

import json
from collections import Counter

import paho.mqtt.publish
from home_assistant_root import MADE
from judged_site import DOORS, NAME, PARCELS, PARTS, PASSWORD, SITE

UNAVAILABLE = "unavailable"
ORDER = json.dumps({"id": "1", "site": SITE, "action": "open", "body": {"compartment": "A1", "reason": "x"}})


def parts(house):
    """The entities of the cabinet by the name that people read, without that of the device."""
    found = {each["attributes"].get("friendly_name", ""): each for each in house.states().values()}
    return {name.removeprefix(f"{NAME} "): each for name, each in found.items() if name.startswith(f"{NAME} ")}


def shown(house):
    return {name: each["state"] for name, each in parts(house).items()}


def as_it_stands(cabinet):
    """What Home Assistant has to show, by the machine API and the world; no word of MQTT in it."""
    doors = cabinet.get("/compartments")
    free = Counter(each["size"] for each in doors if each["use"] == "free")
    stored = sum(each["use"] == "loaded" for each in doors)
    said = {
        f"Door {name}": "on" if each["open"] else "off" for name, each in cabinet.world.get("/doors").json().items()
    }
    said |= {f"Free {size}": str(free[size]) for size in DOORS.values()}
    said |= {f"Parcels {kind}": str(stored if kind == "stored" else 0) for kind in PARCELS}
    return said | {"Needs somebody": "on" if cabinet.get("/health")["warnings"] else "off"}


def agrees(house, cabinet):
    try:
        house.until("the cabinet as it stands", lambda: shown(house) == as_it_stands(cabinet))
    except AssertionError:
        assert shown(house) == as_it_stands(cabinet)
        raise


def about_us(house):
    """What its log says at warning or above, since it started, of us or of what has to do with us."""
    words = ("mqtt", "template", SITE, NAME, "test_1", "lockerd")
    return [line for line in house.complaints() if any(word in line.lower() for word in map(str.lower, words))]


def all_unavailable(house):
    house.until("unavailable", lambda: {*shown(house).values()} == {UNAVAILABLE})


def test_every_door_is_an_entity_of_one_device(house, cabinet):
    house.until("the device", lambda: parts(house).keys() >= PARTS)
    agrees(house, cabinet)
    ids = {name: each["entity_id"] for name, each in parts(house).items()}
    device = house.template(f"device_id('{ids['Door A1']}')")
    told = {
        key: house.template(f"device_attr('{device}', '{key}')")
        for key in ("name", "manufacturer", "model", "sw_version")
    }
    lines = [
        f"Home Assistant {house.version()}: {told}",
        *(f"{ids[name]}: {name}, {shown(house)[name]}" for name in sorted(ids)),
    ]
    (MADE / "entities.txt").write_text("\n".join(lines) + "\n")
    assert ids.keys() == PARTS
    assert sorted(house.template(f"device_entities('{device}')")) == sorted(ids.values())
    assert ids["Door A1"] == "binary_sensor.test_1_door_a1"
    assert told["name"] == NAME


def test_states_follow_the_cabinet(house, cabinet):
    cabinet.resident()
    told = cabinet.deposit("SF1")
    door = told["compartment"]
    cabinet.opened(door)
    agrees(house, cabinet)
    assert shown(house)[f"Door {door}"] == "on"
    cabinet.put_in(door, "SF1")
    agrees(house, cabinet)
    assert shown(house)["Parcels stored"] == "1"


def test_a_cabinet_without_power_is_unavailable_until_it_is_back(house, cabinet):
    cabinet.kill()
    all_unavailable(house)
    cabinet.start()
    agrees(house, cabinet)


def test_a_cabinet_that_was_stopped_is_unavailable_at_once(house, cabinet):
    cabinet.stop()
    all_unavailable(house)
    cabinet.start()
    agrees(house, cabinet)


def test_no_line_of_its_log_complains_of_us(house):
    assert about_us(house) == []


def test_nothing_in_home_assistant_opens_a_door(house, cabinet):
    before, seen = cabinet.world.get("/pulses").json(), cabinet.events()[-1]["seq"]
    ids = [each["entity_id"] for each in parts(house).values()]
    assert {each.partition(".")[0] for each in ids} == {"binary_sensor", "sensor"}
    for domain, service in (("homeassistant", "turn_on"), ("lock", "unlock"), ("lock", "open")):
        house.do(domain, service, entity_id=ids)
    for leaf, payload in (("order", ORDER), ("door/A1/set", "OPEN"), ("state", "{}"), ("online", "0")):
        house.do("mqtt", "publish", topic=f"lockers/{SITE}/{leaf}", payload=payload, retain=True)
        agrees(house, cabinet)  # mosquitto 2.0 cuts off whoever may not write there
    account = {"username": "fleetd", "password": PASSWORD}
    broker = {"hostname": "127.0.0.1", "port": house.broker_port}
    for leaf, payload in (("order", ORDER), ("order", "OPEN"), ("door/A1/set", "OPEN"), ("ack", "OPEN")):
        paho.mqtt.publish.single(f"lockers/{SITE}/{leaf}", payload, qos=1, auth=account, **broker)
    agrees(house, cabinet)
    assert cabinet.world.get("/pulses").json() == before
    assert cabinet.events(seen) == []


def test_a_broker_that_comes_back_has_kept_all(house, cabinet, broker):
    broker.kill()
    all_unavailable(house)
    broker.start()
    agrees(house, cabinet)


def test_home_assistant_knows_the_cabinet_again_after_its_own_restart(house, cabinet):
    before = {name: each["entity_id"] for name, each in parts(house).items()}
    house.stop()
    cabinet.deposit("SF2")
    house.start()
    house.until("the device", lambda: parts(house).keys() >= PARTS)
    agrees(house, cabinet)
    assert {name: each["entity_id"] for name, each in parts(house).items()} == before
    assert about_us(house) == []
