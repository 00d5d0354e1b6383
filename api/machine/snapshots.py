"""`/parcels/{id}/snapshots`: what the cabinet's front looked like when this parcel's doors mattered."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import Problem
from locker.core.reasons import RefusalReason
from locker.journal.history import parcel_row, timeline
from locker.services.evidence import Snapshot, SnapshotStore, find_snapshot, snapshots_of_parcel

if TYPE_CHECKING:
    from sqlite_utils import Database

_SHA256 = re.compile(r"[0-9a-f]{64}")


async def listing(request: ApiRequest, parcel: str) -> Response:
    """All pictures of one parcel, oldest first, and those that are missing with the reason."""

    def work(db: Database) -> list[dict[str, Any]] | None:
        if parcel_row(db, parcel) is None:
            return None
        taken = [_taken(one) for one in snapshots_of_parcel(db, parcel)]
        missed = [_missed(line.at, line.body()) for line in timeline(db, parcel) if line.kind == "SnapshotMissed"]
        return sorted([*taken, *missed], key=lambda one: int(one["event"]))

    found = await request.context.journal.read(work)
    if found is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(found)


async def show(request: ApiRequest, sha256: str) -> Response:
    """One picture. Its name is the SHA-256 of its bytes. Each look is recorded before it is answered."""
    found = None
    if _SHA256.fullmatch(sha256):
        found = await request.context.journal.read(lambda db: find_snapshot(db, sha256))
    if found is None or found.removed:
        raise Problem(RefusalReason.UNKNOWN)
    path = SnapshotStore(request.context.journal.folder).path(found.day, sha256)
    try:
        picture = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise Problem(RefusalReason.UNKNOWN) from None
    subject = found.parcel or f"door {found.compartment}"
    await request.context.engine.note("pictures-shown", subject, request.by)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _taken(one: Snapshot) -> dict[str, Any]:
    return {
        "event": one.of,
        "at": one.at,
        "cause": one.cause,
        "compartment": one.compartment,
        "sha256": one.sha256,
        "removed": one.removed,
        "missing": None,
    }


def _missed(at: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": body["of"],
        "at": at,
        "cause": body["cause"],
        "compartment": body["compartment"],
        "sha256": None,
        "removed": False,
        "missing": body["fault"],
    }
