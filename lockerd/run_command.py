"""`lockerd run`: the daemon on real hardware until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from hardware.clock import SystemClock
from locker.errors import SettingsError
from locker.journal.file_system import forgetful
from lockerd.daemon import run

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings


def run_command(settings: Settings, _: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT. Raises SettingsError when it cannot start."""
    folder = settings.storage.data
    if not settings.storage.volatile and (lies := forgetful(folder)) is not None:
        remedy = "put it on a disk; storage.volatile = true accepts that a power cut loses every parcel"
        raise SettingsError([f"storage.data: {folder} {lies}: {remedy}"])

    async def until_ended() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, lambda: task is not None and task.cancel())
        with contextlib.suppress(asyncio.CancelledError):
            await run(settings, SystemClock())

    asyncio.run(until_ended())
    return 0
