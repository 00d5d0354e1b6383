"""The daemon of a parcel locker: the one file that knows everybody. Settings, wiring, main."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

import hardware
from api.app_context import AppContext
from api.app_listeners import app_listeners
from api.certificate_keeper import CertificateKeeper
from api.listeners import listening
from api.options import KioskOptions, StaffOptions
from hardware.clock import SystemClock
from hardware.options import BankOptions, CameraOptions, ReaderOptions, SensorOptions
from hardware.wiring_checks import reader_faults, sensor_faults, wiring_faults
from links.messengers import open_messengers
from links.options import NoticeOptions
from locker.core.observations import Begun
from locker.core.reasons import Refused
from locker.engine import Engine
from locker.errors import SettingsError
from locker.journal.file_system import forgetful
from locker.journal.folder import FolderLock
from locker.journal.store import Journal, JournalBroken
from locker.lock_dispatcher import LockDispatcher
from locker.options import (
    ColumnOptions,
    CompartmentOptions,
    Options,
    PickupOptions,
    SiteOptions,
    StorageOptions,
    fault_line,
)
from locker.scan_hub import ScanHub
from locker.services.admin import (
    AdminCommands,
    CommandFailed,
    admin_act,
    ask_daemon,
    build_parser,
    refusal,
    run_audit,
    run_backup,
    run_restore,
    serve_control_socket,
)
from locker.services.command_service import CommandService
from locker.services.evidence import ColdZone, SnapshotRecorder, TemperatureMonitor
from locker.services.notices import NoticeFollower, NoticeSender, SealAlarm
from locker.services.people import CourierAccounts, MachineTokens, ResidentDirectory, StaffAccounts
from locker.startup import open_engine
from locker.watchdog import feed_watchdog, notify_systemd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locker.ports import Clock

VERSION = "0.1.0"
LOOK_SECONDS = 10
log = logging.getLogger("lockerd")


class Settings(Options):
    """The whole site file."""

    site: SiteOptions
    storage: StorageOptions
    kiosk: KioskOptions = KioskOptions()
    staff: StaffOptions = StaffOptions()
    pickup: PickupOptions = PickupOptions()
    notices: NoticeOptions = NoticeOptions()
    bank: list[BankOptions]
    column: list[ColumnOptions] = Field(default=[])
    compartment: list[CompartmentOptions]
    reader: list[ReaderOptions] = Field(default=[])
    sensor: list[SensorOptions] = Field(default=[])
    camera: CameraOptions = CameraOptions()


def load_settings(path: Path) -> Settings:
    """The site file, checked as a whole. Raises SettingsError with one line a fault, each naming its key."""
    try:
        settings = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as fault:
        raise SettingsError([f"{path}: cannot be read: {fault.strerror}"]) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError([f"{path}: is not TOML: {fault}"]) from fault
    except ValidationError as invalid:
        raise SettingsError([fault_line(error) for error in invalid.errors()]) from invalid
    faults = [*wiring_faults(settings.bank, settings.compartment), *_other_faults(settings)]
    if faults:
        raise SettingsError(faults)
    return settings


def _other_faults(settings: Settings) -> Iterator[str]:
    yield from sensor_faults(settings.sensor, settings.compartment)
    yield from reader_faults(settings.reader, settings.bank)
    columns = Counter(column.number for column in settings.column)
    for number, column in enumerate(settings.column):
        if columns[column.number] > 1:
            yield f"column[{number}].number: {column.number} stands more than once"
    if (settings.staff.certificate is None) != (settings.staff.private_key is None):
        yield "staff.certificate: certificate and private_key go together"
    if settings.kiosk.listen == settings.staff.listen:
        yield "staff.listen: is the address of the kiosk too"
    if not settings.compartment:
        yield "compartment: a cabinet has at least one compartment"
    if settings.camera.kind == "files" and settings.camera.folder is None:
        yield "camera.folder: is missing for kind files"


@dataclass(frozen=True, slots=True)
class Daemon:
    """All that was wired together, for `run` and for who watches it from above."""

    settings: Settings
    clock: Clock
    journal: Journal
    engine: Engine
    dispatcher: LockDispatcher
    context: AppContext
    admin: AdminCommands
    scan_hub: ScanHub


@contextlib.contextmanager
def opened(settings: Settings, clock: Clock, *, threads: bool = True) -> Iterator[Daemon]:
    """The locker with its folder locked and its journal open, nothing running yet.

    Raises SettingsError when it cannot start; closes everything at the end.
    """
    folder = settings.storage.data
    with FolderLock(folder, f"lockerd at site {settings.site.id}"):
        journal = Journal(folder, threads=threads)
        try:
            yield _wired(settings, clock, journal)
        finally:
            journal.close()


def _wired(settings: Settings, clock: Clock, journal: Journal) -> Daemon:
    built = [door.compartment() for door in settings.compartment]
    dispatcher = LockDispatcher(lambda seen: engine.observe(seen), lambda door: engine.next_pulse(door))  # noqa: PLW0108  made below
    engine, vault = open_engine(journal, clock, settings.pickup.policy(), built, dispatcher.order)
    directory = ResidentDirectory(journal, engine, settings.site.phone_country)
    tokens = MachineTokens(journal, engine)
    couriers, staff = CourierAccounts(journal, engine, vault), StaffAccounts(journal, engine)
    scan_hub = ScanHub()
    context = AppContext(
        engine=engine,
        commands=CommandService(engine, journal, directory, vault, settings.site.languages[0]),
        journal=journal,
        directory=directory,
        couriers=couriers,
        tokens=tokens,
        staff=staff,
        vault=vault,
        clock=clock,
        scan_hub=scan_hub,
        site=settings.site,
        kiosk=settings.kiosk,
        columns=settings.column,
        compartments=settings.compartment,
        version=VERSION,
        certificate=CertificateKeeper(
            settings.staff, settings.storage.data, settings.site.id, engine.now, clock.synced
        ),
    )
    return Daemon(
        settings, clock, journal, engine, dispatcher, context, AdminCommands(tokens, staff, couriers, engine), scan_hub
    )


async def run(settings: Settings, clock: Clock, *, ready: Callable[[Daemon], None] | None = None) -> None:
    """Be the daemon until cancelled. `ready` is called once all listeners answer; without it "ready" is printed.

    Raises SettingsError when it cannot start, JournalBroken when the disk fails.
    """
    try:
        with opened(settings, clock) as daemon:
            await _live(daemon, ready or _print_ready)
    except BaseExceptionGroup as several:
        known, _ = several.split((SettingsError, JournalBroken))
        raise (_first(known) if known is not None else several) from several


async def _live(daemon: Daemon, ready: Callable[[Daemon], None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(daemon.engine.run(), name="engine")
        group.create_task(daemon.journal.until_broken(), name="disk")
        daemon.engine.observe(Begun(VERSION))
        await _load(daemon)
        daemon.dispatcher.add([_bank(daemon, options) for options in daemon.settings.bank])
        group.create_task(_beside(daemon), name="beside")
        await daemon.dispatcher.looked(LOOK_SECONDS)
        await daemon.engine.heartbeat()
        async with listening(*app_listeners(daemon.context, daemon.settings.kiosk, daemon.settings.staff)):
            notify_systemd("READY=1")
            ready(daemon)
            group.create_task(daemon.journal.verify(), name="integrity")
            await asyncio.Event().wait()


def _print_ready(_: Daemon) -> None:
    print("ready", flush=True)  # noqa: T201  the sign that starters wait for


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Say the first of several faults that came at once, the others hang on it."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


async def _load(daemon: Daemon) -> None:
    await daemon.context.directory.load()
    await daemon.context.tokens.load()
    await daemon.context.couriers.load()
    await daemon.context.commands.load()


def _bank(daemon: Daemon, options: BankOptions) -> Any:
    doors = [door for door in daemon.settings.compartment if door.bank == options.name]
    return hardware.open_bank(options, doors, daemon.dispatcher.report)


async def _beside(daemon: Daemon) -> None:
    """Everything that runs beside the engine until the end."""
    context, settings, staff = daemon.context, daemon.settings, daemon.settings.notices.staff
    async with open_messengers(settings.notices) as messengers, asyncio.TaskGroup() as group:
        sender = NoticeSender(
            daemon.journal,
            daemon.engine,
            context.directory,
            context.vault,
            settings.site,
            settings.pickup.free_hours,
            messengers,
            random.SystemRandom().random,
            staff,
        )
        follower = NoticeFollower(daemon.journal, daemon.engine, context.directory, sender.wake, len(staff))
        group.create_task(daemon.dispatcher.run(), name="banks")
        group.create_task(context.directory.run(), name="directory")
        group.create_task(follower.run(), name="notices")
        group.create_task(
            SealAlarm(daemon.engine, daemon.journal, settings.site, staff, messengers).run(), name="seal alarm"
        )
        group.create_task(sender.run(), name="delivery")
        group.create_task(serve_control_socket(daemon.journal.folder, daemon.admin.execute), name="control")
        group.create_task(feed_watchdog(daemon.engine), name="watchdog")
        if context.certificate is not None:
            group.create_task(context.certificate.run(), name="certificate")
        camera = hardware.open_camera(settings.camera)
        if camera is not None:
            budget = settings.camera.budget_mb * 1024 * 1024
            group.create_task(camera.run(), name="camera")
            group.create_task(SnapshotRecorder(daemon.engine, daemon.journal, camera, budget).run(), name="evidence")
        for sensor in settings.sensor:
            doors = [door.id for door in settings.compartment if door.bank == sensor.bank and "cold" in door.features]
            cold = ColdZone(sensor.name, doors, sensor.low_c, sensor.high_c, hardware.open_sensor(sensor))
            group.create_task(
                TemperatureMonitor(daemon.engine, daemon.journal, context.temperatures, cold).run(), name="climate"
            )
        for options in settings.reader:
            reader = hardware.open_reader(options, camera)
            group.create_task(daemon.scan_hub.feed(reader), name=f"reader {options.kind}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 with one line a fault."""
    asked = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = load_settings(asked.config)
        return _COMMANDS[asked.command](settings, asked)
    except SettingsError as wrong:
        for line in wrong.faults:
            print(line, file=sys.stderr)  # noqa: T201  what the command line says
    except (CommandFailed, JournalBroken, OSError) as fault:
        print(fault, file=sys.stderr)  # noqa: T201  what the command line says
    return 1


