"""Doors behind a lock board on a serial line: the board times the pulse, we poll its switches."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.power_supply import PowerSupply
from hardware.banks.serial_line import LineDown, NoReply, Priority, SerialLine
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from locker.core.model import Seen
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.banks.exchange import Exchange
    from hardware.options import SerialBoardOptions
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

PACE = PollingPace(idle=0.4, busy=0.05)
READ_TRIES = 3

SILENT_PAUSE = 1.0
"""Seconds in which a board that fell silent is not polled.

A late reply must not be taken for that to a later request: it would report a door as it was.
The pause also keeps a dead board from taking its neighbours' time on the line.
"""


@dataclass(frozen=True, slots=True)
class BoardProtocol:
    """The protocol of one board: how to ask for every switch, and how to unlock one door.

    `poll` is answered with one bit a channel, channel 1 first. `unlock` takes a channel from 1 to
    `channels`; if it has a reply, that reply means "received", never "open". `on_seconds` is how long the
    board keeps the coil on.
    """

    channels: int
    poll: Exchange[tuple[int, ...]]
    unlock: Callable[[int], Exchange[Any]]
    on_seconds: float


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

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(self._channels)

    async def __aenter__(self) -> Self:
        """Start to poll. A board or a port that is not there is unseen until it comes. Raises SettingsError."""
        self._loop = asyncio.get_running_loop()
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

        Raises HardwareFault when the frame could not be sent, or no answer came and the door is not seen open.
        """
        exchange = self._protocol.unlock(self._channels[door])
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._poller.poll_fast()
            no_reply: NoReply | None = None
            try:
                await self._line.request(exchange, Priority.COMMAND)
            except NoReply as silent:
                no_reply = silent
            except HardwareFault as fault:
                raise HardwareFault(f"Door {door}: {fault}") from fault
            await asyncio.sleep(self._protocol.on_seconds)
            if no_reply is not None:
                await self._confirm_by_switch(door, no_reply)
            elif exchange.decode_reply is None:
                await self._confirm_board_alive(door)

    async def survey(self) -> Mapping[str, Seen]:
        """Poll the board until every switch has settled, at most a second."""
        return await self._poller.survey()

    async def _confirm_by_switch(self, door: str, silent: NoReply) -> None:
        """The reply to an unlock was lost: believe the switch."""
        match (await self._poller.survey())[door]:
            case Seen.OPEN:
                return
            case Seen.SHUT:
                raise HardwareFault(f"Door {door}: it did not open, and its board {self.name} was silent.") from silent
            case Seen.UNSEEN:
                raise HardwareFault(f"Door {door}: nobody knows whether it opened. {silent}") from silent

    async def _confirm_board_alive(self, door: str) -> None:
        """Boards of some families never answer an unlock; one that is dead must not pass for one that obeyed."""
        await self._poll()
        if self._lost:
            raise HardwareFault(
                f"Door {door}: nobody knows whether it opened, its board {self.name} is silent. "
                "Check the board's power and cable."
            )

    async def _poll(self) -> None:
        if self._loop.time() < self._next_poll:
            return
        for attempt in reversed(range(1 if self._lost else READ_TRIES)):
            try:
                bits = await self._line.request(self._protocol.poll, Priority.POLL)
            except HardwareFault as fault:
                if attempt == 0 or isinstance(fault, LineDown):
                    self._mark_lost(fault)
                    return
            else:
                self._mark_found()
                shut_bit = self._options.shut_bit
                at = self._loop.time()
                self._switches.update(
                    {door: bits[channel - 1] == shut_bit for door, channel in self._channels.items()} if bits else {},
                    at,
                )
                return

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
