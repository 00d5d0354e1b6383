"""`lockerd token`, `staff`, `courier` and `clock`: accounts and what else only the console may do."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from hardware.clock import SystemClock
from locker.core.reasons import Refused
from locker.errors import SettingsError
from locker.services.admin import CommandFailed, admin_act, ask_daemon, refusal
from lockerd.daemon import load_accounts, opened

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings


def admin_command(settings: Settings, asked: argparse.Namespace) -> int:
    """Do it through the daemon that holds the folder, else in its place."""
    act, arguments = admin_act(asked, sys.stdin)
    print(carry_out(settings, act, arguments))  # noqa: T201  the answer
    return 0


def carry_out(settings: Settings, act: str, arguments: dict[str, Any]) -> str:
    """One act through the daemon that holds the folder, else in its place; its answer.

    Raises SettingsError, CommandFailed.
    """
    try:
        return asyncio.run(_alone(settings, act, arguments))
    except SettingsError:
        try:
            answer = asyncio.run(ask_daemon(settings.storage.data, act, arguments))
        except OSError:
            answer = ""
        if not answer:
            raise
    return answer


async def _alone(settings: Settings, act: str, arguments: dict[str, Any]) -> str:
    with opened(settings, SystemClock()) as daemon:
        engine = asyncio.ensure_future(daemon.engine.run())
        try:
            await load_accounts(daemon)
            return await daemon.admin.execute(act, arguments)
        except Refused as refused:
            raise CommandFailed(refusal(refused, daemon.engine.sealed)) from refused
        finally:
            engine.cancel()
