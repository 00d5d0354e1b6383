"""The way in: the link of a notice, then once a device the end of the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.resident.resident_page import DAY_S, DEVICE_COOKIE, LINK_COOKIE
from locker.services.people import DEVICE_DAYS

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.resident.resident_page import Asked, AskedByResident, ResidentPages


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    gate = GatePages(pages)
    app.add_route("/p/{token}", pages.public(gate.link), methods=["GET"])
    app.add_route("/gate", pages.public(gate.gate), methods=["GET", "POST"])
    app.add_route("/leave", pages.own(gate.leave), methods=["POST"])


class GatePages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._links = pages.context.resident_links

    async def link(self, asked: Asked) -> Response:
        """The link of a notice: its secret leaves the address at once, for a cookie of this device."""
        token = asked.http.path_params["token"]
        resident = await self._links.resident_of_link(token)
        if resident is None:
            return self._pages.gone(asked)
        known = await self._pages.person(asked.http)
        # From here no page of ours, and none of others, learns where it was come from.
        response = RedirectResponse("/", 303, {"Referrer-Policy": "no-referrer"})
        if known is None or known.id != resident:
            response.delete_cookie(DEVICE_COOKIE, path="/")
            self._pages.set_cookie(response, LINK_COOKIE, token, DAY_S)
        return response

    async def gate(self, asked: Asked) -> Response:
        """The question, and the try."""
        token = asked.http.cookies.get(LINK_COOKIE, "")
        resident = await self._links.resident_of_link(token) if token else None
        if resident is None:
            return self._pages.gone(asked)
        unit = self._links.proof_is_unit(resident)
        if asked.http.method == "GET":
            return self._pages.render("gate", asked, unit=unit)
        answer = await self._links.enter(token, asked.form.get("end", ""))
        if answer is None:
            return self._pages.gone(asked)
        if answer.device:
            response = self._pages.back("/")
            self._pages.set_cookie(response, DEVICE_COOKIE, answer.device, DEVICE_DAYS * DAY_S)
            response.delete_cookie(LINK_COOKIE, path="/")
            return response
        left = asked.text.translate("my.gate_rests" if answer.rests else "my.gate_left", n=answer.left)
        return self._pages.render("gate", asked, 429 if answer.rests else 401, unit=unit, alarm=left)

    async def leave(self, asked: AskedByResident) -> Response:
        """Every link and every device ends: the phone was lost, or somebody else holds it."""
        await self._links.end(asked.person.id, asked.by)
        response = self._pages.render("left", asked)
        response.delete_cookie(DEVICE_COOKIE, path="/")
        return response
