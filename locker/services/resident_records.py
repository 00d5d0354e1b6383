"""The records of residents: each is written by one hand after another, and who was let in is written whole or not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.core.events.service_events import Noted
from locker.core.messages.commands import ResidentAnswer, SaveResident
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_requests import ResidentTaken
from locker.services.people import take_application
from locker.text_folding import visible_name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.service_events import RuleAccepted, Told
    from locker.engine import Engine
    from locker.services.command_requests import ResidentDetails
    from locker.services.people import Application, ResidentDirectory


class ResidentRecords:
    """Records of residents. Lives on the loop; no two are written at once, so nobody is written down twice."""

    def __init__(self, engine: Engine, directory: ResidentDirectory, language: str) -> None:
        """`language`: of a resident for whom nobody said one."""
        self._engine = engine
        self._directory = directory
        self._language = language
        self._writing = asyncio.Lock()

    async def save(self, details: ResidentDetails, by: str) -> ResidentAnswer:
        """Create the resident of this unit and name, or change that one.

        Raises ResidentTaken when somebody else of this name has a record in this unit; Refused.
        """
        async with self._writing:
            return await self._save(details, by)

    async def let_in(self, said: Application, accepted: RuleAccepted | None, by: str) -> ResidentAnswer:
        """Make a resident of somebody who asked: record, accepted terms and the end of the asking in one transaction.

        Raises ResidentTaken for who is known already: a record is never changed by a form that anybody may fill in.
        Raises Refused: unknown when another let them in or turned them away before; sealed.
        """
        async with self._writing:
            if self._directory.find_exact(said.unit, said.name) is not None:
                raise ResidentTaken("Somebody of this name has a record in this unit.")
            fresh = self._engine.new_id("r")
            saved = SaveResident(
                by=by,
                id=fresh,
                unit=visible_name(said.unit),
                name=visible_name(said.name),
                phone=self._directory.dialled(said.phone).number,
                language=said.language,
                email="",
                consent=said.consent or None,
                reach=False,
            ).saved()
            ended = Noted(what="application-approved", about=said.id)
            told: tuple[Told, ...] = ((saved, by), (ended, by))
            if accepted is not None:
                told = (*told, (accepted, f"resident:{fresh}"))

            def work(db: Database, at: datetime) -> tuple[tuple[Told, ...], None]:
                take_application(db, said.id, at)
                return told, None

            await self._engine.record_all_with(work)
            await self._directory.refresh(fresh)
            return ResidentAnswer(fresh)

    async def _save(self, details: ResidentDetails, by: str) -> ResidentAnswer:
        known = self._directory.find_exact(details.unit, details.name)
        if details.resident is not None:
            if known is not None and known.id != details.resident:
                raise ResidentTaken("Somebody of this name has a record in this unit.")
            known = self._directory.get(details.resident)
            if known is None:
                raise Refused(RefusalReason.UNKNOWN)
        resident = self._engine.site.residents.get(known.id) if known is not None else None
        command = SaveResident(
            by=by,
            id=known.id if known is not None else self._engine.new_id("r"),
            unit=visible_name(details.unit),
            name=visible_name(details.name),
            phone=self._directory.dialled(details.phone).number,
            language=details.language or (known.language if known is not None else self._language),
            email=details.email if details.email is not None else (known.email if known is not None else ""),
            consent=details.consent,
            reach=details.reach if details.reach is not None else (resident.reach if resident is not None else False),
        )
        answer = await self._engine.ask(command)
        if not isinstance(answer, ResidentAnswer):
            raise Refused(RefusalReason.KEY_REUSED)
        await self._directory.refresh(answer.id)
        return answer
