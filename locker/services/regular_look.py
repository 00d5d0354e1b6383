"""What looks after something again and again, and says so when what it found cannot be written now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.core.reasons import Refused
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable


async def look_regularly(
    look: Callable[[], Awaitable[None]], every_s: float, log: logging.Logger, unwritten: str, *, at_once: bool = False
) -> None:
    """Look every `every_s` seconds until cancelled, the first time `at_once` or after the first wait.

    A look that is refused, or finds the disk full, is logged as `unwritten` and why; the next comes in its time.
    """
    if not at_once:
        await asyncio.sleep(every_s)
    while True:
        try:
            await look()
        except (Refused, CannotWrite) as why:
            log.warning("%s: %s", unwritten, why)
        await asyncio.sleep(every_s)
