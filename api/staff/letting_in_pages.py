"""Letting somebody in: a new token, a new account, a new set-up secret, another role. Each after a fresh code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from locker.core.reasons import Refused
from locker.services.people import Right, Role, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest

NEW = "/access/new"
LONGEST_NAME = 64
_DAYS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = LettingInPages(panel)
    app.add_route(NEW, panel.signed_in(pages.form, Right.ACCESS, proved=NEW), methods=["GET"])
    for path, page, where in (
        ("/access/new-token", pages.new_token, NEW),
        ("/access/new-account", pages.new_account, NEW),
        ("/access/renew", pages.renew, "/access"),
        ("/access/role", pages.change_role, "/access"),
    ):
        app.add_route(path, panel.signed_in(page, Right.ACCESS, proved=where), methods=["POST"])
    app.add_route("/access/disable", panel.signed_in(pages.disable, Right.ACCESS), methods=["POST"])


class LettingInPages:
    """Handlers: read, ask, render. A secret is shown once, in the answer to the form that asked for it."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def form(self, request: StaffRequest) -> Response:
        """Both forms."""
        return self._form(request)

    def _form(self, request: StaffRequest, key: str = "", status: int = 200) -> Response:
        return self._panel.render(
            "access_new.html",
            request,
            status,
            typed=request.form,
            scopes=[each.value for each in Scope],
            roles=[each.value for each in Role],
            alarm=request.text.translate(key) if key else "",
        )

    async def new_token(self, request: StaffRequest) -> Response:
        """A token for another program."""
        scopes = [each for each in Scope if f"scope-{each.value}" in request.form]
        name, days = request.form.get("name", "").strip(), _days(request)
        if not scopes or not name or days == 0:
            return self._form(request, "panel.access_incomplete", 422)

        async def make() -> str:
            return await self._context.tokens.create(name, scopes, request.by, days, request.form.get("company", ""))

        return await self._shown_once(request, make, "panel.token_once")

    async def new_account(self, request: StaffRequest) -> Response:
        """An account for a member of staff."""
        name, role, days = request.form.get("name", "").strip(), request.form.get("role", ""), _days(request)
        if not name or role not in set(Role) or days == 0:
            return self._form(request, "panel.access_incomplete", 422)

        async def make() -> str:
            return await self._context.staff.add(name, Role(role), request.by, days)

        return await self._shown_once(request, make, "panel.secret_once")

    async def renew(self, request: StaffRequest) -> Response:
        """A new set-up secret: password, app and sessions of the account end."""

        async def make() -> str:
            return await self._context.staff.renew(request.form.get("key", ""), request.by)

        return await self._shown_once(request, make, "panel.secret_once")

    async def change_role(self, request: StaffRequest) -> Response:
        """Another role for somebody else: nobody makes more of themselves, or takes their own keys away."""
        name, role = request.form.get("key", ""), request.form.get("role", "")
        if role not in set(Role) or name == request.session.staff:
            return self._panel.error_page(request, "panel.bad_field", 422, field="role")
        return await self._done(request, self._context.staff.change_role(name, Role(role), request.by))

    async def disable(self, request: StaffRequest) -> Response:
        """Somebody else signs in no more."""
        if request.form.get("key", "") == request.session.staff:
            return self._panel.error_page(request, "panel.bad_field", 422, field="key")
        return await self._done(request, self._context.staff.disable(request.form.get("key", ""), request.by))

    async def _done(self, request: StaffRequest, change: Awaitable[None]) -> Response:
        try:
            await change
        except ValueError:  # somebody else was quicker
            return RedirectResponse("/access", 303, HEADERS)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/access", 303, HEADERS)

    async def _shown_once(self, request: StaffRequest, make: Callable[[], Awaitable[str]], key: str) -> Response:
        """Make something whose secret is shown in this answer and never again."""
        try:
            secret = await make()
        except ValueError:
            return self._form(request, "panel.access_name_wrong", 422)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        name = request.form.get("name", "") or request.form.get("key", "")
        return self._panel.render(
            "access_once.html", request, name=name, secret=secret, hint=request.text.translate(key)
        )


def _days(request: StaffRequest) -> int | None:
    """For how many days; None for good, 0 for what is no number of days."""
    typed = request.form.get("days", "").strip()
    if not typed:
        return None
    return int(typed) if _DAYS.fullmatch(typed) else 0
