"""Ask the help bot: a question in one's own words, an answer from one's own parcels, and a case where that fails.

Nothing that is asked is written down, unless whoever asks wants a person to read it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.resident.help_bot import LONGEST_QUESTION, BotFacts, answered
from api.resident.own_parcels import my_parcels
from api.resident.parcel_view import parcel_card
from api.resident.public_record import opening_hours
from api.resident.report_pages import MOST_A_DAY
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import CaseRequest, Source
from locker.services.notices import fee_rule
from locker.services.policies import Tariff

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages

PATH = "/ask"
EXAMPLES = ("status", "lost", "late", "hours")
_KIND = "complaint"


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    bot = AskPages(pages)
    app.add_route(PATH, pages.own(bot.ask), methods=["GET", "POST"])
    app.add_route(f"{PATH}/person", pages.own(bot.person), methods=["POST"])


class AskPages:
    """Handlers: read, answer, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def ask(self, asked: AskedByResident) -> Response:
        """The question, and what is answered."""
        self._allowed(asked)
        question = asked.form.get("question", "").strip()[:LONGEST_QUESTION]
        answer = answered(question, self._facts(asked)) if question else None
        return self._pages.render(
            "ask", asked, tab="parcels", question=question, answer=answer, longest=LONGEST_QUESTION,
            examples=[asked.text.translate(f"my.bot_example_{each}") for each in EXAMPLES],
        )  # fmt: skip

    async def person(self, asked: AskedByResident) -> Response:
        """Let a person read the question: it becomes a case of mine."""
        self._allowed(asked)
        words, cases = asked.form.get("question", "").strip()[:LONGEST_QUESTION], self._context.cases.service
        if not words:
            return self._pages.back(PATH)
        since = asked.text.now - timedelta(days=1)
        if sum(each.opened_at > since for each in await cases.cases_of(asked.person.id)) >= MOST_A_DAY:
            raise Refused(RefusalReason.THROTTLED)
        request = CaseRequest(
            kind=_KIND, source=Source.RESIDENT, by=asked.by, text=words,
            unit=asked.person.unit, resident=asked.person.id,
        )  # fmt: skip
        receipt = await cases.open_case(request)
        return self._pages.back(f"/cases/{receipt.number}")

    def _allowed(self, asked: AskedByResident) -> None:
        if not self._pages.has_bot(asked.person.id):
            raise Refused(RefusalReason.UNKNOWN)

    def _facts(self, asked: AskedByResident) -> BotFacts:
        text, site, policy = asked.text, self._context.site, self._context.engine.site.policy
        mine = my_parcels(self._context.engine.site, asked.person.id)
        limited = policy.opening.week_at(self._context.engine.now())
        hours = opening_hours(self._context) if limited else text.translate("my.help_always")
        return BotFacts(
            cards=[parcel_card(each, text) for each in mine],
            hours=str(hours),
            address=site.address,
            free_hours=policy.free_hours,
            fee=fee_rule(self._context.rules.body(Tariff), policy.free_hours, text.language),
            phone=site.help_phone,
        )
