"""Simulated visits at random times: couriers with parcels, residents with codes.

They know the daemon from outside only, by its machine API, and work the doors by hand.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from locker.core.model import Size
from locker.services.people import Scope
from simulator.addresses import staff_address
from simulator.world.door import NotPossible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from random import Random

    from lockerd import Daemon
    from simulator.simulation import Simulation
    from simulator.world.door import Door

_log = logging.getLogger(__name__)

WAIT_FOR_DOOR_S = 35.0
COMPANIES = ("SF Express", "JD Logistics", "ZTO Express", "YT Express", "China Post EMS")
_SHARES = {Size.S: 5, Size.M: 4, Size.XS: 2, Size.L: 2}


@dataclass(frozen=True, slots=True)
class VisitingResident:
    """Somebody who lives here and gets parcels."""

    unit: str
    name: str
    phone: str
    language: str


VISITING_RESIDENTS = tuple(
    VisitingResident(f"{floor:02d}{door:02d}", name, f"+86139{floor:04d}{door:04d}", language)
    for floor, door, name, language in (
        (3, 1, "周敏", "zh-CN"),
        (3, 2, "Peter Novak", "en"),
        (5, 1, "吳佩珊", "zh-TW"),
        (5, 4, "赵强", "zh-CN"),
        (7, 3, "Amelia Hart", "en"),
        (8, 2, "孙丽", "zh-CN"),
        (9, 1, "許志明", "zh-TW"),
        (11, 4, "Jonas Weber", "en"),
    )
)


class RandomVisitors:
    """Couriers and residents of one simulation. The daemon is used once, for a token; the rest goes over HTTP."""

    def __init__(self, simulation: Simulation, daemon: Daemon, client: httpx.AsyncClient) -> None:
        self._simulation = simulation
        self._daemon = daemon
        self._client = client
        self._rng = simulation.world.rng
        self._used: set[str] = set()
        self._visits: set[asyncio.Task[None]] = set()

    async def register_residents(self) -> None:
        """Get a token and register the residents who will visit."""
        scopes = [Scope.DEPOSIT, Scope.PICKUP, Scope.STAFF]
        token = await self._daemon.context.tokens.create("people", scopes, "simulator")
        self._client.headers["Authorization"] = f"Bearer {token}"
        for resident in VISITING_RESIDENTS:
            body = {"unit": resident.unit, "name": resident.name, "phone": resident.phone, "consent": True}
            with suppress(httpx.HTTPError):
                await self._client.put("/residents", json=body | {"language": resident.language})

    async def run(self) -> None:
        """Send people for as long as the simulation lasts."""
        rates = self._simulation.visitor_rates
        while True:
            rates.changed.clear()
            delays = {
                self._courier: _seconds_until_next(self._rng.random(), rates.couriers_per_hour),
                self._resident: _seconds_until_next(self._rng.random(), rates.residents_per_hour),
            }
            visit = min(delays, key=lambda one: delays[one])
            try:
                async with asyncio.timeout(delays[visit] if delays[visit] < float("inf") else None):
                    await rates.changed.wait()
            except TimeoutError:
                self._start(visit)

    def _start(self, visit: Callable[[], Awaitable[None]]) -> None:
        async def run_visit() -> None:
            try:
                await visit()
            except (httpx.HTTPError, NotPossible) as fault:
                # A person who cannot go on leaves; the next one comes all the same.
                _log.info("somebody left: %s", type(fault).__name__)

        task = asyncio.create_task(run_visit())
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _courier(self) -> None:
        """A courier with one parcel for somebody who lives here."""
        resident = self._rng.choice(VISITING_RESIDENTS)
        tracking = f"SF{self._rng.randrange(10**12):012d}"
        request = {
            "tracking": tracking,
            "recipient": {"unit": resident.unit, "name": resident.name},
            "size": size_of_parcel(self._rng).value,
            "courier": {"company": self._rng.choice(COMPANIES), "name": "Courier"},
        }
        deposit = await self._post("/deposits", request)
        if deposit is None:
            return
        door = self._simulation.world.doors[deposit["compartment"]]
        if await self._wait_until_open(door):
            await self._pause()
            self._simulation.world.put(door.id, tracking)
            await self._pause()
            self._simulation.world.push(door.id)

    async def _resident(self) -> None:
        """A resident who has a code and comes for the parcel."""
        waiting = [
            (resident, message["data"]["code"])
            for resident in VISITING_RESIDENTS
            for message in self._simulation.phones.of(resident.phone)
            if isinstance(message["data"].get("code"), str) and message["data"]["code"] not in self._used
        ]
        if not waiting:
            return
        resident, code = self._rng.choice(waiting)
        self._used.add(code)
        pickup = await self._post("/pickups", {"code": code, "second": resident.phone[-4:]})
        for opening in pickup["openings"] if pickup else ():
            door = self._simulation.world.doors[opening["compartment"]]
            if await self._wait_until_open(door):
                await self._pause()
                self._simulation.world.take(door.id)
                self._simulation.world.push(door.id)

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        response = await self._client.post(path, json=body)
        if response.status_code != httpx.codes.CREATED:
            return None
        reply: dict[str, Any] = response.json()
        return reply

    async def _wait_until_open(self, door: Door) -> bool:
        changed = asyncio.Event()
        self._simulation.world.watch(changed.set)
        try:
            async with asyncio.timeout(WAIT_FOR_DOOR_S):
                while not door.open:
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return False
        finally:
            self._simulation.world.unwatch(changed.set)
        return True

    async def _pause(self) -> None:
        await asyncio.sleep(self._rng.uniform(2, 8))


def _seconds_until_next(draw: float, per_hour: float) -> float:
    """Seconds until the next one comes; for ever when nobody comes."""
    if per_hour <= 0:
        return float("inf")
    return -3600 / per_hour * math.log1p(-draw)


async def run_visitors(simulation: Simulation) -> None:
    """Send couriers and residents once somebody asks for them, for as long as the simulation lasts."""
    rates = simulation.visitor_rates
    while simulation.daemon is None or not (rates.couriers_per_hour or rates.residents_per_hour):
        rates.changed.clear()
        await rates.changed.wait()
    options: dict[str, Any] = {
        "base_url": f"{staff_address(simulation.settings)}/api/v1",
        # The daemon beside us may have made its own certificate; there is nobody else to be mistaken for.
        "verify": False,
        # World time may be advanced by hours during a request.
        "timeout": None,
    }
    async with httpx.AsyncClient(**options) as client:
        visitors = RandomVisitors(simulation, simulation.daemon, client)
        await visitors.register_residents()
        await visitors.run()


def size_of_parcel(rng: Random) -> Size:
    """A size as parcels come: mostly small ones; of a size that is not in the table one in fourteen or so."""
    return rng.choices(list(Size), [_SHARES.get(size, 1) for size in Size])[0]
