"""What Home Assistant is told of a cabinet so that it shows it by itself: one message about one device. Pure.

Device-based discovery. Doors are told as states, no part takes a command: nothing in Home Assistant can open a door.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_IN_TOPICS = re.compile(r"[^A-Za-z0-9_-]")
_NOT_IN_ENTITY_IDS = re.compile(r"[^a-z0-9_]+")


def discovery_topic(prefix: str, site: str) -> str:
    """Where the message stands, retained. Home Assistant takes no dot in it, so one is written as `_`."""
    return f"{prefix}/device/{_NOT_IN_TOPICS.sub('_', site)}/config"


def discovery(site: str, name: str, version: str, topics: Mapping[str, str], state: Mapping[str, Any]) -> bytes:
    """The device with its doors, its room by size, its parcels, and whether all is well.

    `topics`: `state` and `online`. `state` is what stands in the first. Home Assistant knows each part by its
    `unique_id`, which is made of the ids as they stand in the site file: doors `A-1` and `a.1` are two.
    """
    parts: dict[str, dict[str, Any]] = {
        "trouble": {
            "platform": "binary_sensor",
            "device_class": "problem",
            "name": "Needs somebody",
            "value_template": "{{ 'ON' if value_json.warnings or value_json.sealed else 'OFF' }}",
        }
    }
    for door in state["doors"]:
        parts[f"door_{door}"] = {
            "platform": "binary_sensor",
            "device_class": "door",
            "name": f"Door {door}",
            "value_template": f"{{{{ {{'open': 'ON', 'shut': 'OFF'}}.get(value_json.doors['{door}'].seen, 'None') }}}}",
        }
    for size in state["free"]:
        parts[f"free_{size}"] = {
            "platform": "sensor",
            "state_class": "measurement",
            "icon": "mdi:locker",
            "name": f"Free {size}",
            "value_template": f"{{{{ value_json.free['{size}'] }}}}",
        }
    for kind in state["parcels"]:
        parts[f"parcels_{kind}"] = {
            "platform": "sensor",
            "state_class": "measurement",
            "icon": "mdi:package-variant-closed",
            "name": f"Parcels {kind}",
            "value_template": f"{{{{ value_json.parcels.{kind} }}}}",
        }
    for key, part in parts.items():
        part["unique_id"] = f"lockerd_{site}_{key}"
        part["default_entity_id"] = f"{part['platform']}.{_entity_id(f'{site}_{key}')}"
    told = {
        "device": {
            "identifiers": [f"lockerd_{site}"],
            "name": name,
            "manufacturer": "lockerd",
            "model": "Parcel locker",
            "sw_version": version,
        },
        "origin": {"name": "lockerd", "sw_version": version},
        "components": parts,
        "state_topic": topics["state"],
        "availability": [{"topic": topics["online"], "payload_available": "1", "payload_not_available": "0"}],
        "qos": 1,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _entity_id(text: str) -> str:
    return _NOT_IN_ENTITY_IDS.sub("_", text.lower()).strip("_")
