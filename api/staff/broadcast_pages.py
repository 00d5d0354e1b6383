"""The page on which staff write to all residents, or to those for whom a parcel waits, and see what became of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse

from api.i18n import LANGUAGES
from api.staff.panel import HEADERS
from api.staff.rules.rule_view import author
from locker.core.reasons import Refused
from locker.services.notices import Broadcast, BroadcastAudience, BroadcastTaken, NoticeTemplate, SentBroadcast
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest

_AUDIENCES = tuple(each for each in BroadcastAudience if each.of_residents)
_KINDS = (NoticeTemplate.INCIDENT, NoticeTemplate.SERVICE_CHANGE)


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """One that was sent: its words in the reader's language, who wrote it to whom, what became of its notices."""

    said: str
    facts: str
    became: str
    time: str


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = BroadcastPages(panel)
    app.add_route("/broadcasts", panel.signed_in(pages.show, Right.RULES), methods=["GET"])
    app.add_route("/broadcasts", panel.signed_in(pages.send, Right.RULES), methods=["POST"])


class BroadcastPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._desk = panel.context.broadcasts

    async def show(self, request: StaffRequest) -> Response:
        """An empty form, and what was sent."""
        return await self._page(request, {"key": secrets.token_hex(8), "template": "incident", "audience": "all"}, "")

    async def send(self, request: StaffRequest) -> Response:
        """Send it. The form has a key of its own, so that two presses send one."""
        form = request.form
        try:
            await self._desk.send(self._asked(form), request.by)
        except ValueError as wrong:
            return await self._page(request, form, str(wrong).partition(":")[0].partition(".")[0])
        except BroadcastTaken:
            return await self._page(request, form | {"key": secrets.token_hex(8)}, "key")
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/broadcasts", 303, HEADERS)

    def _asked(self, form: dict[str, str]) -> Broadcast:
        texts = {language: form.get(f"text-{language}", "").strip() for language in LANGUAGES}
        at = form.get("effective_at", "").strip()
        try:
            local = datetime.fromisoformat(at) if at else None
        except ValueError:
            raise ValueError("effective_at: is no time") from None
        zone = ZoneInfo(self._panel.context.site.timezone)
        return Broadcast(
            form.get("key", ""),
            NoticeTemplate(form.get("template", "")),
            BroadcastAudience(form.get("audience", "")),
            {language: text for language, text in texts.items() if text},
            local.replace(tzinfo=zone).astimezone(UTC) if local is not None else None,
        )

    async def _page(self, request: StaffRequest, form: dict[str, str], wrong: str) -> Response:
        text = request.text
        alarm = text.translate_or(f"panel.broadcast_wrong_{wrong}", "panel.broadcast_wrong") if wrong else ""
        fields = [f"text-{language}" for language in LANGUAGES]
        return self._panel.render(
            "broadcasts.html",
            request,
            422 if wrong else 200,
            rows=[broadcast_row(each, text) for each in await self._desk.sent()],
            form=dict.fromkeys(["key", "template", "audience", "effective_at", *fields], "") | form,
            kinds=[(each.value, text.translate(f"panel.notice_{each.value.replace('-', '_')}")) for each in _KINDS],
            audiences=[
                (each.value, text.translate(f"panel.audience_{each.value}"))
                for each in BroadcastAudience
                if each.of_residents
            ],
            alarm=alarm,
            still=True,
        )


def broadcast_row(sent: SentBroadcast, text: LocalizedText) -> BroadcastRow:
    """One that was sent, as a line."""
    t, told = text.translate, sent.broadcast
    said = told.texts.get(text.language) or next(iter(told.texts.values()))
    facts = [t(f"panel.audience_{told.audience.value}"), author(sent.author, text)]
    if told.effective_at is not None:
        facts.append(t("panel.rule_from", at=text.date_and_time(told.effective_at)))
    became = [t(f"panel.broadcast_{state}", n=count) for state, count in sorted(sent.states.items())]
    return BroadcastRow(
        said,
        t("panel.comma").join(facts),
        t("panel.list_comma").join(became) or t("panel.broadcast_none"),
        text.short_time(sent.made_at),
    )
