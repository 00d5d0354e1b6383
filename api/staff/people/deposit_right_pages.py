"""Drop-off passes: the keys by which carriers sign them, what was put in by them, and calling one back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import staff_of
from api.staff.panel import HEADERS
from locker.core.reasons import Refused
from locker.services.people import Right
from locker.services.rights import TooManyKeys, TooManyRevoked
from locker.text_folding import names_nobody

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.core.deposit_right import KnownRight
    from locker.services.rights import CarrierKey

PATH = "/people/drop-off-passes"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RightLine:
    """A right in the list. `stands`: it may still put something in, so that it can be called back."""

    company: str
    name: str
    facts: str
    count: str
    stands: bool


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A carrier's key in the list; `name`: how its fingerprint begins, in groups of four."""

    id: str
    company: str
    name: str
    facts: str


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = DepositRightPages(panel)
    app.add_route(PATH, panel.signed_in(pages.lists, Right.PEOPLE), methods=["GET"])
    app.add_route(f"{PATH}/key", panel.signed_in(pages.add_key, Right.ACCESS, proved=PATH), methods=["POST"])
    app.add_route(f"{PATH}/end-key", panel.signed_in(pages.end_key, Right.ACCESS), methods=["POST"])
    app.add_route(f"{PATH}/revoke", panel.signed_in(pages.revoke, Right.ACCESS), methods=["POST"])


class DepositRightPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._rights = panel.context.rights

    async def lists(self, request: StaffRequest) -> Response:
        """Keys, and the rights that were used or revoked lately."""
        return await self._page(request)

    async def _page(self, request: StaffRequest, wrong: str = "", status: int = 200) -> Response:
        text, keys = request.text, self._rights.keys.listed()
        couriers = await self._panel.context.couriers.listed()
        return self._panel.render(
            "deposit_rights.html",
            request,
            status,
            keys=[key_line(each, text) for each in keys],
            lines=[right_line(each, text) for each in self._rights.listed()],
            companies=sorted({each.company for each in couriers} | {each.company for each in keys}),
            signing=sorted({each.company for each in keys}),
            changes=Right.ACCESS in request.rights,
            proved=request.session.is_proved(text.now),
            typed=request.form if wrong else {},
            locker=self._panel.context.site.id,
            alarm=text.translate(f"panel.right_wrong_{wrong}") if wrong else "",
        )

    async def add_key(self, request: StaffRequest) -> Response:
        """A carrier's public key is believed from now on."""
        form = request.form
        try:
            await self._rights.keys.add(form.get("company", ""), form.get("public", ""), request.by)
        except TooManyKeys:
            return await self._page(request, "many", 409)
        except ValueError:
            return await self._page(request, "key", 422)
        except Refused:
            return self._sealed(request)
        return RedirectResponse(PATH, 303, HEADERS)

    async def end_key(self, request: StaffRequest) -> Response:
        """A key is believed no more, nor anything that it signed."""
        return await self._done(request, self._rights.keys.end(request.form.get("key", ""), request.by))

    async def revoke(self, request: StaffRequest) -> Response:
        """One right puts nothing in any more, whether or not it was ever shown."""
        company, name = (request.form.get(each, "").strip() for each in ("company", "right"))
        if names_nobody(company) or len(company) > 60 or _NAME.fullmatch(name) is None:
            return await self._page(request, "name", 422)
        return await self._done(request, self._rights.revoke(company, name, request.by))

    async def _done(self, request: StaffRequest, asked: Awaitable[object]) -> Response:
        try:
            await asked
        except TooManyRevoked:
            return await self._page(request, "end_key", 409)
        except Refused:
            return self._sealed(request)
        return RedirectResponse(PATH, 303, HEADERS)

    def _sealed(self, request: StaffRequest) -> Response:
        return self._panel.error_page(request, "panel.refused_sealed", 503)


def key_line(key: CarrierKey, text: LocalizedText) -> KeyLine:
    """A key with who registered it."""
    day = text.day(text.date_of(key.added_at))
    facts = text.translate("panel.right_key_added", who=staff_of(key.added_by) or key.added_by, at=day)
    return KeyLine(key.id, key.company, " ".join(key.id[at : at + 4] for at in range(0, len(key.id), 4)), facts)


def right_line(known: KnownRight, text: LocalizedText) -> RightLine:
    """A right with how often it was used and how it stands."""
    t = text.translate
    if known.revoked_at is not None:
        state = t("panel.right_revoked", at=text.date_and_time(known.revoked_at))
    elif known.until <= text.now:
        state = t("panel.right_ended", at=text.date_and_time(known.until))
    else:
        state = t("panel.right_until", at=text.date_and_time(known.until))
    used = [t("panel.right_last", at=text.date_and_time(known.used_at))] if known.used_at is not None else []
    count = t("panel.right_used_of", used=known.used, uses=known.uses) if known.uses else t("panel.right_never")
    left = known.used < known.uses and known.revoked_at is None and known.until > text.now
    return RightLine(known.company, known.name, t("panel.comma").join([known.company, state, *used]), count, left)
