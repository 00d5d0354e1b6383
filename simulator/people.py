"""People who come by themselves: couriers with parcels, residents with codes. They know the machine API and doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.scene import Scene


async def come(scene: Scene) -> None:
    """Send couriers and residents for as long as the scene lasts."""
    while True:
        await scene.people.changed.wait()
        scene.people.changed.clear()
