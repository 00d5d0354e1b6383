"""All that is kept about a resident, as one ZIP: JSON for programs, one page for people, and the pictures (N6)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from api.resident.own_parcels import own_timeline, past_parcels
from api.resident.parcel_view import ended_sentence, sent_sentence, trail
from api.resident.resident_page import PAGE_HEADERS
from api.templates import environment
from locker.clip_file import BadClip
from locker.core.events.record import rfc3339
from locker.core.model import Direction, ParcelState
from locker.core.reasons import Refused
from locker.journal.credential_history import credential_history
from locker.journal.resident_history import consent_history
from locker.services.evidence import (
    SnapshotStore,
    clips_of_parcel,
    of_own_visits,
    pictures_for_recipients,
    snapshots_of_parcel,
)
from locker.services.notices import notices_of_parcel

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.app_context import AppContext
    from api.resident.parcel_view import TrailLine
    from api.resident.resident_page import AskedByResident, ResidentPages
    from api.resident.resident_text import ResidentText
    from locker.core.events.record import Recorded
    from locker.services.evidence import Snapshot
    from locker.services.people import Person

MOST_PICTURES = 100
"""So many pictures are packed, the newest; of older ones the file says that they are kept."""
MOST_CLIPS = 10
"""So many clips are packed, the newest: each is about a megabyte."""
ALL = -1
_PARCEL = ("id", "direction", "state", "size", "company", "tracking", "compartment", "created_at", "stored_at", "since")
_NOTICE = ("template", "state", "created_at", "done_at", "channel", "language", "version", "said")
_CREDENTIAL = ("kind", "name", "made_at", "until", "ended", "ended_at")
_GONE = frozenset({"collected", "returned", "withdrawn", "cancelled"})


@dataclass
class _Data:
    """What is packed: parcels with what the page says of each, and which pictures stand on the disk."""

    parcels: list[dict[str, Any]] = field(default_factory=list)
    told: list[tuple[str, str, list[TrailLine]]] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    clips: list[Snapshot] = field(default_factory=list)

    def newest(self) -> _Data:
        """The same with as many pictures and clips as are packed."""
        newest = lambda each: -each.of  # noqa: E731  one line says it
        pictures, clips = sorted(self.snapshots, key=newest), sorted(self.clips, key=newest)
        return _Data(self.parcels, self.told, pictures[:MOST_PICTURES], clips[:MOST_CLIPS])


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the file."""
    data = OwnData(pages)
    app.add_route("/my-data.zip", pages.own(data.file), methods=["GET"])


class OwnData:
    """The file for whom it is about."""

    def __init__(self, pages: ResidentPages) -> None:
        self._archive = ResidentArchive(pages.context)

    async def file(self, asked: AskedByResident) -> Response:
        """Everything that is kept about me."""
        packed = await self._archive.packed(asked.person, asked.text)
        headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="my-data.zip"'}
        return Response(packed, 200, headers, "application/zip")


