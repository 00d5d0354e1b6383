"""The rules of the locker as residents accept them: read at any time, accepted once, and anew when they change.

Nobody is kept from a parcel by them: the page of parcels only says that there is something new to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.reasons import RefusalReason, Refused
from locker.services.policies import RuleKind, Terms, accept, to_accept

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the page."""
    terms = TermsPages(pages)
    app.add_route("/terms", pages.own(terms.show), methods=["GET", "POST"])


async def terms_are_new(pages: ResidentPages, asked: AskedByResident) -> bool:
    """True while this resident has lines to accept that are new to them."""
    context = pages.context
    return await to_accept(context.journal, context.rules, "residents", asked.by) is not None


class TermsPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def show(self, asked: AskedByResident) -> Response:
        """What holds, in the reader's language or another one that was written; accepted by its version."""
        version = self._context.rules.holding(RuleKind.TERMS)
        said = self._context.rules.body(Terms).residents
        if version is None or not said:
            raise Refused(RefusalReason.UNKNOWN)
        if asked.http.method == "POST":
            if asked.form.get("version") != str(version.version):  # another one holds by now: it is shown first
                return self._pages.back("/terms")
            await accept(self._context.engine, self._context.rules, version.version, asked.by)
            return self._pages.back("/")
        by_language = {str(language): lines for language, lines in said.items()}
        lines = by_language.get(asked.text.language) or next(iter(by_language.values()))
        new = await terms_are_new(self._pages, asked)
        return self._pages.render("terms", asked, tab="wishes", lines=lines, version=version.version, new=new)
