"""The parts of the daemon, wired together, and their running until the end."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hardware
from api.app_context import AppContext
from api.certificate_alarm import CertificateAlarm
from links.messengers import open_messengers
from locker.errors import SettingsError
from locker.journal.folder import FolderLock
from locker.journal.signs_of_life import begun
from locker.journal.store import Journal, JournalBroken
from locker.lock_dispatcher import LockDispatcher
from locker.scan_hub import ScanHub
from locker.services.admin import AdminCommands, serve_control_socket
from locker.services.backup import BackupKeeper, MadeBackup
from locker.services.cases import Casework
from locker.services.command_service import CommandService
from locker.services.contact_service import ContactService
from locker.services.custody_service import CustodyService
from locker.services.duty import Automations, DutyRoster, TaskBoard, TrainingRegister
from locker.services.entries import Entries
from locker.services.evidence import (
    CameraEvidence,
    ChainProof,
    ColdZone,
    PictureRetention,
    TemperatureMonitor,
)
from locker.services.fees import FeeDesk
from locker.services.incidents import IncidentDesk
from locker.services.mass_openings import MassOpenings
from locker.services.notices import ReceiptDesk, RedeliveryDesk, check_texts
from locker.services.outbound import OutboundDesk
from locker.services.parcel_service import ParcelService
from locker.services.people import (
    Applications,
    CourierAccounts,
    DepositWishes,
    MachineTokens,
    ResidentDirectory,
    ResidentLinks,
    StaffAccounts,
    WishRegister,
)
from locker.services.policies import RuleBook, RuleKind
from locker.services.resident_imports import ResidentImports
from locker.services.rights import RightDesk
from locker.services.rounds import Rounds
from locker.startup import open_engine
from locker.watchdog import feed_watchdog, notify_systemd
from lockerd.fleet_wiring import tell_the_fleet
from lockerd.notice_wiring import notice_examples, tell_people
from lockerd.watching import certificate_keeper, health_monitor, reports_of, tell_tasks
from lockerd.webhook_wiring import event_hooks, run_webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from hardware.camera.vision_client import VisionClient
    from hardware.options import BankOptions
    from hardware.printers.escpos import EscPosPrinter
    from links.heartbeat import Heartbeat
    from links.options import HeartbeatOptions
    from locker.engine import Engine
    from locker.ports import Clock
    from locker.services.notices import Messengers
    from locker.vault import Vault
    from lockerd.settings import Settings

VERSION = "0.1.0"
LOOK_SECONDS = 10


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
    backups: BackupKeeper
    camera: VisionClient | None
    printer: EscPosPrinter | None


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


def _cabinet(settings: Settings, clock: Clock, journal: Journal) -> tuple[Engine, Vault, LockDispatcher]:
    """The engine of the cabinet as the site file builds it, with what gives its orders to the wires."""
    built = [door.compartment() for door in settings.compartment]
    dispatcher = LockDispatcher(lambda seen: engine.observe(seen), lambda order: order.awaited(engine.site))  # noqa: PLW0108  made below
    places = [place.place() for place in settings.place]
    engine, vault = open_engine(journal, clock, settings.policy(), built, dispatcher.order, places)
    return engine, vault, dispatcher


def _wired(settings: Settings, clock: Clock, journal: Journal) -> Daemon:
    (engine, vault, dispatcher), site = _cabinet(settings, clock, journal), settings.site
    directory = ResidentDirectory(journal, engine, site.phone_country)
    tokens, wishes = MachineTokens(journal, engine), WishRegister(journal, engine)
    couriers, staff = CourierAccounts(journal, engine, vault), StaffAccounts(journal, engine, vault)
    scan_hub, rules = ScanHub(), RuleBook(journal, engine, {RuleKind.NOTICE_TEXTS: check_texts})
    asked, links = DepositWishes(wishes, site.timezone), ResidentLinks(journal, engine, directory, vault)
    commands = CommandService(engine, journal, directory, vault, asked, rules, site.languages[0])
    camera, printer = hardware.open_camera(settings.camera), hardware.open_printer(settings.printer)
    health, cases = health_monitor(journal, engine, dispatcher, clock), Casework.of(engine, journal, rules, site)
    reports, incident_desk = reports_of(settings, journal, engine, rules), IncidentDesk.of(engine, journal, site)
    context = AppContext(
        engine=engine,
        camera=camera,
        printer=printer,
        commands=commands,
        parcels=ParcelService(engine, journal, directory, vault, commands),
        custody=CustodyService(engine, journal, directory, vault),
        journal=journal,
        directory=directory,
        wishes=wishes,
        rules=rules,
        incidents=incident_desk.incidents,
        incident_desk=incident_desk,
        cases=cases,
        fees=FeeDesk(engine, journal, rules, site.timezone, settings.fees.pay_url),
        receipts=ReceiptDesk(engine, journal, vault),
        broadcasts=incident_desk.broadcasts,
        examples=notice_examples(settings, engine, vault, rules),
        redeliveries=RedeliveryDesk(engine, settings.site.timezone),
        reports=reports,
        resident_links=links,
        contacts=ContactService(engine, journal, directory, vault, commands, links),
        proof=ChainProof(engine, journal, vault, settings.site.id),
        couriers=couriers,
        tokens=tokens,
        staff=staff,
        vault=vault,
        clock=clock,
        scan_hub=scan_hub,
        mass_openings=MassOpenings(engine, commands),
        health=health,
        tasks=TaskBoard(engine, journal, health, cases, rules, site.timezone),
        roster=DutyRoster(engine, journal),
        trainings=TrainingRegister(engine, journal),
        applications=Applications(engine, journal),
        automations=Automations(engine, journal, rules, reports.turned_away),
        imports=ResidentImports(engine, journal, directory, wishes, commands),
        rounds=Rounds(engine, journal, commands),
        hooks=event_hooks(settings.webhook, journal, engine, site.id),
        entries=Entries(engine, journal),
        rights=RightDesk(engine, journal, site.id, couriers.may_deliver, directory.meant),
        outbound=OutboundDesk.of(engine, journal, couriers, rules, site.timezone),
        certificate=certificate_keeper(settings, engine, clock),
        **_as_bolted(settings),
    )
    tell_tasks(context)
    health.add([backups := _backups(settings, journal, engine)])
    admin = AdminCommands(tokens, staff, couriers, engine, backups, rules)
    return Daemon(settings, clock, journal, engine, dispatcher, context, admin, scan_hub, backups, camera, printer)


def _as_bolted(settings: Settings) -> dict[str, Any]:
    """What screens show as the site file says it."""
    return {
        "payment_secret": settings.fees.callback_secret,
        "resident": settings.resident,
        "site": settings.site,
        "kiosk": settings.kiosk,
        "columns": settings.column,
        "compartments": settings.compartment,
        "version": VERSION,
    }


def _backups(settings: Settings, journal: Journal, engine: Engine) -> BackupKeeper:
    asked, site = settings.backup, settings.site

    async def make(name: str) -> MadeBackup:
        from links.backup_process import make_backup  # noqa: PLC0415  no start waits for it

        return await make_backup(asked, settings.storage.data, site.id, name)

    return BackupKeeper(engine, journal, site.id, asked.at, site.timezone, make if asked.place else None)


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
        listeners = group.create_task(asyncio.to_thread(import_listeners), name="listeners")
        daemon.engine.observe(begun(daemon.context.journal, daemon.engine.site, VERSION))
        await load_accounts(daemon)
        daemon.dispatcher.add([_bank(daemon, options) for options in daemon.settings.bank])
        group.create_task(_beside(daemon), name="beside")
        await daemon.dispatcher.looked(LOOK_SECONDS)
        await daemon.engine.heartbeat()
        app_listeners, listening, import_screens = await listeners
        settings = daemon.settings
        async with listening(*app_listeners(daemon.context, settings.kiosk, settings.staff, settings.resident)):
            notify_systemd("READY=1")
            ready(daemon)
            group.create_task(asyncio.to_thread(import_screens), name="screens")
            group.create_task(daemon.journal.verify(), name="integrity")
            await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def serving_doors(daemon: Daemon) -> AsyncIterator[None]:
    """Engine and banks at work and nothing else, for whoever walks from door to door before the daemon runs."""
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(daemon.engine.run(), name="engine")]
        work.append(group.create_task(daemon.journal.until_broken(), name="disk"))
        daemon.engine.observe(begun(daemon.context.journal, daemon.engine.site, VERSION))
        daemon.dispatcher.add([_bank(daemon, options) for options in daemon.settings.bank])
        work.append(group.create_task(daemon.dispatcher.run(), name="banks"))
        await daemon.dispatcher.looked(LOOK_SECONDS)
        await daemon.engine.heartbeat()
        try:
            yield
        finally:
            for task in reversed(work):
                task.cancel()


def import_listeners() -> tuple[Any, Any, Any]:
    """Bring in what answers HTTP, in a thread while disk and banks are waited for."""
    from api.app import import_screens  # noqa: PLC0415  see above
    from api.app_listeners import app_listeners  # noqa: PLC0415  see above
    from api.listeners import listening  # noqa: PLC0415  see above

    return app_listeners, listening, import_screens


def _print_ready(_: Daemon) -> None:
    print("ready", flush=True)  # noqa: T201  the sign that starters wait for


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Say the first of several faults that came at once, the others hang on it."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


async def load_accounts(daemon: Daemon) -> None:
    """Read who may ask for what, once, before anybody asks."""
    await daemon.context.directory.load()
    await daemon.context.wishes.load()
    await daemon.context.rules.load()
    await daemon.context.cases.load()
    await daemon.context.incidents.load()
    await daemon.context.tokens.load()
    await daemon.context.couriers.load()
    await daemon.context.rights.keys.load()
    await daemon.context.staff.load()
    await daemon.context.commands.load()
    await daemon.context.outbound.stock.load()


def _bank(daemon: Daemon, options: BankOptions) -> Any:
    doors = [door for door in daemon.settings.compartment if door.bank == options.name]
    return hardware.open_bank(options, doors, daemon.dispatcher.report)


def _heartbeat(daemon: Daemon, options: HeartbeatOptions) -> Heartbeat:
    from links.heartbeat import Heartbeat  # noqa: PLC0415  no start waits for it

    site, context = daemon.settings.site.id, daemon.context
    told = lambda: {"site": site, "version": VERSION, "status": context.status()}  # noqa: E731  one line says it
    return Heartbeat(options, daemon.engine.heartbeat, told)


def _nobody_counts() -> None:
    """Without a camera there are no bytes of pictures to be counted."""


@contextlib.asynccontextmanager
async def _far_ends(daemon: Daemon) -> AsyncIterator[Messengers]:
    """Open the ways to who is outside: what takes notices, and who stamps checkpoints where one is named."""
    settings = daemon.settings
    async with contextlib.AsyncExitStack() as opened:
        if settings.timestamps is not None:
            from links.timestamp_authority import open_authority  # noqa: PLC0415  only for who has one

            daemon.context.proof.authority = await opened.enter_async_context(open_authority(settings.timestamps))
        yield await opened.enter_async_context(open_messengers(settings.notices, daemon.engine.now))


async def _beside(daemon: Daemon) -> None:
    """Everything that runs beside the engine until the end."""
    context, settings = daemon.context, daemon.settings
    async with _far_ends(daemon) as messengers, asyncio.TaskGroup() as group:
        tell_people(daemon, messengers, group)
        group.create_task(daemon.dispatcher.run(), name="banks")
        group.create_task(context.directory.run(), name="directory")
        group.create_task(context.tokens.run(), name="token uses")
        group.create_task(context.reports.follower.run(), name="facts")
        group.create_task(context.reports.peak_watch.run(), name="peaks")
        group.create_task(context.automations.run(), name="automation")
        group.create_task(context.mass_openings.run(), name="mass openings")
        group.create_task(context.imports.run(), name="imports")
        group.create_task(context.cases.watch.run(), name="cases")
        group.create_task(context.tasks.run(), name="tasks")
        group.create_task(context.outbound.dispatch.run(), name="dispatch")
        group.create_task(context.proof.run(), name="checkpoints")
        group.create_task(serve_control_socket(daemon.journal.folder, daemon.admin.execute), name="control")
        group.create_task(feed_watchdog(daemon.engine), name="watchdog")
        if context.certificate is not None:
            group.create_task(
                context.certificate.run(CertificateAlarm(daemon.engine, daemon.journal).tell), name="certificate"
            )
            context.health.add([context.certificate])
        camera = daemon.camera
        recount: Callable[[], None] = _nobody_counts
        if camera is not None:
            room = {"budget_mb": settings.camera.budget_mb, "clip_budget_mb": settings.camera.clip_budget_mb}
            evidence = CameraEvidence(daemon.engine, daemon.journal, camera, **room)
            recount = evidence.recount
            group.create_task(camera.run(), name="camera")
            group.create_task(evidence.run(), name="evidence")
        others = (context.rounds.photos.let_go, context.entries.let_go, context.rights.let_go)
        pictures = PictureRetention(daemon.journal, daemon.engine, context.clock, context.rules, recount, others)
        group.create_task(pictures.run(), name="retention of pictures")
        gauges = hardware.open_gauges(settings.ups, settings.storage.data, camera, daemon.printer)
        context.health.add([context.screen, *gauges])
        group.create_task(context.health.run(), name="health")
        group.create_task(daemon.backups.run(), name="backups")
        if settings.heartbeat is not None:
            group.create_task(_heartbeat(daemon, settings.heartbeat).run(), name="heartbeat")
        for number, webhook in enumerate(settings.webhook):
            group.create_task(run_webhook(daemon, webhook, number), name="webhook")
        if settings.mqtt is not None:
            group.create_task(tell_the_fleet(daemon, settings.mqtt), name="fleet")
        for sensor in settings.sensor:
            doors = [door.id for door in settings.compartment if door.bank == sensor.bank and "cold" in door.features]
            cold = ColdZone(sensor.name, doors, sensor.low_c, sensor.high_c, hardware.open_sensor(sensor))
            group.create_task(
                TemperatureMonitor(daemon.engine, daemon.journal, context.temperatures, cold).run(), name="climate"
            )
        for options in settings.reader:
            reader = hardware.open_reader(options, camera)
            group.create_task(daemon.scan_hub.feed(reader), name=f"reader {options.kind}")
