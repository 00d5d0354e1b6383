"""Doors behind a lock board on a serial line: the board times the pulse, we ask what its switches say."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.serial_line import LineDown, NoAnswer, SerialLine, Turn
from hardware.banks.supply import Supply
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from locker.core.model import Seen
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.banks.exchange import Exchange
    from hardware.options import Cb8aBankOptions, KerongBankOptions, ModbusBankOptions
    from locker.options import CompartmentOptions

    BoardOptions = Cb8aBankOptions | KerongBankOptions | ModbusBankOptions

_log = logging.getLogger(__name__)

PACE = PollingPace(idle=0.4, busy=0.05)
READ_TRIES = 3

LEFT_ALONE = 1.0
"""Seconds in which a board that fell silent is not asked.

A late answer must not be taken for that to a later question: it would tell of a door as it was.
The pause also keeps a dead board from taking its neighbours' time on the line.
"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a family of boards says: how to ask for every switch, and how to fire one lock.

    `look` is answered with one bit a channel, channel 1 first. `unlock` takes a channel from 1 to
    `channels`; if it has an answer, that answer means "heard", never "open". `on_seconds` is how long the
    board keeps the coil on.
    """

    channels: int
    look: Exchange[tuple[int, ...]]
    unlock: Callable[[int], Exchange[Any]]
    on_seconds: float


class SerialBoardBank:
    """A bank of doors on one board. Reads are tried again, an unlock never."""

    def __init__(
        self, options: BoardOptions, doors: Sequence[CompartmentOptions], report: SwitchReport, dialect: Dialect
    ) -> None:
        self._options = options
        self._dialect = dialect
        self._channels = _channels(doors, dialect.channels)
        self._switches = DoorSwitches(self._channels, report)
        self._watch = SwitchPoller(options.name, self._switches, self._look, PACE)
        self._lost = False
        self._ask_again = 0.0

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(self._channels)

    async def __aenter__(self) -> Self:
        """Start to ask. A board or a port that is not there is unseen until it comes. Raises SettingsError."""
        self._loop = asyncio.get_running_loop()
        self._supply = Supply.named(self._options.supply)
        self._line = SerialLine.shared(self._options.port, self._options.baud)
        await self._line.__aenter__()
        await self._watch.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop asking. The board ends its own pulses."""
        try:
            await self._watch.__aexit__(kind, error, trace)
        finally:
            await self._line.__aexit__(kind, error, trace)

    async def unlock(self, door: str) -> None:
        """Send one unlock frame, once, and hold the supply while the board pulses.

        Raises HardwareFault when the frame could not be sent, or no answer came and the door is not seen open.
        """
        exchange = self._dialect.unlock(self._channels[door])
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._watch.hurry()
            lost: NoAnswer | None = None
            try:
                await self._line.ask(exchange, Turn.COMMAND)
            except NoAnswer as silent:
                lost = silent
            except HardwareFault as fault:
                raise HardwareFault(f"Door {door}: {fault}") from fault
            await asyncio.sleep(self._dialect.on_seconds)
            if lost is not None:
                await self._judge(door, lost)
            elif exchange.read is None:
                await self._expect_life(door)

    async def survey(self) -> Mapping[str, Seen]:
        """Ask the board until every switch has come to rest, at most a second."""
        return await self._watch.survey()

    async def _judge(self, door: str, silent: NoAnswer) -> None:
        """The answer to an unlock was lost: believe the switch."""
        match (await self._watch.survey())[door]:
            case Seen.OPEN:
                return
            case Seen.SHUT:
                raise HardwareFault(f"Door {door}: it did not open, and its board {self.name} was silent.") from silent
            case Seen.UNSEEN:
                raise HardwareFault(f"Door {door}: nobody knows whether it opened. {silent}") from silent

    async def _expect_life(self, door: str) -> None:
        """Boards of some families never answer an unlock; one that is dead must not pass for one that obeyed."""
        await self._look()
        if self._lost:
            raise HardwareFault(
                f"Door {door}: nobody knows whether it opened, its board {self.name} is silent. "
                "Check the board's power and cable."
            )

    async def _look(self) -> None:
        if self._loop.time() < self._ask_again:
            return
        for attempt in reversed(range(1 if self._lost else READ_TRIES)):
            try:
                bits = await self._line.ask(self._dialect.look, Turn.LOOK)
            except HardwareFault as fault:
                if attempt == 0 or isinstance(fault, LineDown):
                    self._is_lost(fault)
                    return
            else:
                self._is_back()
                shut_bit = self._options.shut_bit
                at = self._loop.time()
                self._switches.look(
                    {door: bits[channel - 1] == shut_bit for door, channel in self._channels.items()} if bits else {},
                    at,
                )
                return

    def _is_lost(self, fault: HardwareFault) -> None:
        if not self._lost:
            _log.warning("bank %s: %s", self.name, fault)
        self._lost = True
        self._ask_again = self._loop.time() + (LEFT_ALONE if isinstance(fault, NoAnswer) else 0.0)
        self._switches.lost()

    def _is_back(self) -> None:
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
