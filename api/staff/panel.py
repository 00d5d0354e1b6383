"""What every page of the panel goes through: who it is, in which language, from where, and with what rights."""

from __future__ import annotations

import hmac
import logging
import re
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.cabinet_drawing import draw
from api.fault_place import fault_place
from api.i18n import LANGUAGE_NAMES, LANGUAGES
from api.middleware import HEADERS as SECURITY_HEADERS
from api.middleware import is_same_origin
from api.staff.browser_names import browser_name
from api.staff.form_reading import BadField, FormTooLong, read_form, read_upload
from api.staff.localized_text import LocalizedText
from api.staff.places import navigation
from api.templates import environment, sentences
from locker.journal.store import CannotWrite
from locker.services.people import PENDING_LASTS, RIGHTS, Right, Role

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.app_context import AppContext
    from locker.services.people import NewSession, PendingSignIn, Session

# no-referrer would make browsers send "Origin: null" with our own forms.
HEADERS = {
    **SECURITY_HEADERS,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
log = logging.getLogger(__name__)
SHOWN_FOR = timedelta(minutes=5)
REFUSAL_SHOWN_FOR = timedelta(minutes=2)
PENDING_SECONDS = int(PENDING_LASTS.total_seconds())
_ROUTING = {404: "panel.no_page", 405: "panel.no_method", 413: "panel.too_long"}
_PANEL_PATH = re.compile(
    r"/(doors/[A-Za-z0-9._-]{1,24}|parcels(/[a-z0-9]{1,16})?|rules(/[a-z-]{1,24})?|broadcasts|entries|people(/[a-z0-9]{1,24})?|rounds(/[a-z0-9]{1,24})?|cases(/[A-Za-z0-9-]{1,24})?|journal|reports(/[a-z-]{1,24})?|access(/new)?|duty(/training)?|procedures(/[a-z-]{1,24})?|automation|glossary|incident|machine(/security)?|mass-openings|me)?"
)


@dataclass(slots=True)
class SessionMemory:
    """What the panel remembers for one session, in memory only: nothing of it may stand in an address."""

    shown: dict[str, datetime] = field(default_factory=dict)
    refusals: dict[str, RefusedOrder] = field(default_factory=dict)
    sent_keys: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def show(self, subject: str, until: datetime) -> None:
        """Remember that something private may be seen until then; what nobody may see any more is forgotten."""
        now = until - SHOWN_FOR
        self.shown = {each: at for each, at in self.shown.items() if at > now}
        self.shown[subject] = until


@dataclass(frozen=True, slots=True)
class RefusedOrder:
    """An order that was not carried out: which form, why, and what had been typed."""

    form: str
    sentence: str
    typed: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page of the panel, of somebody who is not signed in, or not yet: its form, and how to answer."""

    http: Request
    text: LocalizedText
    form: dict[str, str]

    @property
    def source(self) -> str:
        """Where the request comes from."""
        return self.http.client.host if self.http.client else ""

    @property
    def browser(self) -> str:
        """Which browser sends it, as far as it says."""
        return browser_name(self.http.headers.get("user-agent", ""))


@dataclass(frozen=True, slots=True)
class StaffRequest(PageRequest):
    """A request of somebody signed in: who it is, what they may do, and what the panel remembers for them."""

    session: Session
    rights: frozenset[Right]
    memory: SessionMemory

    @property
    def by(self) -> str:
        """How the journal names this person."""
        return f"staff:{self.session.staff}"


PublicPage = Callable[[PageRequest], Awaitable[Response]]
StaffPage = Callable[[StaffRequest], Awaitable[Response]]
Endpoint = Callable[["Request"], Awaitable[Response]]


class Panel:
    """What all pages of the panel share: the way in to each page, and how it is rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.drawing = draw(context.compartments, context.columns, context.kiosk)
        self._memories: OrderedDict[str, SessionMemory] = OrderedDict()
        self._templates = environment()
        self._templates.filters["clauses"] = sentences

    # --- the way in -----------------------------------------------------------------------------

    def public(self, page: PublicPage, *, file: int = 0) -> Endpoint:
        """A page for anybody. A form must come from our own page. `file`: so many bytes of a file may come with it."""

        async def endpoint(request: Request) -> Response:
            page_request = PageRequest(request, self.localized_text(request), {})
            if request.method == "POST" and not is_from_panel(request):
                return self.error_page(page_request, "panel.foreign", 403)
            try:
                page_request.form.update(await (read_upload(request, file) if file else read_form(request)))
            except BadField as bad:
                return self.error_page(page_request, "panel.bad_field", 422, field=str(bad))
            except FormTooLong:
                return self.error_page(page_request, "panel.too_long", 413)
            try:
                return await page(page_request)
            except CannotWrite:
                return self.error_page(page_request, "panel.refused_sealed", 503)
            except Exception as fault:  # noqa: BLE001  the top of this request, which it ends
                log.error("a page failed: %s", fault_place(fault))  # noqa: TRY400  the text may hold what was sent
                return self.error_page(page_request, "panel.fault", 500)

        return endpoint

    def signed_in(self, page: StaffPage, right: Right | None = None, *, proved: str = "", file: int = 0) -> Endpoint:
        """A page for somebody signed in, and with this right. A form must bear the session's own mark.

        With `proved`, a page of the panel, a second factor must have been given in the last five minutes; whoever
        has not is asked for it, and sent on to that page. It may name parts of the address: /parcels/{parcel}.
        """

        async def endpoint(page_request: PageRequest) -> Response:
            session = await self.session(page_request.http, prolong=not is_live_refresh(page_request.http))
            if session is None:
                return self._redirect_to_sign_in(page_request.http)
            rights = RIGHTS[Role(session.role)]
            csrf = page_request.form.pop("csrf", "")
            if page_request.http.method == "POST" and not equal_in_constant_time(csrf, session.csrf):
                return self.error_page(page_request, "panel.foreign", 403)
            if right is not None and right not in rights:
                return self.error_page(page_request, "panel.no_right", 403)
            if proved and not session.is_proved(page_request.text.now):
                back = proved.format_map(page_request.http.path_params)
                return RedirectResponse(f"/prove?{urlencode({'next': back})}", 303, HEADERS)
            memory = self._memory(session.hash)
            http, text, form = page_request.http, page_request.text, page_request.form
            return await page(StaffRequest(http, text, form, session, rights, memory))

        return self.public(endpoint, file=file)

    async def session(self, request: Request, *, prolong: bool) -> Session | None:
        """The running session of this browser."""
        text = request.cookies.get(cookie_name(request), "")
        if not 20 <= len(text) <= 100:
            return None
        return await self.context.staff.sessions.find(text, prolong=prolong)

    def _redirect_to_sign_in(self, request: Request) -> Response:
        if is_fragment(request):
            return Response(status_code=401, headers=HEADERS)
        path = request.url.path
        if request.method == "POST":  # what was asked of a door is not done: back to its page, where it was asked
            path = "/".join(path.split("/")[:3])
        asked = {"next": path} if path != "/" and is_panel_path(path) else {}
        # Whoever still has a cookie was signed in, and should hear why this page is not the one that was asked for.
        ended = {"ended": "1"} if cookie_name(request) in request.cookies else {}
        query = urlencode(asked | ended, quote_via=quote)
        return RedirectResponse(f"/sign-in?{query}" if query else "/sign-in", 303, HEADERS)

    def redirect_signed_in(self, request: Request, opened: NewSession, to: str) -> Response:
        """The response to a good log-in: the new session's cookie, and on to the page."""
        response = RedirectResponse(to if is_panel_path(to) else "/", 303, HEADERS)
        self.set_session_cookie(request, response, opened)
        return response

    def set_session_cookie(self, request: Request, response: Response, opened: NewSession) -> None:
        """Give the browser its new session; that it stood between two steps is over."""
        secure = is_secure(request)
        response.set_cookie(cookie_name(request), opened.id, httponly=True, samesite="strict", secure=secure, path="/")
        response.delete_cookie(pending_cookie_name(request), httponly=True, samesite="strict", secure=secure, path="/")

    def redirect_to_second_step(self, request: Request, pending: PendingSignIn, to: str) -> Response:
        """The response to a good password: on to the code of the app, or to setting one up."""
        query = f"?{urlencode({'next': to})}" if to != "/" and is_panel_path(to) else ""
        response = RedirectResponse(f"/sign-in/{'enrol' if pending.new_secret else 'code'}{query}", 303, HEADERS)
        response.set_cookie(
            *(pending_cookie_name(request), pending.id, PENDING_SECONDS),
            httponly=True,
            samesite="strict",
            secure=is_secure(request),
            path="/",
        )
        return response

    async def end_former_session(self, request: PageRequest) -> None:
        """Whoever signs in over a running session leaves that one."""
        former = await self.session(request.http, prolong=False)
        if former is not None:
            await self.context.staff.sessions.end(former.hash)

    def redirect_signed_out(self, request: Request) -> Response:
        """Back to the sign-in page, without the cookie."""
        response = RedirectResponse("/sign-in", 303, HEADERS)
        response.delete_cookie(
            cookie_name(request), httponly=True, samesite="strict", secure=is_secure(request), path="/"
        )
        return response

    def _memory(self, key: str) -> SessionMemory:
        memory = self._memories.pop(key, None) or SessionMemory()
        self._memories[key] = memory
        if len(self._memories) > 256:
            self._memories.popitem(last=False)
        return memory

    # --- the way out ----------------------------------------------------------------------------

    def localized_text(self, request: Request) -> LocalizedText:
        """The language that was chosen, else the browser's, else the site's first; at this moment."""
        chosen = request.cookies.get("language", "")
        if chosen not in LANGUAGES:
            chosen = preferred_language(request.headers.get("accept-language", "")) or self.context.site.languages[0]
        return LocalizedText(chosen, self.context.site.timezone, self.context.engine.now())

    def render(self, template: str, page_request: PageRequest, status: int = 200, **parts: Any) -> Response:
        """A page as HTML. For somebody signed in also with their session and its mark for forms."""
        session = page_request.session if isinstance(page_request, StaffRequest) else None
        rights = page_request.rights if isinstance(page_request, StaffRequest) else frozenset[Right]()
        html = self._templates.get_template(f"staff/{template}").render(
            text=page_request.text,
            t=page_request.text.translate,
            site=self.context.site,
            sealed=self.context.engine.sealed,
            session=session,
            left=max(0, int((session.ends_at - page_request.text.now).total_seconds())) if session else 0,
            navigation=navigation(page_request.http.url.path, rights),
            csrf=session.csrf if session else "",
            path=page_request.http.url.path,
            languages=LANGUAGE_NAMES,
            fragment=is_fragment(page_request.http),
            certificate_note=self._certificate_note(page_request.text) if session else "",
            **parts,
        )
        return HTMLResponse(html, status, HEADERS)

    def _certificate_note(self, text: LocalizedText) -> str:
        """What whoever is signed in must know of the panel's certificate, or an empty text."""
        keeper = self.context.certificate
        if keeper is None or keeper.current is None or not keeper.is_new:
            return self.certificate_task(text)
        until, fingerprint = text.day(keeper.current.ends.date()), keeper.current.fingerprint
        return text.translate("panel.certificate_new", until=until, fingerprint=fingerprint)

    def certificate_task(self, text: LocalizedText) -> str:
        """What somebody must do about the panel's certificate, or an empty text."""
        keeper = self.context.certificate
        if keeper is None or keeper.current is None or not (keeper.fault or keeper.ends_soon):
            return ""
        key = "panel.certificate_fault" if keeper.fault else "panel.certificate_ends"
        return text.translate(key, until=text.day(keeper.current.ends.date()), fault=keeper.fault)

    def error_page(self, page_request: PageRequest, key: str, status: int, **fills: object) -> Response:
        """A page that says in one sentence why this was not done."""
        sentence = page_request.text.translate(key, **fills)
        return self.render("error.html", page_request, status, sentence=sentence, number=status)

    async def no_page(self, request: Request, turned_away: Exception) -> Response:
        """What the router itself turns away: no such page, no such method."""
        assert isinstance(turned_away, HTTPException)
        status = turned_away.status_code
        response = self.error_page(
            PageRequest(request, self.localized_text(request), {}), _ROUTING.get(status, "panel.fault"), status
        )
        response.headers.update(turned_away.headers or {})
        return response


def is_from_panel(request: Request) -> bool:
    """True when a form comes from our own page."""
    return is_same_origin(request.headers, f"{request.url.scheme}://{request.headers.get('host', '')}")


def equal_in_constant_time(one: str, other: str) -> bool:
    """Equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def is_secure(request: Request) -> bool:
    """True when the request came over TLS; without it the listener is on loopback."""
    return request.url.scheme == "https"


def is_fragment(request: Request) -> bool:
    """True when the page's own script asks for its newest picture."""
    return "x-fragment" in request.headers


def is_live_refresh(request: Request) -> bool:
    """True when nobody has touched anything: the page only stays live, and that keeps nobody signed in."""
    return request.headers.get("x-fragment") == "live"


def cookie_name(request: Request) -> str:
    """Over TLS the name binds the cookie to this host alone (RFC 6265bis 4.1.3.2)."""
    return "__Host-staff" if is_secure(request) else "staff"


def pending_cookie_name(request: Request) -> str:
    """The same for who stands between the two steps of signing in."""
    return f"{cookie_name(request)}-pending"


def is_panel_path(path: str) -> bool:
    """True for a page of the panel: where one may be sent back to after signing in."""
    return bool(_PANEL_PATH.fullmatch(path))


def preferred_language(header: str) -> str:
    """The first language of Accept-Language that the catalogues have, or an empty text."""
    for part in header.split(",")[:20]:
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-TW" if any(mark in tag for mark in ("tw", "hk", "mo", "hant")) else "zh-CN"
        if tag.startswith("en"):
            return "en"
    return ""
