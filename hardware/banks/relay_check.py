"""Whether a relay went off when its pulse was over, for boards that can say (docs/protocols.md 1.6)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardware.wire_thread import Turn
from locker.errors import CoilStuck, HardwareFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.banks.exchange import Exchange
    from hardware.banks.serial_line import SerialLine

_log = logging.getLogger(__name__)

RELAY_SLACK = 0.2
"""Seconds that a relay may be on longer than it was told: the board's clock is not ours."""


@dataclass(frozen=True, slots=True)
class RelayCheck:
    """How to see whether the relay of a channel is on, and how to switch it off."""

    is_on: Callable[[int], Exchange[bool]]
    switch_off: Callable[[int], Exchange[Any]]


async def end_pulse(door: str, channel: int, relay: RelayCheck, line: SerialLine) -> None:
    """See once that the relay is off, and switch off one that is not. Raises CoilStuck.

    A board that does not tell (it refuses the question, or is silent) is believed to end its pulses.
    """
    try:
        on = await _is_still_on(channel, relay, line)
    except HardwareFault as fault:
        _log.info("door %s: whether its relay went off is not known (%s)", door, fault)
        return
    if not on:
        return
    _log.error("door %s: its relay is on after the pulse; it is switched off", door)
    try:
        await line.request(relay.switch_off(channel), Turn.MUST)
        on = await _reads_on(channel, relay, line)
    except HardwareFault:
        on = True
    if on:
        raise CoilStuck(f"Door {door}: its relay does not go off. Switch the lock supply off.")
    raise CoilStuck(
        f"Door {door}: its relay stayed on after the pulse and was switched off by command. "
        "Have it replaced, then open the door once from the panel."
    )


async def _is_still_on(channel: int, relay: RelayCheck, line: SerialLine) -> bool:
    if not await _reads_on(channel, relay, line):
        return False
    await asyncio.sleep(RELAY_SLACK)
    return await _reads_on(channel, relay, line)


async def _reads_on(channel: int, relay: RelayCheck, line: SerialLine) -> bool:
    on: bool | None = await line.request(relay.is_on(channel), Turn.COMMAND)
    return on is True
