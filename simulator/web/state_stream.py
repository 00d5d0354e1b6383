"""The whole simulation as one value, and as a stream of server-sent events that follows it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from simulator.web.daemon_view import DaemonView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.simulation import Simulation

CHECK_EVERY_S = 0.2
"""Real seconds between two checks; a change in the world is sent at once."""
CHECKS_A_SECOND = 5
LATEST_PULSES = 40
LATEST_MESSAGES = 4
MOST_PHONES = 24


async def page_state(simulation: Simulation, daemon_view: DaemonView) -> dict[str, Any]:
    """Everything that the page shows."""
    world, clock = simulation.world, simulation.clock
    return {
        "clock": {"now": rfc3339(clock.now()), "speed": clock.pace.speed, "synced": clock.synced()},
        "people": {
            "couriers_per_hour": simulation.visitor_rates.couriers_per_hour,
            "residents_per_hour": simulation.visitor_rates.residents_per_hour,
        },
        "doors": {
            door.id: {**door.state(), "wide": door.wide, "faults": sorted(door.faults)} for door in world.doors.values()
        },
        "banks": {bank.name: sorted(bank.faults) for bank in world.banks.values()},
        "notices": sorted(simulation.phones.faults),
        "pulses": world.pulses.latest(LATEST_PULSES),
        "phones": _phones(simulation),
        "authenticator": simulation.authenticator.codes(),
        "daemon": await daemon_view.doors(simulation.daemon),
    }


def _phones(simulation: Simulation) -> list[dict[str, Any]]:
    """The phones of everybody who is known, those with the latest messages first."""
    owners: dict[str, str] = {}
    if simulation.daemon is not None:
        for person in simulation.daemon.context.directory.by_name():
            owners["".join(filter(str.isdigit, person.phone))] = f"Unit {person.unit}, {person.name}"
    messages = simulation.phones.all()
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


async def event_stream(simulation: Simulation) -> AsyncIterator[str]:
    """Server-sent events: the whole simulation at once, then when something differs, and the time once a second."""
    daemon_view, changed = DaemonView(), asyncio.Event()
    simulation.world.watch(changed.set)
    sent, checks = "", 0
    try:
        while not simulation.stopping.is_set():
            full = await page_state(simulation, daemon_view)
            state = json.dumps({key: full[key] for key in full if key != "clock"}, ensure_ascii=False)
            if state != sent or checks >= CHECKS_A_SECOND:
                sent, checks = state, 0
                yield f"data: {json.dumps(full, ensure_ascii=False)}\n\n"
            checks += 1
            changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_EVERY_S * simulation.clock.pace.speed):
                    await changed.wait()
    finally:
        simulation.world.unwatch(changed.set)
