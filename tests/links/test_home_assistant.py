"""What Home Assistant is told. That Home Assistant takes it is judged by itself: tests/judges."""

import json
import re

import pytest

from links.home_assistant import discovery, discovery_topic

TAKEN_BY_HOME_ASSISTANT = re.compile(r"homeassistant/device/[a-zA-Z0-9_-]+/config")
TOPICS = {"state": "lockers/harbour-2/state", "online": "lockers/harbour-2/online"}
DOORS = ("A-1", "A.1", "A_1", "a-1", "12")


def told(doors=DOORS):
    seen = {door: {"size": "M", "use": "free", "seen": "shut"} for door in doors}
    state = {"doors": seen, "free": {"M": 5}, "parcels": {"stored": 0, "overdue": 0, "held": 0}}
    return json.loads(discovery("harbour-2", "Harbour House", "0.1", TOPICS, state))


@pytest.mark.parametrize(("site", "spelt"), [("harbour-2", "harbour-2"), ("Pier_9", "Pier_9"), ("b1.east", "b1_east")])
def test_the_topic_bears_the_site_s_own_id_as_the_broker_s_list_of_rights_does(site, spelt):
    assert discovery_topic("homeassistant", site) == f"homeassistant/device/{spelt}/config"
    assert TAKEN_BY_HOME_ASSISTANT.fullmatch(discovery_topic("homeassistant", site))


def test_doors_whose_ids_look_alike_are_parts_of_their_own():
    parts = {key: part for key, part in told()["components"].items() if key.startswith("door_")}
    assert set(parts) == {f"door_{door}" for door in DOORS}
    assert len({part["unique_id"] for part in parts.values()}) == len(DOORS)
    assert all(re.fullmatch(r"binary_sensor\.[a-z0-9_]+", part["default_entity_id"]) for part in parts.values())


def test_no_part_takes_a_command():
    device = told()
    assert {part["platform"] for part in device["components"].values()} == {"binary_sensor", "sensor"}
    assert "command" not in json.dumps(device)
