"""What every page of the panel goes through: who it is, in which language, from where, and with what rights."""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.cabinet_drawing import draw
from api.i18n import LANGUAGES, NAMES
from api.middleware import HEADERS as SECURITY_HEADERS
from api.middleware import is_same_origin
from api.staff.localized_text import LocalizedText
from api.templates import environment, sentences
from locker.journal.store import CannotWrite
from locker.services.people import RIGHTS, ParcelSearch, Right, Role

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.app_context import AppContext
    from locker.services.people import NewSession, Session

# no-referrer would make browsers send "Origin: null" with our own forms.
HEADERS = {
    **SECURITY_HEADERS,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
LONGEST_FIELD = 200
LONGEST_FORM = 16 * 1024
SHOWN_FOR = timedelta(minutes=5)
REFUSAL_FOR = timedelta(minutes=2)
_SOMEWHERE = re.compile(r"/(doors/[A-Za-z0-9._-]{1,24}|parcels(/[a-z0-9]{1,16})?|me)?")


class TooLong(Exception):
    """A form that is longer than any of ours."""


class BadField(Exception):
    """A field of a form that no browser would have sent so; its name is the text."""


@dataclass(slots=True)
class Drawer:
    """What the panel remembers for one session, in memory only: nothing of it may stand in an address."""

    query: ParcelSearch = field(default_factory=ParcelSearch)
    day: str = ""
    shown: dict[str, datetime] = field(default_factory=dict)
    refusals: dict[str, RefusalNotice] = field(default_factory=dict)
    done: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def show(self, about: str, until: datetime) -> None:
        """Remember that something private may be seen until then; what nobody may see any more is forgotten."""
        now = until - SHOWN_FOR
        self.shown = {each: at for each, at in self.shown.items() if at > now}
        self.shown[about] = until


@dataclass(frozen=True, slots=True)
class RefusalNotice:
    """An order that was not carried out: which form, why, and what had been typed."""

    form: str
    sentence: str
    typed: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is not signed in, or not yet."""

    request: Request
    words: LocalizedText
    form: dict[str, str]

    @property
    def source(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""


@dataclass(frozen=True, slots=True)
class Member(Guest):
    """Somebody signed in."""

    session: Session
    rights: frozenset[Right]
    drawer: Drawer

    @property
    def by(self) -> str:
        """How the journal names this person."""
        return f"staff:{self.session.staff}"


GuestPage = Callable[[Guest], Awaitable[Response]]
MemberPage = Callable[[Member], Awaitable[Response]]
Endpoint = Callable[["Request"], Awaitable[Response]]


class Panel:
    """The house as the panel's pages see it, and the way in to each page."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.drawing = draw(context.compartments, context.columns, context.kiosk)
        self._drawers: OrderedDict[str, Drawer] = OrderedDict()
        self._pages = environment()
        self._pages.filters["clauses"] = sentences

    # --- the way in -----------------------------------------------------------------------------

    def open(self, page: GuestPage) -> Endpoint:
        """A page for anybody. A form must come from our own page."""

        async def endpoint(request: Request) -> Response:
            if request.method == "POST" and not is_from_panel(request):
                return self.fault(Guest(request, self.words(request), {}), "panel.foreign", 403)
            try:
                form = await fields(request)
            except BadField as bad:
                return self.fault(Guest(request, self.words(request), {}), "panel.bad_field", 422, field=str(bad))
            except TooLong:
                return self.fault(Guest(request, self.words(request), {}), "panel.too_long", 413)
            guest = Guest(request, self.words(request), form)
            try:
                return await page(guest)
            except CannotWrite:
                return self.fault(guest, "panel.refused_sealed", 503)

        return endpoint

    def members(self, page: MemberPage, right: Right | None = None) -> Endpoint:
        """A page for somebody signed in, and with this right. A form must bear the session's own mark."""

        async def arrived(guest: Guest) -> Response:
            session = await self.session(guest.request, prolong=not is_by_itself(guest.request))
            if session is None:
                return self._to_sign_in(guest.request)
            rights = RIGHTS[Role(session.role)]
            if guest.request.method == "POST" and not same(guest.form.pop("csrf", ""), session.csrf):
                return self.fault(guest, "panel.foreign", 403)
            if right is not None and right not in rights:
                return self.fault(guest, "panel.no_right", 403)
            member = Member(guest.request, guest.words, guest.form, session, rights, self._drawer(session.hash))
            return await page(member)

        return self.open(arrived)

    async def session(self, request: Request, *, prolong: bool) -> Session | None:
        """The running session of this browser."""
        text = request.cookies.get(cookie_name(request), "")
        if not 20 <= len(text) <= 100:
            return None
        return await self.context.staff.sessions.find(text, prolong=prolong)

    def _to_sign_in(self, request: Request) -> Response:
        if is_fragment(request):
            return Response(status_code=401, headers=HEADERS)
        path = request.url.path
        asked = {"next": path} if request.method == "GET" and path != "/" and somewhere(path) else {}
        # Whoever still has a cookie was signed in, and should hear why this page is not the one that was asked for.
        ended = {"ended": "1"} if cookie_name(request) in request.cookies else {}
        query = urlencode(asked | ended, quote_via=quote)
        return RedirectResponse(f"/sign-in?{query}" if query else "/sign-in", 303, HEADERS)

    def enter(self, request: Request, opened: NewSession, to: str) -> Response:
        """The answer to a good log-in: the new session's cookie, and on to the page."""
        answer = RedirectResponse(to if somewhere(to) else "/", 303, HEADERS)
        answer.set_cookie(
            cookie_name(request), opened.id, httponly=True, samesite="strict", secure=is_secure(request), path="/"
        )
        return answer

    def leave(self, request: Request) -> Response:
        """Back to the sign-in page, without the cookie."""
        answer = RedirectResponse("/sign-in", 303, HEADERS)
        answer.delete_cookie(
            cookie_name(request), httponly=True, samesite="strict", secure=is_secure(request), path="/"
        )
        return answer

    def _drawer(self, key: str) -> Drawer:
        drawer = self._drawers.pop(key, None) or Drawer()
        self._drawers[key] = drawer
        if len(self._drawers) > 256:
            self._drawers.popitem(last=False)
        return drawer

    # --- the way out ----------------------------------------------------------------------------

    def words(self, request: Request) -> LocalizedText:
        """The language that was chosen, else the browser's, else the site's first; at this moment."""
        chosen = request.cookies.get("language", "")
        if chosen not in LANGUAGES:
            chosen = preferred(request.headers.get("accept-language", "")) or self.context.site.languages[0]
        return LocalizedText(chosen, self.context.site.timezone, self.context.engine.now())

    def render(self, template: str, guest: Guest, status: int = 200, **parts: Any) -> Response:
        """A page as HTML. For a member also with their name, rights and mark for forms."""
        member = guest if isinstance(guest, Member) else None
        text = self._pages.get_template(f"staff/{template}").render(
            w=guest.words,
            say=guest.words.say,
            site=self.context.site,
            sealed=self.context.engine.sealed,
            member=member,
            csrf=member.session.csrf if member else "",
            path=guest.request.url.path,
            languages=NAMES,
            fragment=is_fragment(guest.request),
            **parts,
        )
        return HTMLResponse(text, status, HEADERS)

    def fault(self, guest: Guest, key: str, status: int, **fills: object) -> Response:
        """A page that says in one sentence why this was not done."""
        return self.render("fault.html", guest, status, sentence=guest.words.say(key, **fills), number=status)


def is_from_panel(request: Request) -> bool:
    """True when a form comes from our own page."""
    return is_same_origin(request.headers, f"{request.url.scheme}://{request.headers.get('host', '')}")


def same(one: str, other: str) -> bool:
    """Equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def is_secure(request: Request) -> bool:
    """True when the request came over TLS; without it the listener is on loopback."""
    return request.url.scheme == "https"


def is_fragment(request: Request) -> bool:
    """True when the page's own script asks for its newest picture."""
    return "x-fragment" in request.headers


def is_by_itself(request: Request) -> bool:
    """True when nobody has touched anything: the page only stays live, and that keeps nobody signed in."""
    return request.headers.get("x-fragment") == "live"


def cookie_name(request: Request) -> str:
    """Over TLS the name binds the cookie to this host alone (RFC 6265bis 4.1.3.2)."""
    return "__Host-staff" if is_secure(request) else "staff"


def somewhere(path: str) -> bool:
    """True for a page of the panel: where one may be sent back to after signing in."""
    return bool(_SOMEWHERE.fullmatch(path))


def preferred(header: str) -> str:
    """The first language of Accept-Language that the catalogues have, or an empty text."""
    for part in header.split(",")[:20]:
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-TW" if any(mark in tag for mark in ("tw", "hk", "mo", "hant")) else "zh-CN"
        if tag.startswith("en"):
            return "en"
    return ""


async def fields(request: Request) -> dict[str, str]:
    """The texts of a form, by name. Raises BadField for what no form of ours sends, TooLong above 16 KiB."""
    if request.method != "POST":
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadField("content-type")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise TooLong
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as garbled:
        raise BadField("?") from garbled
    for name, value in pairs:
        if len(value) > LONGEST_FIELD or not value.isprintable():
            raise BadField(name[:40] if name.isprintable() else "?")
    return dict(pairs)
