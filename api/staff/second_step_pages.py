"""The second step of signing in, setting up the app for it, and proving later that it is still the same person."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from starlette.responses import RedirectResponse, Response

from api.qr_drawing import qr_code
from api.staff.panel import HEADERS, is_panel_path, pending_cookie_name
from locker.core.reasons import RefusalReason, Refused
from locker.services.people import enrolment_address

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import PageRequest, Panel, StaffRequest
    from locker.services.people import PendingSignIn

CODE, ENROL = "/sign-in/code", "/sign-in/enrol"


class PageAgain(Protocol):
    """The same page again, with a sentence above its form."""

    def __call__(self, *, key: str, status: int, n: int) -> Response:
        """The page with the sentence of `key`, whose number is `n`."""
        ...


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = SecondStepPages(panel)
    app.add_route(CODE, panel.public(pages.code), methods=["GET", "POST"])
    app.add_route(ENROL, panel.public(pages.enrol), methods=["GET", "POST"])
    app.add_route("/prove", panel.signed_in(pages.prove), methods=["GET", "POST"])
    app.add_route("/me/recovery-codes", panel.signed_in(pages.recovery_codes, proved="/me"), methods=["POST"])
    app.add_route("/me/app", panel.signed_in(pages.another_app, proved="/me"), methods=["POST"])


class SecondStepPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._accounts = panel.context.staff

    async def code(self, request: PageRequest) -> Response:
        """The code of the app, for an account that has one."""
        pending = self._pending(request)
        if pending is None or pending.new_secret:
            return RedirectResponse("/sign-in" if pending is None else ENROL, 303, HEADERS)
        page = partial(self._code_page, request, pending)
        if request.http.method == "GET":
            return page()
        if not request.form.get("code", ""):
            return page(key="panel.code_needed", status=422)
        try:
            new_session = await self._accounts.finish(pending, request.form["code"])
        except Refused as refused:
            return refused_page(refused, page)
        if new_session is None:
            if self._pending(request) is None:
                return RedirectResponse("/sign-in?codes=1", 303, HEADERS)
            return page(key="panel.code_wrong", status=401)
        await self._panel.end_former_session(request)
        return self._panel.redirect_signed_in(request.http, new_session, self._back(request))

    def _code_page(
        self, request: PageRequest, pending: PendingSignIn, key: str = "", status: int = 200, **fills: object
    ) -> Response:
        alarm = request.text.translate(key, **fills) if key else ""
        return self._panel.render(
            "code.html",
            request,
            status,
            drawing=self._panel.drawing,
            name=pending.staff,
            alarm=alarm,
            back=self._back(request),
        )

    async def enrol(self, request: PageRequest) -> Response:
        """The app is set up with a secret that is shown here, and shows that it was by a code."""
        pending = self._pending(request)
        if pending is None or not pending.new_secret:
            return RedirectResponse("/sign-in" if pending is None else CODE, 303, HEADERS)
        page = partial(self._enrol_page, request, pending)
        if request.http.method == "GET":
            return page()
        if not request.form.get("code", ""):
            return page(key="panel.code_needed", status=422)
        try:
            enrolled = await self._accounts.enrol(pending, request.form["code"])
        except Refused as refused:
            return refused_page(refused, page)
        if enrolled is None:
            if self._pending(request) is None:
                return RedirectResponse("/sign-in?codes=1", 303, HEADERS)
            return page(key="panel.code_wrong", status=401)
        await self._panel.end_former_session(request)
        response = self._recovery_page(request, enrolled.recovery_codes, self._back(request))
        self._panel.set_session_cookie(request.http, response, enrolled.session)
        return response

    def _enrol_page(
        self, request: PageRequest, pending: PendingSignIn, key: str = "", status: int = 200, **fills: object
    ) -> Response:
        secret = pending.new_secret
        address = enrolment_address(secret, pending.staff, self._panel.context.site.name)
        return self._panel.render(
            "enrol.html",
            request,
            status,
            drawing=self._panel.drawing,
            name=pending.staff,
            back=self._back(request),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            code=qr_code(address, request.text.translate("panel.enrol_code")),
            alarm=request.text.translate(key, **fills) if key else "",
        )

    def _recovery_page(self, request: PageRequest, codes: tuple[str, ...], back: str) -> Response:
        return self._panel.render("recovery_codes.html", request, drawing=self._panel.drawing, codes=codes, back=back)

    async def prove(self, request: StaffRequest) -> Response:
        """Somebody signed in gives a code again, and goes back to where it was asked for."""
        page = partial(self._prove_page, request)
        if request.http.method == "GET":
            return page()
        if not request.form.get("code", ""):
            return page(key="panel.code_needed", status=422)
        try:
            proved = await self._accounts.prove(request.session, request.form["code"])
        except Refused as refused:
            return refused_page(refused, page)
        if not proved:
            return page(key="panel.code_wrong", status=401)
        return RedirectResponse(self._back(request), 303, HEADERS)

    def _prove_page(self, request: StaffRequest, key: str = "", status: int = 200, **fills: object) -> Response:
        alarm = request.text.translate(key, **fills) if key else ""
        return self._panel.render("prove.html", request, status, alarm=alarm, back=self._back(request))

    async def recovery_codes(self, request: StaffRequest) -> Response:
        """New recovery codes: the former ones end."""
        codes = await self._accounts.second_factors.renew_recovery_codes(request.session.staff)
        return self._recovery_page(request, codes, "/me")

    async def another_app(self, request: StaffRequest) -> Response:
        """Another phone: an app is set up anew, and holds when it has shown a code. Until then the old one does."""
        pending = self._accounts.begin_another_app(request.session, request.source, request.browser)
        return self._panel.redirect_to_second_step(request.http, pending, "/me")

    def _pending(self, request: PageRequest) -> PendingSignIn | None:
        text = request.http.cookies.get(pending_cookie_name(request.http), "")
        return self._accounts.pending(text) if 20 <= len(text) <= 100 else None

    @staticmethod
    def _back(request: PageRequest) -> str:
        back = request.http.query_params.get("next", "")
        return back if is_panel_path(back) else "/"


def refused_page(refused: Refused, page: PageAgain) -> Response:
    """The same page with why it was refused: how long to wait, or that nothing can be checked or changed now."""
    if refused.reason is RefusalReason.SEALED:
        return page(key="panel.refused_sealed", status=503, n=0)
    if refused.reason is not RefusalReason.THROTTLED:
        raise refused
    seconds = refused.retry_after or 1
    response = page(key="panel.wait", status=429, n=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response
