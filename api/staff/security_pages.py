"""The security page (N7): version, support, what it is made of, where to report, and the clocks of an incident."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from api.staff.bill_of_materials import bill_of_materials, exploitability
from api.staff.panel import HEADERS
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import PageRequest, Panel, StaffRequest

HERE = "/machine/security"
SUPPORTED_UNTIL = date(2031, 12, 31)
"""At least until this day this release, or one that follows it without charge, gets security updates."""


@dataclass(frozen=True, slots=True)
class IncidentClocks:
    """By when what is told of an incident (Regulation (EU) 2024/2847, article 14), from when one knew of it."""

    warning: datetime
    notification: datetime
    final: datetime


def incident_clocks(aware: datetime) -> IncidentClocks:
    """An early warning within 24 hours, the notification within 72, the final report 14 days after a remedy is there.

    The remedy is not there yet when one begins to write: the last is reckoned from the notification's end.
    """
    notified = aware + timedelta(hours=72)
    return IncidentClocks(aware + timedelta(hours=24), notified, notified + timedelta(days=14))


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = SecurityPages(panel)
    app.add_route(HERE, panel.signed_in(pages.show), methods=["GET"])
    app.add_route(HERE, panel.signed_in(pages.draft, Right.JOURNAL), methods=["POST"])
    app.add_route(f"{HERE}/sbom.json", panel.signed_in(pages.bill), methods=["GET"])
    app.add_route(f"{HERE}/vex.json", panel.signed_in(pages.vex), methods=["GET"])
    app.add_route("/.well-known/security.txt", panel.public(pages.contact), methods=["GET"])


class SecurityPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, request: StaffRequest) -> Response:
        """The page."""
        return self._page(request)

    async def draft(self, request: StaffRequest) -> Response:
        """The page with a draft of a report, its clocks running from the moment that was typed, at the site."""
        typed = request.form.get("aware", "")
        try:
            start, _ = request.text.day_span(date.fromisoformat(typed[:10]))
            hours, minutes = (int(part) for part in typed[11:16].split(":"))
            aware = start + timedelta(hours=hours, minutes=minutes)
        except (ValueError, OverflowError):
            return self._page(request, key="panel.incident_when", status=422)
        return self._page(request, clocks=incident_clocks(aware))

    def _page(
        self, request: StaffRequest, clocks: IncidentClocks | None = None, key: str = "", status: int = 200
    ) -> Response:
        text, told = request.text, []
        if clocks is not None:
            told = [
                (text.translate(f"panel.incident_{name}"), text.date_and_time(at), at < text.now)
                for name, at in (
                    ("warning", clocks.warning),
                    ("notification", clocks.notification),
                    ("final", clocks.final),
                )
            ]
        return self._panel.render(
            "security.html",
            request,
            status,
            version=self._context.version,
            supported=text.day(SUPPORTED_UNTIL),
            clocks=told,
            drafts=Right.JOURNAL in request.rights,
            sentence=text.translate("panel.incident_text", site=self._context.site.name, version=self._context.version),
            alarm=text.translate(key) if key else "",
        )

    async def bill(self, request: StaffRequest) -> Response:
        """What this installation is made of."""
        return _json(await asyncio.to_thread(bill_of_materials, request.text.now, self._context.version))

    async def vex(self, request: StaffRequest) -> Response:
        """What is known of vulnerabilities of its parts."""
        return _json(exploitability(request.text.now, self._context.version))

    async def contact(self, request: PageRequest) -> Response:
        """Where to report a fault (RFC 9116): the operator's help phone, for a year from now."""
        phone = "".join(sign for sign in self._context.site.help_phone if sign.isdigit() or sign == "+")
        expires = (request.text.now + timedelta(days=365)).astimezone(UTC)
        lines = [f"Contact: tel:{phone}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: zh, en"]
        return PlainTextResponse("\n".join(lines) + "\n", headers=HEADERS)


def _json(text: str) -> Response:
    return Response(text, media_type="application/json", headers=HEADERS)
