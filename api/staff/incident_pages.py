"""The page on which staff say what keeps the locker from working, or put in an alert, and end it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse

from api.staff.panel import HEADERS
from api.staff.rules.rule_view import author
from locker.core.reasons import RefusalReason, Refused
from locker.services.incidents import LONGEST, BadAlert, BadIncident, IncidentWords, read_alert
from locker.services.notices import BroadcastAudience
from locker.services.people import Right
from locker.services.policies import EmergencyContacts

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.panel import Panel, StaffRequest

PATH = "/incident"
_AUDIENCES = ("waiting", "all", "")


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = IncidentPages(panel)
    app.add_route(PATH, panel.signed_in(pages.show), methods=["GET"])
    app.add_route(PATH, panel.signed_in(pages.declare, Right.CASES), methods=["POST"])
    app.add_route(f"{PATH}/alert", panel.signed_in(pages.alert, Right.CASES, file=1024 * 256), methods=["POST"])
    app.add_route(f"{PATH}/end", panel.signed_in(pages.end, Right.CASES), methods=["POST"])


class IncidentPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._desk = panel.context.incident_desk

    async def show(self, request: StaffRequest) -> Response:
        """What is told now, or the form in which it is said."""
        return self._page(request, {"tell": "waiting"})

    async def declare(self, request: StaffRequest) -> Response:
        """Tell of it, on the screen and to people."""
        form = request.form
        words = {
            str(language): IncidentWords(form.get(f"cause-{language}", ""), form.get(f"instead-{language}", ""))
            for language in self._context.site.languages
            if form.get(f"cause-{language}", "").strip() or form.get(f"instead-{language}", "").strip()
        }
        tell = form.get("tell", "")
        if tell not in _AUDIENCES:
            return self._page(request, form, "tell")
        try:
            until = self._time(form.get("recovers_at", ""))
            await self._desk.declare(words, until, BroadcastAudience(tell) if tell else None, request.by)
        except BadIncident as bad:
            return self._page(request, form, str(bad).partition(":")[0].rpartition(".")[2])
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(PATH, 303, HEADERS)

    async def alert(self, request: StaffRequest) -> Response:
        """Act on an alert that somebody has as a text."""
        try:
            text = bytes(getattr(request.http.state, "file", b"")).decode("utf-8-sig")
            outcome = await self._desk.take(read_alert(text), request.by)
        except UnicodeDecodeError:
            return self._page(request, request.form, "alert", "UTF-8")
        except (BadAlert, BadIncident) as bad:
            return self._page(request, request.form, "alert", str(bad))
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return self._page(request, {"tell": "waiting"}, said=f"panel.alert_{outcome.value.replace('-', '_')}")

    async def end(self, request: StaffRequest) -> Response:
        """It is over; that it was over already needs no word."""
        try:
            await self._desk.end(request.by)
        except Refused as refused:
            if refused.reason is RefusalReason.SEALED:
                return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(PATH, 303, HEADERS)

    def _time(self, typed: str) -> datetime:
        """A time at the site, as browsers send it. Raises BadIncident."""
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(self._context.site.timezone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadIncident("recovers_at: is no time") from None

    def _page(
        self, request: StaffRequest, form: dict[str, str], wrong: str = "", why: str = "", said: str = ""
    ) -> Response:
        text, now, languages = request.text, self._context.incidents.now, self._context.site.languages
        fields = [f"{field}-{language}" for language in languages for field in ("cause", "instead")]
        alarm = text.translate_or(f"panel.incident_wrong_{wrong}", "panel.incident_wrong", why=why) if wrong else ""
        return self._panel.render(
            "incident.html",
            request,
            422 if wrong else 200,
            incident=now,
            told=[(each, now.told(each)) for each in languages if each in now.words] if now is not None else [],
            until=text.date_and_time(now.recovers_at) if now is not None else "",
            since=text.date_and_time(now.declared_at) if now is not None else "",
            by=author(now.by, text) if now is not None else "",
            spoken=languages,
            form=dict.fromkeys(["recovers_at", "tell", *fields], "") | form,
            audiences=[(each, text.translate(f"panel.incident_tell_{each or 'nobody'}")) for each in _AUDIENCES],
            contact=self._context.rules.body(EmergencyContacts).contact,
            longest=LONGEST,
            may=Right.CASES in request.rights,
            may_name=Right.RULES in request.rights,
            said=text.translate(said) if said else "",
            alarm=alarm,
            still=True,
        )
