"""People who come by themselves: couriers with parcels, residents with codes.

They know the daemon from outside only, by its machine API, and the doors by hand.
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
    from simulator.scene import Scene
    from simulator.world.door import Door

_log = logging.getLogger(__name__)

LOOKS_FOR_S = 35.0
COMPANIES = ("SF Express", "JD Logistics", "ZTO Express", "YT Express", "China Post EMS")
_SHARES = {Size.S: 5, Size.M: 4, Size.XS: 2, Size.L: 2}


@dataclass(frozen=True, slots=True)
class Tenant:
    """Somebody who lives here and gets parcels."""

    unit: str
    name: str
    phone: str
    language: str


TENANTS = tuple(
    Tenant(f"{floor:02d}{door:02d}", name, f"+86139{floor:04d}{door:04d}", language)
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
    """Couriers and residents of one scene. `house` is asked once, for a token; the rest goes over HTTP."""

    def __init__(self, scene: Scene, daemon: Daemon, client: httpx.AsyncClient) -> None:
        self._scene = scene
        self._daemon = daemon
        self._client = client
        self._chance = scene.world.chance
        self._used: set[str] = set()
        self._visits: set[asyncio.Task[None]] = set()

    async def move_in(self) -> None:
        """Get a token and let the residents of the traffic be known."""
        scopes = [Scope.DEPOSIT, Scope.PICKUP, Scope.STAFF]
        token = await self._daemon.context.tokens.create("people", scopes, "simulator")
        self._client.headers["Authorization"] = f"Bearer {token}"
        for tenant in TENANTS:
            body = {"unit": tenant.unit, "name": tenant.name, "phone": tenant.phone, "consent": True}
            with suppress(httpx.HTTPError):
                await self._client.put("/residents", json=body | {"language": tenant.language})

    async def come(self) -> None:
        """Send people for as long as the scene lasts."""
        rates = self._scene.people
        while True:
            rates.changed.clear()
            waits = {
                self._courier: _wait(self._chance.random(), rates.couriers_per_hour),
                self._resident: _wait(self._chance.random(), rates.residents_per_hour),
            }
            visit = min(waits, key=lambda one: waits[one])
            try:
                async with asyncio.timeout(waits[visit] if waits[visit] < float("inf") else None):
                    await rates.changed.wait()
            except TimeoutError:
                self._send(visit)

    def _send(self, visit: Callable[[], Awaitable[None]]) -> None:
        async def go() -> None:
            try:
                await visit()
            except (httpx.HTTPError, NotPossible) as fault:
                # A person who cannot go on leaves; the next one comes all the same.
                _log.info("somebody left: %s", type(fault).__name__)

        task = asyncio.create_task(go())
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _courier(self) -> None:
        """A courier with one parcel for somebody who lives here."""
        tenant = self._chance.choice(TENANTS)
        tracking = f"SF{self._chance.randrange(10**12):012d}"
        said = {
            "tracking": tracking,
            "recipient": {"unit": tenant.unit, "name": tenant.name},
            "size": size_of_parcel(self._chance).value,
            "courier": {"company": self._chance.choice(COMPANIES), "name": "Courier"},
        }
        told = await self._ask("/deposits", said)
        if told is None:
            return
        door = self._scene.world.doors[told["compartment"]]
        if await self._sees_open(door):
            await self._at_leisure()
            self._scene.world.put(door.id, tracking)
            await self._at_leisure()
            self._scene.world.push(door.id)

    async def _resident(self) -> None:
        """A resident who has a code and comes for the parcel."""
        waiting = [
            (tenant, message["data"]["code"])
            for tenant in TENANTS
            for message in self._scene.phones.of(tenant.phone)
            if isinstance(message["data"].get("code"), str) and message["data"]["code"] not in self._used
        ]
        if not waiting:
            return
        tenant, code = self._chance.choice(waiting)
        self._used.add(code)
        told = await self._ask("/pickups", {"code": code, "second": tenant.phone[-4:]})
        for opening in told["openings"] if told else ():
            door = self._scene.world.doors[opening["compartment"]]
            if await self._sees_open(door):
                await self._at_leisure()
                self._scene.world.take(door.id)
                self._scene.world.push(door.id)

    async def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        answer = await self._client.post(path, json=body)
        if answer.status_code != httpx.codes.CREATED:
            return None
        told: dict[str, Any] = answer.json()
        return told

    async def _sees_open(self, door: Door) -> bool:
        moved = asyncio.Event()
        self._scene.world.watch(moved.set)
        try:
            async with asyncio.timeout(LOOKS_FOR_S):
                while not door.open:
                    moved.clear()
                    await moved.wait()
        except TimeoutError:
            return False
        finally:
            self._scene.world.unwatch(moved.set)
        return True

    async def _at_leisure(self) -> None:
        await asyncio.sleep(self._chance.uniform(2, 8))


def _wait(chance: float, per_hour: float) -> float:
    """Seconds until the next one comes; for ever when nobody comes."""
    if per_hour <= 0:
        return float("inf")
    return -3600 / per_hour * math.log1p(-chance)


async def come(scene: Scene) -> None:
    """Send couriers and residents once somebody asks for them, for as long as the scene lasts."""
    while scene.daemon is None or not (scene.people.couriers_per_hour or scene.people.residents_per_hour):
        scene.people.changed.clear()
        await scene.people.changed.wait()
    options: dict[str, Any] = {
        "base_url": f"{staff_address(scene.settings)}/api/v1",
        # The daemon beside us may have made its own certificate; there is nobody else to be mistaken for.
        "verify": False,
        # World time may be advanced by hours during a request.
        "timeout": None,
    }
    async with httpx.AsyncClient(**options) as client:
        traffic = RandomVisitors(scene, scene.daemon, client)
        await traffic.move_in()
        await traffic.come()


def size_of_parcel(chance: Random) -> Size:
    """A size as parcels come: mostly small ones; of a size that is not in the table one in fourteen or so."""
    return chance.choices(list(Size), [_SHARES.get(size, 1) for size in Size])[0]
