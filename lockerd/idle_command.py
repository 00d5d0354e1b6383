"""`lockerd idle`: whether somebody is at a door, for whoever is about to restart the daemon."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.services.admin import NOBODY, CommandFailed, ask_daemon

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from lockerd.settings import Settings

LOOK_SECONDS = 2.0


def idle_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Return when no visit is under way; also where no daemon runs. Raises CommandFailed when the time is over."""
    asyncio.run(until_idle(settings.storage.data, asked.seconds))
    return 0


async def until_idle(folder: Path, seconds: float) -> None:
    """Return when the daemon of this folder serves nobody. Raises CommandFailed, naming the doors, after so long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            doors = await ask_daemon(folder, "visits-list", {})
        except OSError:
            return
        if doors == NOBODY:
            return
        if loop.time() >= end:
            raise CommandFailed(f"somebody is at {doors}")
        await asyncio.sleep(LOOK_SECONDS)
