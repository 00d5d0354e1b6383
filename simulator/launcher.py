"""Starting the daemon on a simulated cabinet: settings that point to our folder, banks connected to a world."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import lockerd
from api.connections import Bounds
from api.listeners import Listener, listening
from simulator.random_visitors import run_visitors
from simulator.simulation import Simulation, VisitorRates
from simulator.web.connection_guard import ConnectionGuard
from simulator.web.control_api import control_app
from simulator.web.page import CabinetPage
from simulator.wires.bank_wiring import connect_banks
from simulator.wires.camera import CAMERA_FOLDER, WorldCamera
from simulator.wires.printer import PAPER_FOLDER, ReceiptPrinterDevice
from simulator.wires.pty_cable import PtyCable, can_be_linked, is_writable
from simulator.wires.scanner import Gm65Device, LineScannerDevice
from simulator.world.authenticator import Authenticator
from simulator.world.phones import Phones
from simulator.world.world import World
from simulator.world.world_store import WorldStore, WorldStoreBroken
from simulator.world.world_time import WorldClock

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from lockerd import Daemon, Settings
    from simulator.world.world_time import WorldPace

BENCH_READER = "reader"
BOUNDS = Bounds(connections=128)
SAVE_CLOCK_EVERY_S = 0.2
"""Real seconds between two records of how far the world's clock is ahead: a kill loses no more."""


@dataclass(frozen=True)
class LaunchOptions:
    """What the command line asks for."""

    settings: Settings
    folder: Path
    listener: socket.socket
    seed: int | None
    speed: float


def simulated_settings(settings: Settings, folder: Path) -> Settings:
    """The same site with its data in `folder`, and with a serial reader on the bench if it has none.

    A camera of the Pi looks at the world instead, and nobody outside is told that the locker lives: this is none.
    A serial port that cannot be made under its name, because
    a real device stands there or the folder is not ours, is made in the world's folder; on a disk that is
    read-only, in a folder of the moment.
    """
    tables = settings.model_dump(exclude_unset=True)
    tables["storage"]["data"] = folder
    tables.pop("heartbeat", None)
    world = (folder / "world").absolute()
    ports = world if is_writable(world) else Path(tempfile.mkdtemp(prefix="locker-sim-"))
    if _scanner_port(settings) is None:
        tables["reader"] = [*tables.get("reader", []), {"kind": "serial", "port": str(ports / BENCH_READER)}]
    if settings.camera.kind == "picamera2":
        tables["camera"] = {**tables["camera"], "kind": "files", "folder": world / CAMERA_FOLDER}
    for table in (*tables["bank"], *tables.get("reader", [])):
        if "port" in table and not can_be_linked(Path(table["port"])):
            table["port"] = str(ports / Path(table["port"]).name)
    if (printer := tables.get("printer")) and not can_be_linked(Path(printer["device"])):
        printer["device"] = str(ports / Path(printer["device"]).name)
    return type(settings).model_validate(tables)


def _scanner_port(settings: Settings) -> str | None:
    """The port of the first scanner on a serial line."""
    return next((reader.port for reader in settings.reader if reader.kind != "camera"), None)


def _scanner(settings: Settings, stack: ExitStack) -> LineScannerDevice:
    reader = next(reader for reader in settings.reader if reader.kind != "camera")
    cable = PtyCable(Path(reader.port))
    stack.callback(cable.close)
    return Gm65Device(cable) if reader.kind == "gm65" else LineScannerDevice(cable)


def _printer(settings: Settings, store: WorldStore, stack: ExitStack) -> ReceiptPrinterDevice | None:
    if settings.printer is None:
        return None
    cable = PtyCable(Path(settings.printer.device))
    stack.callback(cable.close)
    return ReceiptPrinterDevice(cable, store.folder / PAPER_FOLDER)


@contextmanager
def open_simulation(options: LaunchOptions, pace: WorldPace) -> Iterator[Simulation]:
    """A simulation with these options, kept in its folder; every wire is released at the end.

    Raises WorldInUse, WorldStoreBroken, CableRefused.
    """
    with ExitStack() as stack:
        options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = WorldStore(options.folder / "world")
        stack.callback(store.close)
        clock = _clock(store, pace)
        settings = simulated_settings(options.settings, options.folder)
        world = World(
            store,
            clock,
            banks={bank.name: bank.kind for bank in settings.bank},
            compartments={door.id: door.bank for door in settings.compartment},
            seed=options.seed,
        )
        buses = connect_banks(settings, world, pace, stack)
        phones = Phones(store, clock, world.notify)
        simulation = Simulation(
            *(store, clock, world, phones, _scanner(settings, stack), VisitorRates(), Authenticator(store, clock)),
            settings,
            options.seed,
            buses,
            _printer(settings, store, stack),
        )
        stack.callback(simulation.save_clock)
        yield simulation


def _clock(store: WorldStore, pace: WorldPace) -> WorldClock:
    saved = store.load("clock") or {}
    try:
        return WorldClock(pace, offset=float(saved.get("offset_s", 0.0)), synced=bool(saved.get("synced", True)))
    except (ValueError, TypeError, AttributeError, OverflowError) as fault:
        raise WorldStoreBroken(f"{store.folder}/clock.json: {fault}") from fault


def print_ready(_: Daemon) -> None:
    """Print the line that starters wait for."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def run_simulation(
    simulation: Simulation, listener: socket.socket, on_ready: Callable[[Daemon], None] = print_ready
) -> None:
    """Run the daemon in its world until it ends or a signal comes; `on_ready` is called when all listeners answer.

    Raises what the daemon raises.
    """
    loop = asyncio.get_running_loop()
    simulation.world.begin(loop)
    simulation.scanner.begin(loop)
    if simulation.printer is not None:
        simulation.printer.begin(loop)
    for bus in simulation.buses:
        bus.begin(loop)
    page = ConnectionGuard(control_app(simulation, CabinetPage(simulation).routes()))
    host, port = listener.getsockname()[:2]
    async with listening(Listener(page, host, port, "--listen", bounds=BOUNDS, bound=listener)):
        await _run_world(simulation, on_ready)


async def _run_world(simulation: Simulation, on_ready: Callable[[Daemon], None]) -> None:
    loop = asyncio.get_running_loop()

    def ready(daemon: Daemon) -> None:
        simulation.daemon = daemon
        simulation.visitor_rates.changed.set()
        on_ready(daemon)

    camera = WorldCamera(simulation.settings, simulation.world)
    daemon = asyncio.create_task(lockerd.run(simulation.settings, simulation.clock, ready=ready))
    side_tasks = [asyncio.create_task(_save_clock(simulation)), asyncio.create_task(run_visitors(simulation))]
    if simulation.settings.camera.kind == "files":
        side_tasks.append(asyncio.create_task(camera.run(simulation.store.folder / CAMERA_FOLDER)))
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, daemon.cancel)
    try:
        await asyncio.wait([daemon, *side_tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        simulation.stopping.set()
        simulation.world.notify()
        for task in (daemon, *side_tasks):
            task.cancel()
        await asyncio.gather(daemon, *side_tasks, return_exceptions=True)
    await _raise_first([daemon, *side_tasks])


async def _save_clock(simulation: Simulation) -> None:
    while True:
        await asyncio.sleep(SAVE_CLOCK_EVERY_S * simulation.clock.pace.speed)
        simulation.save_clock()


async def _raise_first(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
