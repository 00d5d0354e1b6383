"""What Home Assistant is told of a cabinet so that it shows it by itself: one message about one device. Pure.

Device-based discovery. Locks are told as states: nothing in Home Assistant can open a door.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_IN_IDS = re.compile(r"[^a-z0-9_]+")


def discovery_topic(prefix: str, site: str) -> str:
    """Where the message stands, retained."""
    return f"{prefix}/device/{_id(site)}/config"


def discovery(site: str, name: str, version: str, topics: Mapping[str, str], state: Mapping[str, Any]) -> bytes:
    """The device with its doors, its room by size, its parcels, and whether all is well.

    `topics`: `state` and `online`. `state` is what stands in the first.
    """
    device = _id(site)
    parts: dict[str, dict[str, Any]] = {
        "trouble": {
            "platform": "binary_sensor",
            "device_class": "problem",
            "name": "Needs somebody",
            "value_template": "{{ 'ON' if value_json.warnings or value_json.sealed else 'OFF' }}",
        }
    }
    for door in state["doors"]:
        parts[f"door_{_id(door)}"] = {
            "platform": "binary_sensor",
            "device_class": "door",
            "name": f"Door {door}",
            "value_template": f"{{{{ {{'open': 'ON', 'shut': 'OFF'}}.get(value_json.doors['{door}'].seen, 'None') }}}}",
        }
    for size in state["free"]:
        parts[f"free_{_id(size)}"] = {
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
        part["unique_id"] = part["default_entity_id"] = f"{device}_{key}"
        part["default_entity_id"] = f"{part['platform']}.{device}_{key}"
    told = {
        "device": {
            "identifiers": [f"lockerd_{device}"],
            "name": name,
            "manufacturer": "lockerd",
            "sw_version": version,
        },
        "origin": {"name": "lockerd", "sw_version": version},
        "components": parts,
        "state_topic": topics["state"],
        "availability": [{"topic": topics["online"], "payload_available": "1", "payload_not_available": "0"}],
        "qos": 1,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _id(text: str) -> str:
    return _NOT_IN_IDS.sub("_", text.lower()).strip("_")
