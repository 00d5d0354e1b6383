"""Setting up a cabinet for the daemon: its file turned to a folder of ours, its wires laid to a world."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

import lockerd
from simulator.scene import Rates, Scene
from simulator.web.connection_guard import ConnectionGuard
from simulator.web.control_api import control_app
from simulator.web.page import Page
from simulator.wires.pty_cable import Cable, can_be_made, can_be_written
from simulator.wires.scanner import Gm65, LineScanner
from simulator.wires.wiring import lay_wires
from simulator.world.cabinet_picture import CAMERA, CabinetPicture
from simulator.world.phones import Phones
from simulator.world.random_visitors import come
from simulator.world.world import World
from simulator.world.world_loop import WorldClock
from simulator.world.world_store import WorldStore, WorldStoreBroken

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from lockerd import Daemon, Settings
    from simulator.world.world_loop import WorldPace

BENCH_READER = "reader"
KEEP_TIME_S = 0.2
"""Real seconds between two notes of how far the world's clock is ahead: a kill loses no more."""


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    settings: Settings
    folder: Path
    listener: socket.socket
    seed: int | None
    speed: float


def turned(settings: Settings, folder: Path) -> Settings:
    """The same site with its data in `folder`, and with a serial reader on the bench if it has none.

    A camera of the Pi looks at the world instead. A serial port that cannot be made under its name, because
    a real device stands there or the folder is not ours, is made in the world's folder; on a disk that is
    read-only, in a folder of the moment.
    """
    tables = settings.model_dump(exclude_unset=True)
    tables["storage"]["data"] = folder
    world = (folder / "world").absolute()
    ports = world if can_be_written(world) else Path(tempfile.mkdtemp(prefix="locker-sim-"))
    if scanner_port(settings) is None:
        tables["reader"] = [*tables.get("reader", []), {"kind": "serial", "port": str(ports / BENCH_READER)}]
    if settings.camera.kind == "picamera2":
        tables["camera"] = {**tables["camera"], "kind": "files", "folder": world / CAMERA}
    for table in (*tables["bank"], *tables.get("reader", [])):
        if "port" in table and not can_be_made(Path(table["port"])):
            table["port"] = str(ports / Path(table["port"]).name)
    return type(settings).model_validate(tables)


def scanner_port(settings: Settings) -> str | None:
    """The port of the first scanner that talks on a serial line."""
    return next((reader.port for reader in settings.reader if reader.kind != "camera"), None)


def _scanner(settings: Settings, stack: ExitStack) -> LineScanner:
    reader = next(reader for reader in settings.reader if reader.kind != "camera")
    cable = Cable(Path(reader.port))
    stack.callback(cable.close)
    return Gm65(cable) if reader.kind == "gm65" else LineScanner(cable)


@contextmanager
def scene_of(plan: Plan, pace: WorldPace) -> Iterator[Scene]:
    """A world for this plan, kept in its folder; every wire is let go at the end.

    Raises WorldInUse, BrokenShelf, NoCable.
    """
    with ExitStack() as stack:
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shelf = WorldStore(plan.folder / "world")
        stack.callback(shelf.close)
        clock = _clock(shelf, pace)
        settings = turned(plan.settings, plan.folder)
        world = World(
            shelf,
            clock,
            banks={bank.name: bank.kind for bank in settings.bank},
            compartments={door.id: door.bank for door in settings.compartment},
            seed=plan.seed,
        )
        buses = lay_wires(settings, world, pace, stack)
        phones = Phones(shelf, clock, world.look)
        scene = Scene(shelf, clock, world, phones, _scanner(settings, stack), Rates(), settings, plan.seed, buses)
        stack.callback(scene.keep_clock)
        yield scene


def _clock(shelf: WorldStore, pace: WorldPace) -> WorldClock:
    told = shelf.load("clock") or {}
    try:
        return WorldClock(pace, offset=float(told.get("offset_s", 0.0)), synced=bool(told.get("synced", True)))
    except (ValueError, TypeError, AttributeError, OverflowError) as wrong:
        raise WorldStoreBroken(f"{shelf.folder}/clock.json: {wrong}") from wrong


class _Server(uvicorn.Server):
    """The simulator's own listener; signals are the daemon's business."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.up.set()


def say_ready(_: Daemon) -> None:
    """The sign that starters wait for, on a line of its own."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def perform(scene: Scene, listener: socket.socket, opened: Callable[[Daemon], None] = say_ready) -> None:
    """Run the daemon in its world until it ends or a signal comes; `opened` is called when all listeners answer.

    Raises what the daemon raises.
    """
    loop = asyncio.get_running_loop()
    scene.world.begin(loop)
    scene.scanner.begin(loop)
    for bus in scene.buses:
        bus.begin(loop)
    config = uvicorn.Config(
        ConnectionGuard(control_app(scene, Page(scene).routes())),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=24 * 3600,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    await server.up.wait()

    def ready(daemon: Daemon) -> None:
        scene.daemon = daemon
        scene.people.changed.set()
        opened(daemon)

    photograph = CabinetPicture(scene.settings, scene.world)
    daemon = asyncio.create_task(lockerd.run(scene.settings, scene.clock, ready=ready))
    others = [asyncio.create_task(_keep_time(scene)), asyncio.create_task(come(scene))]
    if scene.settings.camera.kind == "files":
        others.append(asyncio.create_task(photograph.keep(scene.shelf.folder / CAMERA)))
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, daemon.cancel)
    try:
        await asyncio.wait([daemon, serving, *others], return_when=asyncio.FIRST_COMPLETED)
    finally:
        scene.ending.set()
        scene.world.look()
        await _end(server, [daemon, *others], serving)
    await _raise_first([daemon, serving, *others])


async def _keep_time(scene: Scene) -> None:
    while True:
        await asyncio.sleep(KEEP_TIME_S * scene.clock.pace.speed)
        scene.keep_clock()


async def _end(server: uvicorn.Server, tasks: Sequence[asyncio.Task[None]], serving: asyncio.Task[None]) -> None:
    # What is cut off now was asked for in vain, which is no news.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    server.should_exit = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, serving, return_exceptions=True)


async def _raise_first(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
