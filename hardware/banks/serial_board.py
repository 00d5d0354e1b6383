"""Doors behind a lock board on a serial line: the board times the pulse, we poll its switches."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.power_supply import PowerSupply
from hardware.banks.relay_check import end_pulse
from hardware.banks.serial_line import LineDown, NoReply, SerialLine, Withheld
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from hardware.wire_thread import Turn
from locker.core.model import Seen
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.banks.exchange import Exchange
    from hardware.banks.relay_check import RelayCheck
    from hardware.options import SerialBoardOptions
    from locker.measures import BankMeter
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

PACE = PollingPace(idle=0.4, busy=0.05)
READ_TRIES = 3

BUSY_AFTER_PULSE = 1.0
"""Seconds after its pulse in which a board that misses polls is busy and not dead."""

BUSY_PAUSE = 0.2
"""Seconds between two polls of a board that is busy."""

SILENT_PAUSE = 1.0
"""Seconds in which a board that fell silent is not polled.

A late reply must not be taken for that to a later request: it would report a door as it was.
The pause also keeps a dead board from taking its neighbours' time on the line.
"""


@dataclass(frozen=True, slots=True)
class BoardProtocol:
    """The protocol of one board: how to ask for every switch, and how to unlock one door.

    `poll` is answered with one bit a channel, channel 1 first. `unlock` takes a channel from 1 to
    `channels`; if it has a reply, that reply means "received", never "open", and may be our own echo. `on_seconds`
    is how long the board keeps the coil on, `rest_seconds` how long it is left alone after an unlock was sent.
    """

    channels: int
    poll: Exchange[tuple[int, ...]]
    unlock: Callable[[int], Exchange[Any]]
    on_seconds: float
    rest_seconds: float = 0.0
    relay: RelayCheck | None = None


class SerialBoardBank:
    """A bank of doors on one board. Reads are tried again, an unlock never."""

    def __init__(
        self,
        options: SerialBoardOptions,
        doors: Sequence[CompartmentOptions],
        report: SwitchReport,
        protocol: BoardProtocol,
    ) -> None:
        self._options = options
        self._protocol = protocol
        self._channels = _channels(doors, protocol.channels)
        self._switches = DoorSwitches(self._channels, report)
        self._poller = SwitchPoller(options.name, self._switches, self._poll, PACE)
        self._lost = False
        self._next_poll = 0.0
        self._rests_until = 0.0
        self._busy_until = 0.0
        self._heard_at = -inf

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def meter(self) -> BankMeter:
        """What this bank counts."""
        return self._switches.meter

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(self._channels)

    async def __aenter__(self) -> Self:
        """Start to poll. A board or a port that is not there is unseen until it comes. Raises SettingsError."""
        self._loop = asyncio.get_running_loop()
        self._one_poll = asyncio.Lock()
        self._supply = PowerSupply.named(self._options.supply)
        self._line = SerialLine.shared(self._options.port, self._options.baud)
        await self._line.__aenter__()
        await self._poller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop polling. The board ends its own pulses."""
        try:
            await self._poller.__aexit__(kind, error, trace)
        finally:
            await self._line.__aexit__(kind, error, trace)

    async def unlock(self, door: str) -> None:
        """Send one unlock frame, once, and hold the supply while the board pulses.

        Raises HardwareFault when the frame could not be sent, or nobody knows whether the board obeyed: it is silent
        afterwards, or its reply was lost and the door is not seen open. Raises CoilStuck.
        """
        channel = self._channels[door]
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._poller.poll_fast()
            replied = await self._send_unlock(door, channel)
            sent_at = self._loop.time()
            self.meter.pulsed(door, sent_at)
            self.meter.asked(failed=not replied)
            await asyncio.sleep(self._protocol.on_seconds)
            if self._protocol.relay is not None:
                await end_pulse(door, channel, self._protocol.relay, self._line)
        # A reply proves nothing: an adapter that echoes says the same for a board that is dead.
        if not await self._hears_from_board(sent_at):
            raise HardwareFault(
                f"Door {door}: nobody knows whether it opened, its board {self.name} is silent. "
                "Check the board's power and cable."
            )
        if not replied:
            await self._confirm_by_switch(door)

    async def survey(self) -> Mapping[str, Seen]:
        """Poll the board until every switch has settled, at most a second."""
        return await self._poller.survey()

    async def _send_unlock(self, door: str, channel: int) -> bool:
        """Send it and let the board rest; False when a reply was due and none came. Raises HardwareFault."""
        # A poll that waits for its turn already must not follow at once.
        self._rests_until = inf
        try:
            await self._line.request(self._protocol.unlock(channel), Turn.COMMAND)
        except NoReply:
            return False
        except HardwareFault as fault:
            raise HardwareFault(f"Door {door}: {fault}") from fault
        else:
            return True
        finally:
            self._rests_until = self._loop.time() + self._protocol.rest_seconds
            self._busy_until = self._loop.time() + self._protocol.on_seconds + BUSY_AFTER_PULSE

    async def _hears_from_board(self, since: float) -> bool:
        """True as soon as the board answers a poll that was sent after `since`; it may be busy for a while."""
        while self._heard_at < since:
            if self._lost and self._loop.time() >= self._busy_until:
                return False
            await self._poll()
            if self._heard_at < since:
                await asyncio.sleep(PACE.busy)
        return True

    async def _confirm_by_switch(self, door: str) -> None:
        """The reply to an unlock was lost: believe the switch."""
        match (await self._poller.survey())[door]:
            case Seen.OPEN:
                return
            case Seen.SHUT:
                raise HardwareFault(f"Door {door}: it did not open, and its board {self.name} was silent.")
            case Seen.UNSEEN:
                raise HardwareFault(f"Door {door}: nobody knows whether it opened. Check its switch.")

    async def _poll(self) -> None:
        # An unlock polls beside the poller; together they would have twice the tries, and double the time on the line.
        async with self._one_poll:
            if self._loop.time() >= max(self._next_poll, self._rests_until):
                await self._poll_now()

    async def _poll_now(self) -> None:
        busy = self._loop.time() < self._busy_until
        for attempt in reversed(range(1 if self._lost or busy else READ_TRIES)):
            asked_at = self._loop.time()
            try:
                bits = await self._line.request(
                    self._protocol.poll, Turn.POLL, lambda: self._loop.time() < self._rests_until
                )
            except Withheld:
                return
            except HardwareFault as fault:
                if isinstance(fault, NoReply) and self._loop.time() < self._busy_until:
                    # Some boards hear nothing while they pulse (docs/protocols.md 1.4). The switches are as last seen.
                    self._next_poll = self._loop.time() + BUSY_PAUSE
                    return
                self.meter.asked(failed=True)
                if attempt == 0 or isinstance(fault, LineDown):
                    self._mark_lost(fault)
                    return
            else:
                self.meter.asked(failed=False)
                self._mark_found()
                self._heard_at = asked_at
                self._take(bits)
                return

    def _take(self, bits: tuple[int, ...] | None) -> None:
        shut_bit = self._options.shut_bit
        levels = {door: bits[channel - 1] == shut_bit for door, channel in self._channels.items()} if bits else {}
        self._switches.update(levels, self._loop.time())

    def _mark_lost(self, fault: HardwareFault) -> None:
        if not self._lost:
            _log.warning("bank %s: %s", self.name, fault)
        self._lost = True
        self._next_poll = self._loop.time() + (SILENT_PAUSE if isinstance(fault, NoReply) else 0.0)
        self._switches.mark_unreadable()

    def _mark_found(self) -> None:
        if self._lost:
            _log.warning("bank %s answers", self.name)
        self._lost = False


def _channels(doors: Sequence[CompartmentOptions], highest: int) -> dict[str, int]:
    faults = [
        f"compartment {door.id}: channel must be a number from 1 to {highest}"
        for door in doors
        if door.channel is None or not 1 <= door.channel <= highest
    ]
    if faults:
        raise SettingsError(faults)
    return {door.id: door.channel for door in doors if door.channel is not None}
