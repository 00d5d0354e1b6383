"""What watches the locker for its people, wired: how the machine is, and what needs somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.certificate_keeper import CertificateKeeper
from locker.services.duty import Cause, CauseTask
from locker.services.health import ClockGauge, DoorFollower, HealthMonitor, NoticeGauge, PowerWatch
from locker.services.mass_openings import OpeningState
from locker.services.policies import SalesEvents
from locker.services.reports import ReportDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.app_context import AppContext
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.lock_dispatcher import LockDispatcher
    from locker.ports import Clock
    from locker.services.policies import RuleBook
    from lockerd.settings import Settings


def health_monitor(journal: Journal, engine: Engine, dispatcher: LockDispatcher, clock: Clock) -> HealthMonitor:
    """The monitor with the gauges that need nothing but the daemon itself."""
    doors = DoorFollower(journal, engine, lambda: [bank.meter for bank in dispatcher.banks])
    monitor = HealthMonitor(engine, journal, doors, lambda: dispatcher.banks, PowerWatch(engine))
    monitor.add([ClockGauge(engine, clock), NoticeGauge(engine, journal)])
    return monitor


def certificate_keeper(settings: Settings, engine: Engine, clock: Clock) -> CertificateKeeper:
    """What keeps the panel's certificate valid."""
    return CertificateKeeper(settings.staff, settings.storage.data, settings.site.id, engine.now, clock.synced)


def reports_of(settings: Settings, journal: Journal, engine: Engine, rules: RuleBook) -> ReportDesk:
    """Reports of this cabinet; what is ahead reckons with the sales events that the rules name."""
    built = [door.compartment() for door in settings.compartment]
    times = lambda day: rules.body(SalesEvents).times(day)  # noqa: E731  one line says it
    return ReportDesk.of(journal, engine, settings.site.timezone, built, times)


def tell_tasks(context: AppContext) -> None:
    """Let the board know of tasks that other rooms know of: approvals, the panel's certificate, what goes out."""
    context.tasks.add(lambda: _approvals(context))
    context.tasks.add(lambda: _certificate(context))
    context.tasks.add(lambda: _peak(context))
    context.tasks.add(lambda: _outbound(context))
    context.tasks.add(context.automations.tasks)


def _approvals(context: AppContext) -> Iterator[CauseTask]:
    for each in context.mass_openings.listed():
        if each.state is OpeningState.WAITING:
            yield CauseTask(
                f"approval:{each.id}", Cause.APPROVAL, each.asked_at, about=each.id, n=len(each.compartments)
            )


def _peak(context: AppContext) -> Iterator[CauseTask]:
    warning = context.reports.peak_watch.warning
    if warning is not None:
        day = warning.day.isoformat()
        yield CauseTask("peak", Cause.PEAK, about=warning.size, why=day, n=warning.needed, unit=str(warning.doors))


def _certificate(context: AppContext) -> Iterator[CauseTask]:
    keeper = context.certificate
    if keeper is not None and keeper.current is not None and (keeper.fault or keeper.ends_soon):
        why, due = ("fault" if keeper.fault else "ends"), keeper.current.ends
        yield CauseTask("certificate", Cause.CERTIFICATE, why=why, about=keeper.fault, due=due)


def _outbound(context: AppContext) -> Iterator[CauseTask]:
    for parcel in sorted(context.outbound.dispatch.unwanted):
        yield CauseTask(f"dispatch:{parcel}", Cause.DISPATCH, parcel=parcel)
    for each in context.outbound.stock.listed:
        if each.short:
            yield CauseTask(f"stock:{each.name}", Cause.STOCK, about=each.name, n=each.stock, why=each.unit)