def _run(settings: Settings, _: argparse.Namespace) -> int:
    folder = settings.storage.data
    if not settings.storage.volatile and (lies := forgetful(folder)) is not None:
        remedy = "put it on a disk; storage.volatile = true accepts that a power cut loses every parcel"
        raise SettingsError([f"storage.data: {folder} {lies}: {remedy}"])

    async def until_ended() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, lambda: task is not None and task.cancel())
        with contextlib.suppress(asyncio.CancelledError):
            await run(settings, SystemClock())

    asyncio.run(until_ended())
    return 0


def _check(settings: Settings, asked: argparse.Namespace) -> int:
    doors, banks = len(settings.compartment), len(settings.bank)
    print(f"{settings.site.id}: {doors} compartments on {banks} banks, no fault in the file")  # noqa: T201  the answer
    if not asked.hardware:
        return 0
    from hardware.commissioning.check_command import run_check  # noqa: PLC0415  it brings every driver; the daemon loads its own only

    return run_check(settings, everywhere=asked.scan, walk_doors=asked.walk)


def _audit(settings: Settings, _: argparse.Namespace) -> int:
    return run_audit(settings.storage.data)


def _backup(settings: Settings, asked: argparse.Namespace) -> int:
    return run_backup(settings.storage.data, asked.destination)


