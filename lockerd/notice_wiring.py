"""What tells people of what happens: followers, sender, ladder and alarms, wired as the site file says."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from locker.services.cases import CarrierReports
from locker.services.evidence import picture_finder
from locker.services.notices import (
    STAFF_GROUP,
    ContactMessages,
    Ladder,
    LadderClimber,
    NoticeExamples,
    NoticeFollower,
    NoticeRetention,
    NoticeSender,
    NoticeWriter,
    PeakNotices,
    SealAlarm,
    read_catalogue,
)
from locker.services.reports import ReportMail

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from locker.engine import Engine
    from locker.services.notices import Catalogue, Messengers
    from locker.services.policies import RuleBook
    from locker.services.reports import Report, Span
    from locker.vault import Vault
    from lockerd.daemon import Daemon
    from lockerd.settings import Settings


def tell_people(daemon: Daemon, messengers: Messengers, group: asyncio.TaskGroup) -> None:
    """Start what tells people of what happens."""
    context, settings, options = daemon.context, daemon.settings, daemon.settings.notices
    staff = [*options.staff, *([STAFF_GROUP] if options.wecom_robot else [])]
    catalogue = read_catalogue(options.texts)
    writer = _writer(settings, daemon.engine, context.vault, context.rules, catalogue)
    sender = NoticeSender(
        daemon.journal,
        daemon.engine,
        context.directory,
        settings.site,
        writer,
        messengers,
        random.SystemRandom().random,
        [*staff, *options.reports],
        context.wishes,
        _link_of(daemon),
        picture_finder(daemon.journal.folder) if options.pictures else None,
    )
    if options.reports:
        group.create_task(_report_mail(daemon).run(), name="reports by mail")
    if options.carrier:
        companies = [each.company for each in options.carrier]
        reports = CarrierReports(daemon.engine, daemon.journal, companies, settings.site.timezone)
        group.create_task(reports.run(), name="reports to carriers")
    context.receipts.wake = sender.wake
    context.contacts.messages = ContactMessages(messengers, writer, settings.site)
    follower = NoticeFollower(
        daemon.journal, daemon.engine, context.directory, sender.wake, options.audience(len(staff))
    )
    ladder = LadderClimber(
        daemon.engine,
        daemon.journal,
        Ladder(options.reminder_hours, options.last_warning_hours),
        daemon.clock.synced,
        context.rules,
    )
    alarm = SealAlarm(daemon.engine, daemon.journal, settings.site, staff, messengers, catalogue)
    group.create_task(follower.run(), name="notices")
    group.create_task(ladder.run(), name="ladder")
    peaks = PeakNotices(daemon.engine, context.rules, context.broadcasts, settings.site.timezone)
    group.create_task(peaks.run(), name="peak notices")
    retention = NoticeRetention(daemon.engine, daemon.journal, context.rules, daemon.clock.synced)
    group.create_task(retention.run(), name="retention of notices")
    group.create_task(alarm.run(), name="seal alarm")
    group.create_task(sender.run(), name="delivery")


def notice_examples(settings: Settings, engine: Engine, vault: Vault, rules: RuleBook) -> NoticeExamples:
    """What shows staff a notice before anybody gets it; reads its words when the first asks."""

    def writer() -> NoticeWriter:
        return _writer(settings, engine, vault, rules, read_catalogue(settings.notices.texts))

    links = settings.resident is not None
    return NoticeExamples(writer, engine, settings.site, settings.pickup.free_hours, links=links)


def _writer(settings: Settings, engine: Engine, vault: Vault, rules: RuleBook, catalogue: Catalogue) -> NoticeWriter:
    free_hours, receipts = settings.pickup.free_hours, settings.notices.receipts
    return NoticeWriter(engine, vault, settings.site, free_hours, catalogue, rules, receipts=receipts)


def _report_mail(daemon: Daemon) -> ReportMail:
    """What sends reports when their time is over."""
    context, settings = daemon.context, daemon.settings

    def words(reports: Sequence[Report], span: Span) -> Mapping[str, str]:
        from api.staff.reports.report_words import mail_texts  # noqa: PLC0415  no start waits for it

        return mail_texts(reports, span, settings.site, daemon.engine.now())

    every, zone = settings.notices.report_every, settings.site.timezone
    return ReportMail(context.reports, daemon.engine, context.broadcasts, zone, every, words)


def _link_of(daemon: Daemon) -> Callable[[Any, str, datetime], str] | None:
    """How a notice gets the address of a resident's own page; None where the site has no such page."""
    options, links = daemon.settings.resident, daemon.context.resident_links
    if options is None:
        return None

    def link(db: Any, resident: str, now: datetime) -> str:
        token = links.offer(db, resident, now)
        return f"{options.url}/p/{token}" if token else ""

    return link
