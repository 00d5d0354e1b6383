"""Lists of residents that are taken over: row by row at rest, going on after a restart, and taken back for a day.

What a row changes is kept before it is changed. Rows and what stood there before go when nothing can be taken back any
more; when somebody is forgotten, theirs go with them.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.command_service import ResidentDetails, ResidentTaken
from locker.services.people import Wishes, erase_resident

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.command_service import CommandService
    from locker.services.people import ImportPlan, Person, ResidentDirectory, WishRegister

UNDO_WITHIN = timedelta(hours=24)
BATCH = 25
_PATIENCE_SECONDS = 5.0
_KEPT_LINES = 50
_END = 2**62  # behind every row: a list says where it begins


@dataclass(frozen=True, slots=True)
class Import:
    """One list: who took it over and when; how many of its rows are done, of how many, and what became of them."""

    id: str
    at: datetime
    by: str
    state: str
    total: int
    done: int
    added: int
    kept: int

    @property
    def ended(self) -> bool:
        """True when it is neither being taken over nor taken back."""
        return self.state in {"done", "undone"}


class ResidentImports:
    """All lists that were taken over. Lives on the loop; `run` works them off."""

    def __init__(
        self, engine: Engine, journal: Journal, directory: ResidentDirectory, wishes: WishRegister,
        commands: CommandService,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._wishes = wishes
        self._commands = commands
        self._wake = asyncio.Event()

    async def listed(self) -> list[Import]:
        """The newest lists, the last first."""
        return await self._journal.read(_listed)

    def may_undo(self, one: Import, newest: bool) -> bool:
        """True for the last list, for a day."""
        return newest and one.state == "done" and self._engine.now() < one.at + UNDO_WITHIN

    async def start(self, plan: ImportPlan, by: str) -> str:
        """Begin to take over what the plan changes; its id. Raises Refused: not-now while one is at work, sealed."""
        name = self._engine.new_id("i")
        rows = [(name, number, json.dumps(asdict(row))) for number, row in enumerate(plan.work)]

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            if db.execute("select 1 from resident_import where state in ('running', 'undoing')").fetchone():
                raise Refused(RefusalReason.NOT_NOW)
            db.execute("delete from resident_import_row")
            db.execute(
                "insert into resident_import (id, at, by, state, total, done, added, kept)"
                " values (?, ?, ?, 'running', ?, 0, 0, 0)",
                [name, rfc3339(now), by, len(rows)],
            )
            for row in rows:
                db.execute("insert into resident_import_row (import, number, row) values (?, ?, ?)", row)
            return Noted(what="residents-imported", about=name), None

        await self._engine.record_with(work, by)
        self._wake.set()
        return name

    async def undo(self, name: str, by: str) -> None:
        """Begin to take a list back. Raises Refused: unknown, not-now when it is too late, sealed."""
        lists = await self.listed()
        found = next((each for each in lists if each.id == name), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        if not self.may_undo(found, lists[0].id == name):
            raise Refused(RefusalReason.NOT_NOW)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            db.execute("update resident_import set state = 'undoing', done = 0 where id = ?", [name])
            return Noted(what="import-taken-back", about=name), None

        await self._engine.record_with(work, by)
        self._wake.set()

    async def run(self) -> None:
        """Work off what was begun, for as long as the daemon lives; sealed, or on a full disk, wait and go on."""
        while True:
            try:
                if await self.step():
                    continue
                await self._forget_old()
            except (Refused, CannotWrite):
                await asyncio.sleep(_PATIENCE_SECONDS)
                continue
            self._wake.clear()
            try:
                async with asyncio.timeout(3600):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def step(self) -> bool:
        """Take over, or take back, the next few rows; False when there is nothing to do."""
        one = next((each for each in await self.listed() if not each.ended), None)
        if one is None:
            return False
        rows = await self._journal.read(lambda db: _next_rows(db, one))
        if not rows:
            await self._write(
                lambda db: db.execute(
                    "update resident_import set state = ? where id = ?",
                    ["done" if one.state == "running" else "undone", one.id],
                )
            )
            return True
        if one.state == "running":
            await self._take_over(one, rows)
        else:
            await self._take_back(one, rows)
        return True

    async def _take_over(self, one: Import, rows: list[_Row]) -> None:
        before = {row.number: self._before(row) for row in rows if row.state == "waiting"}
        await self._write(lambda db: _keep_before(db, one.id, before))
        settled = []
        for row in rows:
            answer = await self._saved(row.body, one.by)
            settled.append((row.number, answer, "done" if answer else "kept"))
        await self._write(lambda db: _settle(db, one.id, settled, added=sum(not row.body["known"] for row in rows)))

    def _before(self, row: _Row) -> str | None:
        known = self._directory.find_exact(row.body["unit"], row.body["name"])
        return json.dumps(asdict(known)) if known is not None else None

    async def _saved(self, body: dict[str, Any], by: str) -> str:
        """The id of the record as it was saved; empty when it could not be, because it was changed meanwhile."""
        details = ResidentDetails(
            unit=body["unit"],
            name=body["name"],
            phone=body["phone"] or "",
            consent=body["consent"],
            language=body["language"],
            email=body["email"] or "",
            reach=body["low_door"],
        )
        try:
            return (await self._commands.save_resident(details, by)).id
        except ResidentTaken:
            return ""

    async def _take_back(self, one: Import, rows: list[_Row]) -> None:
        settled = []
        for row in rows:
            person = self._directory.get(row.resident)
            untouched = person is not None and _is_as_imported(person, row.body)
            if row.before is None:  # what somebody wished since would go with them
                untouched = untouched and self._wishes.of(row.resident) == Wishes()
            back = untouched and await self._put_back(row, one.by)
            settled.append((row.number, row.resident, "undone" if back else "kept"))
        await self._write(lambda db: _settle(db, one.id, settled, added=0))

    async def _put_back(self, row: _Row, by: str) -> bool:
        """True when the record is as before.

        False for somebody new for whom a parcel waits already, and where unit and name are somebody else's by now.
        """
        if row.before is not None:
            old = row.before
            details = ResidentDetails(
                unit=old["unit"],
                name=old["name"],
                phone=old["phone"],
                consent=old["consent"],
                language=old["language"],
                email=old["email"],
                reach=old["reach"],
                resident=row.resident,
            )
            try:
                await self._commands.save_resident(details, by)
            except ResidentTaken:
                return False
            return True
        try:
            await erase_resident(self._engine, self._directory, self._wishes, row.resident, by)
        except Refused as refused:
            if refused.reason is RefusalReason.SEALED:
                raise
            return False
        return True

    async def _forget_old(self) -> None:
        """What can be taken back no more need not be known any more."""
        lists = await self.listed()
        if lists and (lists[0].state == "undone" or self._engine.now() >= lists[0].at + UNDO_WITHIN):
            await self._write(lambda db: db.execute("delete from resident_import_row"))

    async def _write(self, work: Any) -> None:
        if self._engine.sealed is not None:
            raise Refused(RefusalReason.SEALED)
        await self._journal.write(work)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    body: dict[str, Any]
    state: str
    resident: str
    before: dict[str, Any] | None


def _listed(db: Database) -> list[Import]:
    sql = """select id, at, by, state, total, done, added, kept from resident_import
             where rowid < ? order by rowid desc limit ?"""
    return [Import(row[0], moment(row[1]), *row[2:]) for row in db.execute(sql, [_END, _KEPT_LINES]).fetchall()]


def _next_rows(db: Database, one: Import) -> list[_Row]:
    """The next rows of a list; taken back from the end."""
    wanted, order = ("('waiting', 'doing')", "asc") if one.state == "running" else ("('done')", "desc")
    sql = f"""select number, row, state, resident, before from resident_import_row
              where import = ? and state in {wanted} order by number {order} limit ?"""  # noqa: S608  own words
    rows = db.execute(sql, [one.id, BATCH]).fetchall()
    return [_Row(row[0], json.loads(row[1]), row[2], row[3], json.loads(row[4]) if row[4] else None) for row in rows]


def _keep_before(db: Database, name: str, before: dict[int, str | None]) -> None:
    for number, kept in before.items():
        sql = "update resident_import_row set state = 'doing', before = ? where import = ? and number = ?"
        db.execute(sql, [kept, name, number])


def _settle(db: Database, name: str, settled: list[tuple[int, str, str]], *, added: int) -> None:
    for number, resident, state in settled:
        sql = "update resident_import_row set state = ?, resident = ? where import = ? and number = ?"
        db.execute(sql, [state, resident, name, number])
    kept = sum(state == "kept" for _, _, state in settled)
    db.execute(
        "update resident_import set done = done + ?, added = added + ?, kept = kept + ? where id = ?",
        [len(settled), added, kept, name],
    )


def _is_as_imported(person: Person, body: dict[str, Any]) -> bool:
    """True while nobody has changed what the import wrote."""
    now = (person.unit, person.name, person.phone, person.email, person.consent, person.reach)
    then = (body["unit"], body["name"], body["phone"] or "", body["email"] or "", body["consent"], body["low_door"])
    return now == then and body["language"] in {None, person.language}
