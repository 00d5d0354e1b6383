"""The whole scene as one value, and as a stream of server-sent events that follows it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.web.daemon_view import DaemonView
from simulator.world.pulse_log import rfc3339

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.scene import Scene

LOOK_S = 0.2
"""Real seconds between two looks; a change in the world is told at once."""
LOOKS_A_SECOND = 5
LATEST_PULSES = 40
LATEST_MESSAGES = 4
MOST_PHONES = 24


async def snapshot(scene: Scene, belief: DaemonView) -> dict[str, Any]:
    """Everything that the page shows."""
    world, clock = scene.world, scene.clock
    return {
        "clock": {"now": rfc3339(clock.now()), "speed": clock.pace.speed, "synced": clock.synced()},
        "people": {
            "couriers_per_hour": scene.people.couriers_per_hour,
            "residents_per_hour": scene.people.residents_per_hour,
        },
        "doors": {
            door.id: {**door.truth(), "wide": door.wide, "faults": sorted(door.faults)} for door in world.doors.values()
        },
        "banks": {bank.name: sorted(bank.faults) for bank in world.banks.values()},
        "notices": sorted(scene.phones.faults),
        "pulses": world.pulses.latest(LATEST_PULSES),
        "phones": _phones(scene),
        "daemon": await belief.tell(scene.daemon),
    }


def _phones(scene: Scene) -> list[dict[str, Any]]:
    """The phones of everybody who is known, those with the latest messages first."""
    owners: dict[str, str] = {}
    if scene.daemon is not None:
        for person in scene.daemon.context.directory.by_name():
            owners["".join(filter(str.isdigit, person.phone))] = f"Unit {person.unit}, {person.name}"
    messages = scene.phones.all()
    numbers = sorted({*messages, *owners}, key=lambda number: _last(messages.get(number)), reverse=True)
    return [
        {
            "number": number,
            "owner": owners.get(number, ""),
            "messages": messages.get(number, [])[-LATEST_MESSAGES:],
        }
        for number in numbers[:MOST_PHONES]
    ]


def _last(messages: list[dict[str, Any]] | None) -> str:
    return str(messages[-1]["at"]) if messages else ""


async def stream(scene: Scene) -> AsyncIterator[str]:
    """Server-sent events: the whole scene at once, then when something differs, and the time once a second."""
    belief, moved = DaemonView(), asyncio.Event()
    scene.world.watch(moved.set)
    told, looks = "", 0
    try:
        while not scene.ending.is_set():
            now = await snapshot(scene, belief)
            standing = json.dumps({key: now[key] for key in now if key != "clock"}, ensure_ascii=False)
            if standing != told or looks >= LOOKS_A_SECOND:
                told, looks = standing, 0
                yield f"data: {json.dumps(now, ensure_ascii=False)}\n\n"
            looks += 1
            moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S * scene.clock.pace.speed):
                    await moved.wait()
    finally:
        scene.world.unwatch(moved.set)
