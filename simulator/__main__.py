"""`locker-sim`: the daemon on a cabinet made of software."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import lockerd
from api.options import split_listen
from locker.errors import SettingsError
from simulator.drill import drill_settings
from simulator.history import NotEmpty, ProgressBar, WallClock, write_history
from simulator.launcher import LaunchOptions, open_simulation, print_ready, run_simulation, simulated_settings
from simulator.wires.pty_cable import CableRefused
from simulator.world.world_store import WorldInUse, WorldStoreBroken
from simulator.world.world_time import FASTEST, SLOWEST, WorldLoop, WorldPace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lockerd import Daemon


class _Arguments(argparse.ArgumentParser):
    """Says what is wrong in one line and ends with 1."""

    def error(self, message: str) -> NoReturn:
        self.exit(1, f"locker-sim: {message}\n")


def argument_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = _Arguments(prog="locker-sim", description="Run the daemon on a simulated cabinet.", allow_abbrev=False)
    parser.add_argument("file", type=Path, metavar="FILE", help="site file, the same that lockerd takes")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder for the data and the world")
    parser.add_argument("--listen", type=_listen, default=("127.0.0.1", 8090), metavar="HOST:PORT")
    parser.add_argument("--seed", type=int, metavar="N", help="the same seed, the same random numbers")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="X", help=f"{SLOWEST:g} to {FASTEST:g}")
    parser.add_argument(
        "--drill", action="store_true", help="for practice: marked on every screen, nobody outside is told"
    )
    parser.add_argument("--history", type=_count, metavar="N", help="fill an empty folder with N parcels, then exit")
    return parser


def _listen(text: str) -> tuple[str, int]:
    try:
        return split_listen(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not SLOWEST <= speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from {SLOWEST:g} to {FASTEST:g}")
    return speed


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to 10000000")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code. Each fault is one line on stderr."""
    arguments = argument_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    if arguments.history is not None:
        return fill_history(arguments.file, arguments.data, arguments.history, arguments.seed)
    return run_simulator(
        arguments.file,
        arguments.data,
        arguments.listen,
        seed=arguments.seed,
        speed=arguments.speed,
        drill=arguments.drill,
    )


def fill_history(file: Path, folder: Path, parcels: int, seed: int | None) -> int:
    """Fill an empty folder with so many collected parcels; the exit code. Each fault is one line."""
    try:
        settings = simulated_settings(lockerd.load_settings(file), folder)
        asyncio.run(write_history(settings, WallClock(), parcels, seed, ProgressBar(parcels)))
    except SettingsError as fault:
        return _faults(*fault.faults)
    except NotEmpty as fault:
        return _faults(str(fault))
    except OSError as fault:
        return _faults(f"--data: {fault.filename or folder}: {fault.strerror or fault}")
    return 0


def run_simulator(
    file: Path,
    folder: Path,
    listen: tuple[str, int],
    *,
    seed: int | None = None,
    speed: float = 1.0,
    drill: bool = False,
    on_ready: Callable[[Daemon], None] = print_ready,
) -> int:
    """Run the daemon of this file in its world until a signal ends it; the exit code. Each fault is one line."""
    try:
        settings = lockerd.load_settings(file)
        settings = drill_settings(settings, listen) if drill else settings
    except SettingsError as fault:
        return _faults(*fault.faults)
    try:
        listener = _bind(*listen)
    except OSError as taken:
        return _faults(f"--listen: {listen[0]}:{listen[1]} cannot be listened on ({taken.strerror})")
    with listener:
        try:
            _run(LaunchOptions(settings, folder, listener, seed, speed), on_ready)
        except SettingsError as fault:
            return _faults(*fault.faults)
        except (WorldInUse, WorldStoreBroken, CableRefused) as fault:
            return _faults(str(fault))
        except OSError as fault:
            return _faults(f"--data: {fault.filename or folder}: {fault.strerror or fault}")
    return 0


def _run(options: LaunchOptions, on_ready: Callable[[Daemon], None]) -> None:
    pace = WorldPace(options.speed)
    with asyncio.Runner(loop_factory=lambda: WorldLoop(pace)) as runner:
        runner.run(_run_in_loop(options, pace, on_ready))


async def _run_in_loop(options: LaunchOptions, pace: WorldPace, on_ready: Callable[[Daemon], None]) -> None:
    with open_simulation(options, pace) as simulation:
        await run_simulation(simulation, options.listener, on_ready)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: only then does asyncio set TCP_NODELAY, without which each answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _faults(*lines: str) -> int:
    for line in lines:
        sys.stderr.write(line + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
