"""A serial bus of the world: a cable with boards on it, run in the loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.wires.line_faults import LineFaults, line_faults_for
from simulator.wires.pty_cable import PtyCable
from simulator.world.world import WireFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.wires.boards import Board
    from simulator.world.world import World
    from simulator.world.world_time import WorldPace

NO_RECEPTION = {WireFault.UNPLUGGED, WireFault.SILENT}


class DoorTerminals:
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
        """Current on or off until the next call."""
        door = self._doors.get(channel)
        if door is None:
            return
        if on:
            self._world.energise(door)
        else:
            self._world.de_energise(door)


@dataclass(frozen=True, slots=True)
class BusBoard:
    """A board of the bus and the bank that it serves."""

    bank: str
    board: Board


class SerialBus:
    """Every board of one port. `replies` counts what they sent; the port is gone while all its boards are unplugged."""

    def __init__(self, port: Path, world: World, pace: WorldPace, boards: list[BusBoard]) -> None:
        self._port = port
        self._world = world
        self._pace = pace
        self._boards = boards
        self._cable: PtyCable | None = PtyCable(port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.replies = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read from now on, and follow the wire's faults."""
        self._loop = loop
        self._add_reader()
        self._world.watch(self._follow_faults)
        self._follow_faults()

    def close(self) -> None:
        """Take the cable away."""
        if self._loop is not None:
            self._world.unwatch(self._follow_faults)
        self._unplug()

    def _follow_faults(self) -> None:
        gone = all(WireFault.UNPLUGGED in self._faults(bus_board) for bus_board in self._boards)
        if gone and self._cable is not None:
            self._unplug()
        elif not gone and self._cable is None:
            self._cable = PtyCable(self._port)
            self._add_reader()

    def _add_reader(self) -> None:
        if self._loop is not None and self._cable is not None:
            self._loop.add_reader(self._cable.fd, self._receive)

    def _unplug(self) -> None:
        if self._cable is None:
            return
        if self._loop is not None:
            self._loop.remove_reader(self._cable.fd)
        self._cable.close()
        self._cable = None
        for bus_board in self._boards:
            bus_board.board.clear_buffer()

    def _receive(self) -> None:
        assert self._cable is not None
        data = self._cable.read()
        for bus_board in self._boards:
            if self._faults(bus_board) & NO_RECEPTION:
                bus_board.board.clear_buffer()
                continue
            for reply in bus_board.board.receive(data):
                self.replies += 1
                self._send(
                    data, reply.frame, line_faults_for(self._faults(bus_board), reply, self.replies, self._world.rng)
                )

    def _send(self, request: bytes, reply: bytes, faults: LineFaults) -> None:
        out = faults.apply(request, reply)
        if not faults.late_s and not faults.byte_gap_s:
            self._write(out)
            return
        assert self._loop is not None
        for position, byte in enumerate(out):
            after = (faults.late_s + position * faults.byte_gap_s) * self._pace.speed
            self._loop.call_later(after, self._write, bytes([byte]))

    def _write(self, out: bytes) -> None:
        if self._cable is not None:
            with suppress(OSError):
                self._cable.write(out)

    def _faults(self, bus_board: BusBoard) -> set[WireFault]:
        return self._world.banks[bus_board.bank].faults
