"""A serial bus of the world: a cable with boards on it, played in the loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.wires.line_faults import LineFaults, suffer
from simulator.wires.pty_cable import Cable
from simulator.world.world import BankFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.wires.boards import Board
    from simulator.world.world import World
    from simulator.world.world_loop import WorldPace

DEAF = {BankFault.UNPLUGGED, BankFault.SILENT}


class Wires:
    """The screws of one board, wired to doors of the world by channel."""

    def __init__(self, world: World, doors: Mapping[int, str]) -> None:
        self._world = world
        self._doors = dict(doors)

    def shut(self, channel: int) -> bool:
        """True when the door's contact says shut; a channel without a door has an open contact."""
        door = self._doors.get(channel)
        return door is not None and self._world.doors[door].contact

    def inside(self, channel: int) -> bool:
        """True when something lies behind the door."""
        door = self._doors.get(channel)
        return door is not None and self._world.doors[door].load is not None

    def pulse(self, channel: int, seconds: float) -> None:
        """Current for so many seconds of world time."""
        if door := self._doors.get(channel):
            self._world.pulse(door, seconds)

    def hold(self, channel: int, on: bool) -> None:
        """Current until told otherwise."""
        door = self._doors.get(channel)
        if door is None:
            return
        if on:
            self._world.energise(door)
        else:
            self._world.rest(door)


@dataclass(frozen=True, slots=True)
class Seat:
    """A board of the bus and the bank that it serves."""

    bank: str
    board: Board


class Bus:
    """Plays every board of one port. `said` counts replies; the port is gone while all its boards are unplugged."""

    def __init__(self, port: Path, world: World, pace: WorldPace, seats: list[Seat]) -> None:
        self._port = port
        self._world = world
        self._pace = pace
        self._seats = seats
        self._cable: Cable | None = Cable(port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.said = 0
        self.heard = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen from now on, and follow the wire's faults."""
        self._loop = loop
        self._listen()
        self._world.watch(self._follow)
        self._follow()

    def close(self) -> None:
        """Take the cable away."""
        if self._loop is not None:
            self._world.unwatch(self._follow)
        self._unplug()

    @property
    def plugged(self) -> bool:
        """True while the port is there."""
        return self._cable is not None

    def _follow(self) -> None:
        gone = all(BankFault.UNPLUGGED in self._faults(seat) for seat in self._seats)
        if gone and self._cable is not None:
            self._unplug()
        elif not gone and self._cable is None:
            self._cable = Cable(self._port)
            self._listen()

    def _listen(self) -> None:
        if self._loop is not None and self._cable is not None:
            self._loop.add_reader(self._cable.fd, self._hear)

    def _unplug(self) -> None:
        if self._cable is None:
            return
        if self._loop is not None:
            self._loop.remove_reader(self._cable.fd)
        self._cable.close()
        self._cable = None
        for seat in self._seats:
            seat.board.forget()

    def _hear(self) -> None:
        assert self._cable is not None
        data = self._cable.hear()
        self.heard += len(data)
        for seat in self._seats:
            if self._faults(seat) & DEAF:
                seat.board.forget()
                continue
            for reply in seat.board.hear(data):
                self.said += 1
                self._send(data, reply.frame, suffer(self._faults(seat), reply, self.said, self._world.chance))

    def _send(self, request: bytes, reply: bytes, way: LineFaults) -> None:
        out = way.suffered(request, reply)
        if not way.late_s and not way.between_s:
            self._say(out)
            return
        assert self._loop is not None
        for place, byte in enumerate(out):
            after = (way.late_s + place * way.between_s) * self._pace.speed
            self._loop.call_later(after, self._say, bytes([byte]))

    def _say(self, out: bytes) -> None:
        if self._cable is not None:
            with suppress(OSError):
                self._cable.say(out)

    def _faults(self, seat: Seat) -> set[BankFault]:
        return self._world.banks[seat.bank].faults
