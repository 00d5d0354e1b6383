"""What every page of a resident goes through: whose device it is, in which language, and how it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.cabinet_drawing import draw
from api.i18n import LANGUAGE_NAMES, LANGUAGES
from api.qr_drawing import qr_code
from api.resident.resident_text import ResidentText
from api.templates import environment, sentences
from locker.core.reasons import Refused
from locker.services.evidence import LARGEST_PICTURE
from locker.services.policies import Pilot, PilotFunction, Terms

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.app_context import AppContext
    from api.options import ResidentOptions
    from locker.services.people import Person

LINK_COOKIE, DEVICE_COOKIE, LANGUAGE_COOKIE = "link", "device", "language"
DAY_S = 86400
MAX_FIELD = 500
MAX_TEXT = 2000
MOST_FILES, MOST_FIELDS = 10, 20
# Old phones say by Origin alone where a form comes from, and "no-referrer" would make it null. No address of a page
# holds anything: the secret of a link has left it before the first page.
PAGE_HEADERS = {"Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex", "X-Frame-Options": "DENY"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of anybody who has a link or none."""

    http: Request
    text: ResidentText
    form: dict[str, str]


@dataclass(frozen=True, slots=True)
class AskedByResident(Asked):
    """A request from a device that was let in. `files`: what it sends beside words, where a page takes that."""

    person: Person
    files: tuple[bytes, ...] = ()

    @property
    def by(self) -> str:
        """How the journal names this person."""
        return f"resident:{self.person.id}"


PublicPage = Callable[[Asked], Awaitable[Response]]
OwnPage = Callable[[AskedByResident], Awaitable[Response]]
Endpoint = Callable[["Request"], Awaitable[Response]]


class ResidentPages:
    """What all pages share: the way in to each, and how it is rendered."""

    def __init__(self, context: AppContext, options: ResidentOptions) -> None:
        self.context = context
        self.options = options
        self.drawing = draw(context.compartments, context.columns, context.kiosk)
        self._secure = options.url.startswith("https://")
        self._templates = environment()
        self._templates.filters["clauses"] = sentences
        self._templates.filters["qr"] = qr_code

    def public(self, page: PublicPage) -> Endpoint:
        """A page for whoever comes."""

        async def endpoint(request: Request) -> Response:
            asked = Asked(request, self._text(request, ""), await _form(request))
            try:
                return await page(asked)
            except Refused as refused:
                return self._refused(asked, refused)

        return endpoint

    def own(self, page: OwnPage, *, files: bool = False) -> Endpoint:
        """A page for the device of a resident; any other is led to the gate, or told that its link has ended.

        Of others nothing that they send is read.
        """

        async def endpoint(request: Request) -> Response:
            person = await self.person(request)
            if person is None:
                asked = Asked(request, self._text(request, ""), {})
                token = request.cookies.get(LINK_COOKIE, "")
                known = await self.context.resident_links.resident_of_link(token) if token else None
                return RedirectResponse("/gate", 303, PAGE_HEADERS) if known else self.gone(asked)
            form, sent = await _form_with_files(request) if files else (await _form(request), ())
            own = AskedByResident(request, self._text(request, person.language), form, person, sent)
            try:
                return await page(own)
            except Refused as refused:
                return self._refused(own, refused)

        return endpoint

    async def person(self, request: Request) -> Person | None:
        """Whose device this is."""
        device = request.cookies.get(DEVICE_COOKIE, "")
        resident = await self.context.resident_links.resident_of_device(device) if device else None
        return self.context.directory.get(resident) if resident is not None else None

    def gone(self, asked: Asked) -> Response:
        """The same for a link that has ended, one that was guessed, and none at all."""
        return self.render("gone", asked, status=404)

    def render(self, template: str, asked: Asked, status: int = 200, **values: Any) -> Response:
        """A page from its template."""
        language = asked.http.query_params.get("lang", "")
        response = HTMLResponse(self.page(template, asked, **values), status, PAGE_HEADERS)
        if language in LANGUAGES:
            self.set_cookie(response, LANGUAGE_COOKIE, language, 365 * DAY_S)
        return response

    def page(self, template: str, asked: Asked, **values: Any) -> str:
        """The text of a page."""
        return self._templates.get_template(f"resident/{template}.html").render(
            text=asked.text,
            t=asked.text.translate,
            site=self.context.site,
            languages=[(each, LANGUAGE_NAMES[each]) for each in LANGUAGES],
            path=asked.http.url.path,
            has_terms=bool(self.context.rules.body(Terms).residents),
            has_bot=isinstance(asked, AskedByResident) and self.has_bot(asked.person.id),
            **{"tab": "", "alarm": "", "new_terms": False, **values},
        )

    def has_bot(self, resident: str) -> bool:
        """All have the help bot, unless it is tried by the pilot group first."""
        pilot = self.context.wishes.of(resident).pilot
        return self.context.rules.body(Pilot).open_to(PilotFunction.HELP_BOT, pilot=pilot)

    def back(self, path: str) -> RedirectResponse:
        """To another page of ours after something was done."""
        return RedirectResponse(path, 303, PAGE_HEADERS)

    def set_cookie(self, response: Response, name: str, value: str, seconds: int) -> None:
        """Keep something on this device. Lax: whoever touches the link in a message comes from another app."""
        response.set_cookie(name, value, seconds, httponly=True, samesite="lax", secure=self._secure, path="/")

    def _refused(self, asked: Asked, refused: Refused) -> Response:
        key = f"my.refused_{refused.reason.value}"
        said = asked.text.translate(key)
        said = said if said != key else asked.text.translate("my.refused")
        return self.render("refused", asked, status=409, said=said)

    def _text(self, request: Request, own: str) -> ResidentText:
        wished = [request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, ""), own]
        wished += _accepted(request.headers.get("accept-language", ""))
        language = next((each for each in wished if each in LANGUAGES), self.context.site.languages[0])
        return ResidentText(language, self.context.site, self.context.engine.now())


def _accepted(header: str) -> list[str]:
    """Languages as a browser lists them, in its order, as ours are named."""
    names = [part.partition(";")[0].strip() for part in header[:200].split(",")]
    known = {"zh": "zh-CN", "zh-hans": "zh-CN", "zh-hant": "zh-TW", "zh-hk": "zh-TW"}
    return [known.get(each.lower(), each if each.startswith("zh") else each.partition("-")[0]) for each in names]


async def _form(request: Request) -> dict[str, str]:
    if request.method != "POST":
        return {}
    return {name: value[:MAX_FIELD] for name, value in (await request.form()).items() if isinstance(value, str)}


async def _form_with_files(request: Request) -> tuple[dict[str, str], tuple[bytes, ...]]:
    """Words and files of a form; a file is read one byte further than it may be long, so that it is told apart."""
    if request.method != "POST":
        return {}, ()
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
        words = {name: value[:MAX_TEXT] for name, value in form.items() if isinstance(value, str)}
        sent = [value for value in form.getlist("picture") if not isinstance(value, str) and value.size]
        return words, tuple([await each.read(LARGEST_PICTURE + 1) for each in sent])
