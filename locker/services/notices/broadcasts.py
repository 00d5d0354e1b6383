"""What staff write to many at once: something has happened, or the service changes from a day on (NTF-07)."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339, row_hash
from locker.core.events.service_events import BroadcastSent
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.services.notices.notice_templates import LANGUAGES, NoticeTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST_BROADCAST = 500
LONGEST_REPORT = 2000
MOST_LISTED = 100


class BroadcastAudience(StrEnum):
    """Who is written to."""

    ALL = "all"
    WAITING = "waiting"
    REPORTS = "reports"

    @property
    def of_residents(self) -> bool:
        """True for those to whom staff write; reports go by themselves to who asked for them."""
        return self is not BroadcastAudience.REPORTS


class BroadcastTaken(LockerError):
    """Another text was sent under this id."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One text to many, in some languages; who reads another language gets the first. `id` is the sender's own."""

    id: str
    template: NoticeTemplate
    audience: BroadcastAudience
    texts: Mapping[str, str]
    effective_at: datetime | None = None

    @property
    def _longest(self) -> int:
        return LONGEST_BROADCAST if self.audience.of_residents else LONGEST_REPORT

    def check(self) -> None:
        """Look whether it can be sent. Raises ValueError `FIELD: …`."""
        if not self.template.from_table or self.audience.of_residents is not self.template.broadcast:
            raise ValueError("template: is none that staff write")
        if self.template is NoticeTemplate.SERVICE_CHANGE and self.effective_at is None:
            raise ValueError("effective_at: say from when the service changes")
        if not self.texts or not set(self.texts) <= set(LANGUAGES):
            raise ValueError(f"texts: write in one of {', '.join(LANGUAGES)} at least")
        for language, text in self.texts.items():
            if not text.strip() or len(text) > self._longest or not text.isprintable():
                raise ValueError(f"texts.{language}: write 1 to {self._longest} characters on one line")


@dataclass(frozen=True, slots=True)
class SentBroadcast:
    """A broadcast as it was sent: by whom, when, and how many of its notices are in which state."""

    broadcast: Broadcast
    author: str
    made_at: datetime
    states: Mapping[str, int]


class BroadcastDesk:
    """Takes what staff write; the follower of the journal makes a notice of it for each recipient."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def send(self, broadcast: Broadcast, by: str) -> None:
        """Send it, durable when it returns. The same again sends nothing.

        Raises ValueError, BroadcastTaken when another text bears this id, and Refused while sealed.
        """
        broadcast.check()
        said = _said(broadcast)
        standing = await self._journal.read(lambda db: _standing(db, broadcast.id))
        if standing is not None:
            if standing != said:
                raise BroadcastTaken
            return

        def work(db: Database, now: datetime) -> tuple[BroadcastSent, None]:
            if _standing(db, broadcast.id) is not None:
                raise BroadcastTaken
            db.execute("insert into broadcast values (?, ?, ?, ?, ?, ?, ?)", [*said, by, rfc3339(now)])
            event = BroadcastSent(
                broadcast=broadcast.id,
                template=broadcast.template.value,
                audience=broadcast.audience.value,
                sha256=row_hash(said),
            )
            return event, None

        await self._engine.record_with(work, by)

    async def known(self, broadcast: str) -> bool:
        """Whether something was sent under this id."""
        return await self._journal.read(lambda db: _standing(db, broadcast)) is not None

    async def sent(self) -> list[SentBroadcast]:
        """The last hundred, the newest first."""
        return await self._journal.read(_sent)


def _said(broadcast: Broadcast) -> tuple[str, str, str, str, str | None]:
    texts = json.dumps(dict(broadcast.texts), ensure_ascii=False, separators=(",", ":"))
    effective = rfc3339(broadcast.effective_at) if broadcast.effective_at else None
    return broadcast.id, broadcast.template.value, broadcast.audience.value, texts, effective


def _standing(db: Database, broadcast: str) -> tuple[str, str, str, str, str | None] | None:
    sql = "select id, template, audience, texts, effective_at from broadcast where id = ?"
    row: tuple[str, str, str, str, str | None] | None = db.execute(sql, [broadcast]).fetchone()
    return row


def _sent(db: Database) -> list[SentBroadcast]:
    rows = db.execute(
        "select b.id, b.template, b.audience, b.texts, b.effective_at, b.author, b.made_at, e.seq from event e"
        " join broadcast b on b.id = json_extract(e.data, '$.broadcast')"
        " where e.kind = 'BroadcastSent' order by e.seq desc limit ?",
        [MOST_LISTED],
    ).fetchall()
    return [_read(db, *row) for row in rows]


def _read(
    db: Database, id_: str, template: str, audience: str, texts: str, effective: str | None, by: str, at: str, seq: int
) -> SentBroadcast:
    broadcast = Broadcast(
        id_,
        NoticeTemplate(template),
        BroadcastAudience(audience),
        json.loads(texts),
        moment(effective) if effective else None,
    )
    states = Counter[str]()
    for state, receipt, count in db.execute(
        "select state, receipt, count(*) from outbox where event = ? group by state, receipt", [seq]
    ).fetchall():
        states["delivered" if receipt == "delivered" else state] += count
    return SentBroadcast(broadcast, by, moment(at), dict(states))
