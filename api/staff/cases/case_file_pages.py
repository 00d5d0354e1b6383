"""Taking a case file away: one ZIP with one page, masked for whom it is. Who took it, and why, is recorded first."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.i18n import translate
from api.staff.cases.case_file_contents import (
    Gathered,
    Pictures,
    Purpose,
    case_part,
    event_parts,
    gather,
    pictured_in,
    read_quietly,
)
from api.staff.panel import HEADERS
from api.templates import environment
from locker.clip_file import frame_list
from locker.core.events.case_events import CaseFileMade
from locker.core.reasons import Refused
from locker.services.cases import CaseService
from locker.services.evidence import STAMP, SnapshotStore, as_json, make_page, make_zip
from locker.services.people import Right
from locker.signed_note import read_checkpoint

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.clip_file import ClipFrame
    from locker.signed_note import NoteSigner

LONGEST_REASON = 200


_SCRIPT = Path(__file__).parents[2] / "web" / "static" / "case_file.js"
"""What verifies a case file in a browser."""


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = CaseFilePages(panel)
    app.add_route("/cases/{number}/file", panel.signed_in(pages.make, Right.CASES), methods=["POST"])


class CaseFilePages:
    """Handlers: read, make, record, answer."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._cases: CaseService = panel.context.cases.service

    async def make(self, request: StaffRequest) -> Response:
        """The ZIP. A full copy is for who may approve; the others are masked."""
        form, number = request.form, request.http.path_params["number"]
        reason = form.get("reason", "").strip()
        if form.get("purpose") not in set(Purpose) or not 1 <= len(reason) <= LONGEST_REASON:
            return self._panel.error_page(request, "panel.file_no", 422)
        purpose = Purpose(form["purpose"])
        if purpose is Purpose.FULL and Right.APPROVE not in request.rights:
            return self._panel.error_page(request, "panel.no_right", 403)
        try:
            plain = self._cases.number(number)
            content = await self._zip(request, plain, purpose)
            event = CaseFileMade(
                case=plain, purpose=purpose.value, reason=reason, sha256=hashlib.sha256(content).hexdigest()
            )
            await self._context.engine.record(event, request.by)
        except Refused:
            return self._panel.error_page(request, "panel.no_case", 404)
        name = f'attachment; filename="case-{plain}-{purpose.value}.zip"'
        return Response(content, media_type="application/zip", headers={**HEADERS, "Content-Disposition": name})

    async def _zip(self, request: StaffRequest, number: str, purpose: Purpose) -> bytes:
        now, signer = request.text.now, self._context.proof.signer
        note = await self._context.proof.checkpoint()
        checkpoint = read_checkpoint(note.partition("\n\n")[0] + "\n")
        gathered = await self._context.journal.read(lambda db: gather(db, number, checkpoint.size, now))
        pictures = await self._pictures(gathered, purpose)
        said = case_part(gathered, purpose, request.text, pictures)
        stamp = await self._context.proof.stamp(note)
        parts = {
            **({STAMP: stamp} if stamp is not None else {}),
            "case.json": as_json(said),
            "checkpoint.txt": note.encode(),
            **event_parts(gathered, purpose),
            **pictures.parts,
        }
        facts = {"case": number, "purpose": purpose.value, "site": self._context.site.id, "made_at": checkpoint.at}
        return await asyncio.to_thread(self._packed, request.text.language, number, (facts, parts), signer)

    def _packed(
        self, language: str, number: str, contents: tuple[dict[str, str], dict[str, bytes]], signer: NoteSigner
    ) -> bytes:
        template = environment().get_template("case_file.html")
        script = _SCRIPT.read_text(encoding="utf-8")
        words = partial(translate, language)
        page = template.render(language=language, number=number, t=words, script=script)
        return make_zip(make_page(page, *contents, signer))

    async def _pictures(self, gathered: Gathered, purpose: Purpose) -> Pictures:
        """Photos of people, pictures and clips of the machine as this copy holds them; what is gone is left out."""
        folder = self._context.journal.folder
        store, photos = SnapshotStore(folder), self._cases.photos
        parts, named, films = dict[str, bytes](), dict[str, str](), dict[int, tuple[tuple[int, str], ...]]()
        for each in gathered.whole.photos:
            ending = "png" if each.type == "image/png" else "jpg"
            content = await asyncio.to_thread(read_quietly, partial(photos.read, each.sha256))
            if content is not None:
                named[each.sha256] = f"photos/{each.sha256}.{ending}"
                parts[named[each.sha256]] = content
        shots = [each for each in (*gathered.snapshots, *gathered.clips) if not each.removed]
        shown = [each for each in shots if pictured_in(each, purpose)]
        for shot in shown:
            if shot.frames:
                frames = await asyncio.to_thread(read_quietly, partial(store.frames, shot.day, shot.sha256))
                parts |= _clip_parts(shot.sha256, frames or [])
                films[shot.of] = tuple((each.moment, f"frames/{each.sha256}.jpg") for each in frames or [])
                continue
            content = await asyncio.to_thread(read_quietly, store.path(shot.day, shot.sha256).read_bytes)
            if content is not None:
                named[shot.sha256] = f"photos/{shot.sha256}.jpg"
                parts[named[shot.sha256]] = content
        return Pictures(parts, named, films, len(shots) - len(shown))


def _clip_parts(name: str, frames: list[ClipFrame]) -> dict[str, bytes]:
    """The list of a clip's frames, of which an event tells, and the frames."""
    if not frames:
        return {}
    listed = {f"clips/{name}.json": frame_list(frames)}
    return listed | {f"frames/{each.sha256}.jpg": each.picture for each in frames}
