"""Taking a case file away: one ZIP with one page, masked for whom it is. Who took it, and why, is recorded first."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.i18n import translate
from api.staff.cases.case_file_contents import Gathered, Purpose, case_part, event_parts, gather, read_quietly
from api.staff.panel import HEADERS
from api.templates import environment
from locker.core.events.case_events import CaseFileMade
from locker.core.reasons import Refused
from locker.services.cases import CaseService
from locker.services.evidence import SnapshotStore, as_json, make_page, make_zip
from locker.services.people import Right
from locker.signed_note import read_checkpoint

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
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
        photos = await self._photos(gathered)
        named = {name.removeprefix("photos/")[:64]: name for name in photos}
        said = case_part(gathered, purpose, request.text, named)
        parts = {
            "case.json": as_json(said),
            "checkpoint.txt": note.encode(),
            **event_parts(gathered, purpose),
            **photos,
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

    async def _photos(self, gathered: Gathered) -> dict[str, bytes]:
        """Photos of people and pictures of the machine, by part; what is gone is left out."""
        folder = self._context.journal.folder
        snapshots, store = SnapshotStore(folder), self._cases.photos
        found = dict[str, bytes]()
        for each in gathered.whole.photos:
            content = await asyncio.to_thread(read_quietly, partial(store.read, each.sha256))
            if content is not None:
                ending = "png" if each.type == "image/png" else "jpg"
                found[f"photos/{each.sha256}.{ending}"] = content
        for shot in gathered.snapshots:
            path = snapshots.path(shot.day, shot.sha256)
            content = await asyncio.to_thread(read_quietly, path.read_bytes)
            if content is not None and not shot.removed:
                found[f"photos/{shot.sha256}.jpg"] = content
        return found
