"""Asking to be a resident here: a form for whoever has moved in, looked at by staff before anything follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.reasons import RefusalReason, Refused
from locker.services.people import Application, plain_phone
from locker.services.policies import RuleKind, Terms
from locker.text_folding import names_nobody, visible_name

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import Asked, ResidentPages

LONGEST_UNIT, LONGEST_NAME, LONGEST_PHONE = 40, 60, 30
FEWEST_DIGITS, MOST_DIGITS = 5, 15


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the page, where the site offers it."""
    if pages.options.registration:
        app.add_route("/join", pages.public(JoinPages(pages).join), methods=["GET", "POST"])


class JoinPages:
    """Handlers: read, ask, render. The answer is the same whoever lives in that unit."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def join(self, asked: Asked) -> Response:
        """The form, and what was filled in."""
        if asked.http.method == "GET":
            return self._form(asked)
        said, wrong = self._read(asked), ""
        if not 1 <= len(said.unit) <= LONGEST_UNIT:
            wrong = "unit"
        elif len(said.name) > LONGEST_NAME or names_nobody(said.name):
            wrong = "name"
        elif (
            len(said.phone) > LONGEST_PHONE
            or not FEWEST_DIGITS <= len(plain_phone(said.phone).lstrip("+")) <= MOST_DIGITS
        ):
            wrong = "phone"
        elif said.terms != self._version():  # another version holds by now, or none was accepted: it is read first
            wrong = "terms"
        if wrong:
            return self._form(asked, wrong, 422)
        try:
            await self._context.applications.ask(said)
        except Refused as refused:
            if refused.reason is not RefusalReason.THROTTLED:
                raise
            return self._form(asked, "later", 429)
        return self._pages.render("joined", asked)

    def _read(self, asked: Asked) -> Application:
        form, version = asked.form, asked.form.get("terms", "")
        return Application(
            unit=visible_name(form.get("unit", "")),
            name=visible_name(form.get("name", "")),
            phone=form.get("phone", "").strip(),
            language=asked.text.language,
            consent="consent" in form,
            terms=int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0,
        )

    def _version(self) -> int:
        """The version of the terms that is to be accepted; 0 where there are none for residents."""
        holds = self._context.rules.holding(RuleKind.TERMS)
        return holds.version if holds is not None and self._lines("") else 0

    def _lines(self, language: str) -> tuple[str, ...]:
        said = {str(name): lines for name, lines in self._context.rules.body(Terms).residents.items()}
        return said.get(language) or next(iter(said.values()), ())

    def _form(self, asked: Asked, wrong: str = "", status: int = 200) -> Response:
        return self._pages.render(
            "join",
            asked,
            status,
            typed=asked.form,
            lines=self._lines(asked.text.language),
            version=self._version(),
            wrong_field=wrong,
            alarm=asked.text.translate(f"my.join_wrong_{wrong}") if wrong else "",
        )