class ResidentArchive:
    """Gathers and packs."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._templates = environment()

    async def packed(self, person: Person, text: ResidentText) -> bytes:
        """Everything that is kept about somebody, as the bytes of a ZIP."""
        now = self._context.engine.now()
        data, consent = await self._context.journal.read(
            lambda db: (_gathered(db, person, text, now), consent_history(db, person.id))
        )
        cases, sent = await self._cases(person)
        files: dict[str, Any] = {
            "resident.json": _person(person),
            "wishes.json": self._wishes(person),
            "devices.json": [
                {"since": since, "used_at": used}
                for since, used in await self._context.resident_links.devices(person.id)
            ],
            "consent.json": [{"at": each.at, "by": each.by, "consent": each.body()["consent"]} for each in consent],
            "parcels.json": data.parcels,
            "cases.json": cases,
        }
        page = self._templates.get_template("resident/data.html").render(
            text=text,
            t=text.translate,
            site=self._context.site,
            person=person,
            told=data.told,
            cases=cases,
            made=text.moment(now),
            files=sorted(files),
        )
        return await asyncio.to_thread(self._packed, files, page, data.newest(), sent)

    def _wishes(self, person: Person) -> dict[str, Any]:
        wished = self._context.wishes.of(person.id)
        away = wished.away
        return {
            "channels": wished.order,
            "quiet_minutes": wished.quiet,
            "arrival_at_once": wished.at_once,
            "in_person_only": wished.in_person,
            "helped_by_staff": wished.assisted,
            "on_the_lobby_screen": wished.lobby,
            "tries_new_functions": wished.pilot,
            "in_the_customer_system": wished.crm,
            "away": None if away is None else {
                "first": away.first.isoformat(), "last": away.last.isoformat(), "keep": away.keep,
            },
        }  # fmt: skip

    async def _cases(self, person: Person) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
        """What somebody reported, and the pictures that they sent with it."""
        service, cases, pictures = self._context.cases.service, list[dict[str, Any]](), dict[str, bytes]()
        for own in await service.cases_of(person.id):
            words = [{"at": rfc3339(each.at), "what": each.what, "text": each.text} for each in own.words]
            mine = [each for each in (await service.whole(own.number)).photos if each.by == f"resident:{person.id}"]
            for each in mine:
                with suppress(Refused):
                    content, media_type = await service.photo(own.number, each.sha256)
                    pictures[f"{each.sha256}.{'png' if media_type == 'image/png' else 'jpg'}"] = content
            plain = {**asdict(own), "words": words, "pictures": [each.sha256 for each in mine]}
            cases.append({name: rfc3339(v) if isinstance(v, datetime) else v for name, v in plain.items()})
        return cases, pictures

    def _packed(self, files: dict[str, Any], page: str, data: _Data, sent: dict[str, bytes]) -> bytes:
        store, out = SnapshotStore(self._context.journal.folder), io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, "my-data.html", page)
            for name, value in files.items():
                _add(archive, name, json.dumps(value, ensure_ascii=False, indent=2))
            for each in data.snapshots:
                with suppress(FileNotFoundError):
                    _add(archive, f"pictures/{each.sha256}.jpg", store.path(each.day, each.sha256).read_bytes())
            for each in data.clips:
                with suppress(FileNotFoundError, BadClip):
                    for number, frame in enumerate(store.frames(each.day, each.sha256), 1):
                        _add(archive, f"clips/{each.sha256}/{number:03d}.jpg", frame.picture)
            for name, content in sent.items():
                _add(archive, f"sent/{name}", content)
        return out.getvalue()


def _person(person: Person) -> dict[str, Any]:
    return {
        "unit": person.unit, "name": person.name, "phone": person.phone, "email": person.email,
        "language": person.language, "consent": person.consent, "low_door": person.reach,
    }  # fmt: skip


def _gathered(db: Database, person: Person, text: ResidentText, now: datetime) -> _Data:
    data = _Data()
    for row in past_parcels(db, person, most=ALL):
        lines, notices = own_timeline(db, row["id"]), notices_of_parcel(db, row["id"])
        own = [each for each in notices if each["recipient"] == person.id]
        pictures, clips = _shown(db, row, lines, person)
        data.parcels.append(
            {name: row[name] for name in _PARCEL}
            | {
                "timeline": [{"at": each.at, "kind": each.kind} for each in lines],
                "notices": [{name: each[name] for name in _NOTICE} for each in own],
                "credentials": [
                    {name: one.get(name) for name in _CREDENTIAL}
                    for one in credential_history(db, row["id"], now) or ()
                ],
                "pictures": [each.sha256 for each in pictures],
                "clips": [{"sha256": each.sha256, "at": each.at, "frames": each.frames} for each in clips],
            }
        )
        said = text.translate(f"my.state_{row['state']}")
        if row["direction"] == Direction.OUT:
            said = sent_sentence(row["state"], text)
        elif ParcelState(row["state"]).ended and row["state"] in _GONE:
            said = ended_sentence(row["state"], text, row["opened_by"] or "")
        data.told.append((text.called(row["company"]), said, trail(lines, notices, (), person.id, text)))
        data.snapshots += pictures
        data.clips += clips
    return data


def _shown(
    db: Database, row: dict[str, Any], lines: list[Recorded], person: Person
) -> tuple[list[Snapshot], list[Snapshot]]:
    """Stills and clips of a parcel that are this person's to have: of it behind its door, and of themselves before it.

    Of a parcel for several nobody knows who of them stood there.
    """
    pictures = pictures_for_recipients(db, row["id"])
    clips: list[Snapshot] = []
    if json.loads(row["recipients"]) == [person.id]:
        sent = row["direction"] == Direction.OUT
        pictures = [*pictures, *of_own_visits(lines, snapshots_of_parcel(db, row["id"]), sent=sent)]
        clips = of_own_visits(lines, clips_of_parcel(db, row["id"]), sent=sent)
    return list({each.sha256: each for each in pictures}.values()), clips


def _add(archive: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    # A fixed date: the time of this machine need not be right, and says nothing.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