def _restore(settings: Settings, asked: argparse.Namespace) -> int:
    cabinet = settings.pickup.policy(), [door.compartment() for door in settings.compartment], SystemClock()
    return run_restore(
        asked.source, settings.storage.data, cabinet, force=asked.force, trusted=asked.nothing_happened_since
    )


def _admin(settings: Settings, asked: argparse.Namespace) -> int:
    """Do it through the daemon that holds the folder, else in its place."""
    act, arguments = admin_act(asked, sys.stdin)
    try:
        answer = asyncio.run(_alone(settings, act, arguments))
    except SettingsError:
        try:
            answer = asyncio.run(ask_daemon(settings.storage.data, act, arguments))
        except OSError:
            answer = ""
        if not answer:
            raise
    print(answer)  # noqa: T201  the answer
    return 0


async def _alone(settings: Settings, act: str, arguments: dict[str, Any]) -> str:
    with opened(settings, SystemClock()) as daemon:
        engine = asyncio.ensure_future(daemon.engine.run())
        try:
            await _load(daemon)
            return await daemon.admin.execute(act, arguments)
        except Refused as refused:
            raise CommandFailed(refusal(refused, daemon.engine.sealed)) from refused
        finally:
            engine.cancel()


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "token": _admin,
    "staff": _admin,
    "courier": _admin,
    "clock": _admin,
    "audit": _audit,
    "backup": _backup,
    "restore": _restore,
}

if __name__ == "__main__":
    sys.exit(main())
