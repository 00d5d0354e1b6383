"""Coming in, choosing a password, going out, and the page about oneself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from api.i18n import LANGUAGES
from api.staff.access_pages import session_rows
from api.staff.panel import HEADERS, is_panel_path, is_secure
from api.staff.second_step_pages import refused_page
from locker.core.reasons import Refused
from locker.services.people import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, password_weakness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette

    from api.staff.access_pages import AccessRow
    from api.staff.panel import PageRequest, Panel, StaffRequest

YEAR_S = 365 * 86400
BEFORE_SIGNING_IN = frozenset({"/sign-in", "/sign-in/code", "/sign-in/enrol", "/set-up"})


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = SignInPages(panel)
    app.add_route("/sign-in", panel.public(pages.sign_in), methods=["GET", "POST"])
    app.add_route("/set-up", panel.public(pages.set_up), methods=["GET", "POST"])
    app.add_route("/language", panel.public(pages.language), methods=["POST"])
    app.add_route("/me", panel.signed_in(pages.me), methods=["GET"])
    app.add_route("/me/stay", panel.signed_in(pages.stay), methods=["POST"])
    app.add_route("/me/password", panel.signed_in(pages.password), methods=["POST"])
    app.add_route("/me/session", panel.signed_in(pages.end_session), methods=["POST"])
    app.add_route("/me/other-sessions", panel.signed_in(pages.end_others), methods=["POST"])
    app.add_route("/sign-out", panel.signed_in(pages.sign_out), methods=["POST"])
    app.add_route("/sign-out-everywhere", panel.signed_in(pages.sign_out_everywhere), methods=["POST"])


@dataclass(frozen=True, slots=True)
class AboutMe:
    """What the page about oneself shows beside the session itself."""

    sessions: Sequence[AccessRow]
    recovery_codes_left: int


class SignInPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._accounts = panel.context.staff

    async def sign_in(self, request: PageRequest) -> Response:
        """The page, and the try."""
        back = request.http.query_params.get("next", "")
        back = back if is_panel_path(back) else "/"
        name, password = request.form.get("name", ""), request.form.get("password", "")
        if request.http.method == "GET":
            if await self._panel.session(request.http, prolong=True):
                return RedirectResponse(back, 303, HEADERS)
            return self._sign_in_page(request, back, _why_again(request))
        if not name or not password:
            return self._sign_in_page(request, back, "panel.both_needed", status=422)
        try:
            pending = await self._accounts.sign_in(name, password, request.source, request.browser)
        except Refused as refused:
            return refused_page(refused, partial(self._sign_in_page, request, back))
        if pending is None:
            return self._sign_in_page(request, back, "panel.wrong", status=401)
        return self._panel.redirect_to_second_step(request.http, pending, back)

    def _sign_in_page(
        self, request: PageRequest, back: str, key: str = "", status: int = 200, **fills: object
    ) -> Response:
        return self._panel.render(
            "sign_in.html",
            request,
            status,
            drawing=self._panel.drawing,
            back=back,
            name=request.form.get("name", ""),
            alarm=request.text.translate(key, **fills) if key else "",
        )

    async def set_up(self, request: PageRequest) -> Response:
        """The first password, with the one-time secret that `lockerd staff add` printed."""
        if request.http.method == "GET":
            return self._set_up_page(request)
        name, secret, password = (request.form.get(each, "") for each in ("name", "secret", "password"))
        if not name or not secret:
            return self._set_up_page(request, "panel.all_needed", status=422)
        weak = password_weakness(name, password)
        if weak is not None:
            return self._set_up_page(
                request,
                f"panel.weak_{weak.value}",
                status=422,
                shortest=MIN_PASSWORD_LENGTH,
                longest=MAX_PASSWORD_LENGTH,
            )
        if request.form.get("again", "") != password:
            return self._set_up_page(request, "panel.not_same", status=422)
        try:
            pending = await self._accounts.set_up(name, secret, password, request.source, request.browser)
        except Refused as refused:
            return refused_page(refused, partial(self._set_up_page, request))
        if pending is None:
            return self._set_up_page(request, "panel.wrong_secret", status=401)
        return self._panel.redirect_to_second_step(request.http, pending, "/")

    def _set_up_page(self, request: PageRequest, key: str = "", status: int = 200, **fills: object) -> Response:
        return self._panel.render(
            "set_up.html",
            request,
            status,
            drawing=self._panel.drawing,
            name=request.form.get("name", ""),
            secret=request.form.get("secret", ""),
            alarm=request.text.translate(key, **fills) if key else "",
            shortest=MIN_PASSWORD_LENGTH,
        )

    async def language(self, request: PageRequest) -> Response:
        """Another language, kept in a cookie of its own."""
        chosen, back = request.form.get("language", ""), request.form.get("back", "")
        allowed = is_panel_path(back) or back in BEFORE_SIGNING_IN
        response = RedirectResponse(back if allowed else "/", 303, HEADERS)
        if chosen in LANGUAGES:
            secure = is_secure(request.http)
            response.set_cookie("language", chosen, YEAR_S, httponly=True, samesite="strict", secure=secure, path="/")
        return response

    async def me(self, request: StaffRequest) -> Response:
        """Who I am here, what I may do, and where I am signed in."""
        return await self._me_page(request)

    async def end_session(self, request: StaffRequest) -> Response:
        """One of my sessions ends; whose it is is asked of the list, not of the form."""
        key = request.form.get("key", "")
        if key in {each.hash for each in await self._accounts.sessions.listed(request.session.staff)}:
            await self._accounts.end_session(key, request.by)
        return RedirectResponse("/me", 303, HEADERS)

    async def end_others(self, request: StaffRequest) -> Response:
        """All my sessions but this one end."""
        await self._accounts.sessions.end_others(request.session.staff, request.session.hash)
        return RedirectResponse("/me", 303, HEADERS)

    async def stay(self, request: StaffRequest) -> Response:
        """Somebody is still here: they said so, or type. The answer is how many seconds the session now has."""
        left = int((request.session.ends_at - request.text.now).total_seconds())
        return PlainTextResponse(str(left), headers=HEADERS)

    async def password(self, request: StaffRequest) -> Response:
        """Another password: every other session ends."""
        old, new = request.form.get("old", ""), request.form.get("password", "")
        weak = password_weakness(request.session.staff, new)
        if weak is not None:
            key = f"panel.weak_{weak.value}"
            return await self._me_page(
                request, key, status=422, shortest=MIN_PASSWORD_LENGTH, longest=MAX_PASSWORD_LENGTH
            )
        if request.form.get("again", "") != new:
            return await self._me_page(request, "panel.not_same", status=422)
        try:
            new_session = await self._accounts.change_password(
                request.session, old, new, request.source, request.browser
            )
        except Refused as refused:
            return refused_page(refused, partial(self._render_me, request, await self._about_me(request)))
        if new_session is None:
            return await self._me_page(request, "panel.wrong_old", status=401)
        return self._panel.redirect_signed_in(request.http, new_session, "/me")

    async def _me_page(self, request: StaffRequest, key: str = "", status: int = 200, **fills: object) -> Response:
        return self._render_me(request, await self._about_me(request), key, status, **fills)

    def _render_me(
        self, request: StaffRequest, about: AboutMe, key: str = "", status: int = 200, **fills: object
    ) -> Response:
        alarm = request.text.translate(key, **fills) if key else ""
        return self._panel.render(
            "me.html",
            request,
            status,
            alarm=alarm,
            shortest=MIN_PASSWORD_LENGTH,
            sessions=about.sessions,
            recovery_codes_left=about.recovery_codes_left,
        )

    async def _about_me(self, request: StaffRequest) -> AboutMe:
        mine = request.session
        sessions = session_rows(await self._accounts.sessions.listed(mine.staff), mine.hash, request.text)
        return AboutMe(sessions, await self._accounts.second_factors.recovery_codes_left(mine.staff))

    async def sign_out(self, request: StaffRequest) -> Response:
        """Here."""
        await self._accounts.sessions.end(request.session.hash)
        return self._panel.redirect_signed_out(request.http)

    async def sign_out_everywhere(self, request: StaffRequest) -> Response:
        """On every machine where this account is signed in."""
        await self._accounts.sessions.end_all(request.session.staff)
        return self._panel.redirect_signed_out(request.http)


def _why_again(request: PageRequest) -> str:
    """Why somebody who was further is back at the sign-in page: the key of the sentence, or an empty text."""
    asked = request.http.query_params
    return "panel.signed_out" if "ended" in asked else "panel.codes_over" if "codes" in asked else ""
