"""Coming in, choosing a password, going out, and the page about oneself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from starlette.responses import RedirectResponse, Response

from api.i18n import LANGUAGES
from api.staff.panel import HEADERS, is_secure, somewhere
from locker.core.reasons import RefusalReason, Refused
from locker.services.people import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, password_weakness

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.staff.panel import Guest, Member, Panel

YEAR_S = 365 * 86400


class _Page(Protocol):
    """The same page again, with a sentence above its form."""

    def __call__(self, *, key: str, status: int, n: int) -> Response: ...


def install(app: FastAPI, panel: Panel) -> None:
    """Add the pages."""
    pages = SignInPages(panel)
    app.add_route("/sign-in", panel.open(pages.sign_in), methods=["GET", "POST"])
    app.add_route("/set-up", panel.open(pages.set_up), methods=["GET", "POST"])
    app.add_route("/language", panel.open(pages.language), methods=["POST"])
    app.add_route("/me", panel.members(pages.me), methods=["GET"])
    app.add_route("/me/password", panel.members(pages.password), methods=["POST"])
    app.add_route("/sign-out", panel.members(pages.sign_out), methods=["POST"])
    app.add_route("/sign-out-everywhere", panel.members(pages.sign_out_everywhere), methods=["POST"])


class SignInPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._staff = panel.context.staff

    async def sign_in(self, guest: Guest) -> Response:
        """The page, and the try."""
        back = guest.request.query_params.get("next", "")
        back = back if somewhere(back) else "/"
        name, password = guest.form.get("name", ""), guest.form.get("password", "")
        if guest.request.method == "GET":
            if await self._panel.session(guest.request, prolong=True):
                return RedirectResponse(back, 303, HEADERS)
            return self._sign_in_page(guest, back, "panel.signed_out" if "ended" in guest.request.query_params else "")
        if not name or not password:
            return self._sign_in_page(guest, back, "panel.both_needed", status=422)
        try:
            opened = await self._staff.sign_in(name, password, guest.source)
        except Refused as refused:
            return self._throttled(refused, partial(self._sign_in_page, guest, back))
        if opened is None:
            return self._sign_in_page(guest, back, "panel.wrong", status=401)
        await self._end_former(guest)
        return self._panel.enter(guest.request, opened, back)

    def _sign_in_page(self, guest: Guest, back: str, key: str = "", status: int = 200, **fills: object) -> Response:
        return self._panel.render(
            "sign_in.html",
            guest,
            status,
            drawing=self._panel.drawing,
            back=back,
            name=guest.form.get("name", ""),
            alarm=guest.words.say(key, **fills) if key else "",
        )

    async def set_up(self, guest: Guest) -> Response:
        """The first password, with the one-time secret that `lockerd staff add` printed."""
        if guest.request.method == "GET":
            return self._set_up_page(guest)
        name, secret, password = (guest.form.get(each, "") for each in ("name", "secret", "password"))
        if not name or not secret:
            return self._set_up_page(guest, "panel.all_needed", status=422)
        weak = password_weakness(name, password)
        if weak is not None:
            return self._set_up_page(
                guest, f"panel.weak_{weak.value}", status=422, shortest=MIN_PASSWORD_LENGTH, longest=MAX_PASSWORD_LENGTH
            )
        if guest.form.get("again", "") != password:
            return self._set_up_page(guest, "panel.not_same", status=422)
        try:
            opened = await self._staff.set_up(name, secret, password, guest.source)
        except Refused as refused:
            return self._throttled(refused, partial(self._set_up_page, guest))
        if opened is None:
            return self._set_up_page(guest, "panel.wrong_secret", status=401)
        await self._end_former(guest)
        return self._panel.enter(guest.request, opened, "/")

    def _set_up_page(self, guest: Guest, key: str = "", status: int = 200, **fills: object) -> Response:
        return self._panel.render(
            "set_up.html",
            guest,
            status,
            drawing=self._panel.drawing,
            name=guest.form.get("name", ""),
            secret=guest.form.get("secret", ""),
            alarm=guest.words.say(key, **fills) if key else "",
            shortest=MIN_PASSWORD_LENGTH,
        )

    async def language(self, guest: Guest) -> Response:
        """Another language, kept in a cookie of its own."""
        chosen, back = guest.form.get("language", ""), guest.form.get("back", "")
        allowed = somewhere(back) or back in {"/sign-in", "/set-up"}
        answer = RedirectResponse(back if allowed else "/", 303, HEADERS)
        if chosen in LANGUAGES:
            secure = is_secure(guest.request)
            answer.set_cookie("language", chosen, YEAR_S, httponly=True, samesite="strict", secure=secure, path="/")
        return answer

    async def me(self, member: Member) -> Response:
        """Who I am here and what I may do."""
        return self._me_page(member)

    async def password(self, member: Member) -> Response:
        """Another password: every other session ends."""
        old, new = member.form.get("old", ""), member.form.get("password", "")
        name = member.session.staff
        weak = password_weakness(name, new)
        if weak is not None:
            key = f"panel.weak_{weak.value}"
            return self._me_page(member, key, status=422, shortest=MIN_PASSWORD_LENGTH, longest=MAX_PASSWORD_LENGTH)
        if member.form.get("again", "") != new:
            return self._me_page(member, "panel.not_same", status=422)
        try:
            opened = await self._staff.change_password(name, old, new, member.source)
        except Refused as refused:
            return self._throttled(refused, partial(self._me_page, member))
        if opened is None:
            return self._me_page(member, "panel.wrong_old", status=401)
        return self._panel.enter(member.request, opened, "/me")

    def _me_page(self, member: Member, key: str = "", status: int = 200, **fills: object) -> Response:
        alarm = member.words.say(key, **fills) if key else ""
        return self._panel.render("me.html", member, status, alarm=alarm, shortest=MIN_PASSWORD_LENGTH)

    async def sign_out(self, member: Member) -> Response:
        """Here."""
        await self._staff.sessions.end(member.session.hash)
        return self._panel.leave(member.request)

    async def sign_out_everywhere(self, member: Member) -> Response:
        """On every machine where this account is signed in."""
        await self._staff.sessions.end_all(member.session.staff)
        return self._panel.leave(member.request)

    def _throttled(self, refused: Refused, page: _Page) -> Response:
        if refused.reason is not RefusalReason.THROTTLED:
            raise refused
        answer = page(key="panel.wait", status=429, n=refused.retry_after or 1)
        answer.headers["Retry-After"] = str(refused.retry_after or 1)
        return answer

    async def _end_former(self, guest: Guest) -> None:
        """Whoever signs in over a running session leaves that one."""
        former = await self._panel.session(guest.request, prolong=False)
        if former is not None:
            await self._staff.sessions.end(former.hash)
