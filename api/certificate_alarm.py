"""Staff hear of the panel's certificate: a new fingerprint to compare, an end that comes near, a renewal that failed.

Each thing is told once, as an event, which calls the phones of `[notices] staff`. What was told is kept beside it in
the same transaction, so that a restart tells nothing again and a renewal during a start is told too.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from locker.core.events.service_events import CertificateEnding, CertificateFault, CertificateRenewed
from locker.core.reasons import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from api.certificate import Certificate
    from locker.core.events.service_events import ServiceEvent
    from locker.engine import Engine
    from locker.journal.store import Journal

DAYS_BEFORE = (30, 7, 1, 0)
_TOLD = "certificate-told"


class CertificateAlarm:
    """Compares what is with what was told, and records what is new. While sealed nothing is told, and later all."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def tell(self, current: Certificate, fault: str, *, ends_soon: bool) -> None:
        """Record what of this was not told before. `fault`: why it could not be renewed or read, else empty."""
        text = await self._journal.read(_read)
        told: dict[str, Any] = json.loads(text) if text else {}
        events, now_told = news(told, current, fault, self._engine.now() if ends_soon else None)
        with suppress(Refused):
            for event in events[:-1]:
                await self._engine.record(event, "lockerd")
            if events:  # with the last of them, so that a cut repeats a call and never loses one
                await self._engine.record_with(partial(_told, event=events[-1], told=now_told), "lockerd")
        if not events and now_told != told:
            await self._journal.write_when_possible(lambda db: _write(db, now_told))


def news(
    told: dict[str, Any], current: Certificate, fault: str, ending_at: datetime | None
) -> tuple[list[ServiceEvent], dict[str, Any]]:
    """What is to be told, and what will have been told then. `ending_at`: now, when it ends soon. Pure."""
    ends, events = f"{current.ends:%Y-%m-%d}", list[Any]()
    same = told.get("fingerprint") == current.fingerprint
    if not same:
        first = "fingerprint" not in told
        events.append(CertificateRenewed(fingerprint=current.fingerprint, ends=ends, first=first))
    stage = None
    if ending_at is not None:
        left = (current.ends - ending_at).days
        stage = min((days for days in DAYS_BEFORE if left < days or days == DAYS_BEFORE[0]), default=None)
        if stage != (told.get("stage") if same else None):
            events.append(CertificateEnding(ends=ends))
    if fault and fault != told.get("fault"):
        events.append(CertificateFault(fault=fault, ends=ends))
    return events, {"fingerprint": current.fingerprint, "stage": stage, "fault": fault}


def _read(db: Database) -> str | None:
    row = db.execute("select value from meta where key = ?", [_TOLD]).fetchone()
    return row[0] if row else None


def _told(db: Database, _: datetime, *, event: ServiceEvent, told: dict[str, Any]) -> tuple[ServiceEvent, None]:
    _write(db, told)
    return event, None


def _write(db: Database, told: dict[str, Any]) -> None:
    db.execute("insert or replace into meta (key, value) values (?, ?)", [_TOLD, json.dumps(told)])
