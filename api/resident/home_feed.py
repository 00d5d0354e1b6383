"""A resident's parcels for their own home system: how many wait, where, until when; read with a secret of its own (D6).

The secret reads and does nothing else, and ends with all devices of this resident. Codes are told only where the home
system asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.resident.own_parcels import my_parcels
from api.resident.parcel_secrets import code_and_token
from api.resident.resident_page import PAGE_HEADERS
from locker.core.events.record import rfc3339
from locker.core.model import ParcelState

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

    from api.resident.resident_page import AskedByResident, ResidentPages
    from locker.core.model import Parcel

_HERE = frozenset({ParcelState.STORED, ParcelState.COLLECTING})
_HEADERS = {**PAGE_HEADERS, "Cache-Control": "no-store"}


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the page and what a home system reads."""
    feed = HomeFeed(pages)
    app.add_route("/home", pages.own(feed.page), methods=["GET", "POST"])
    app.add_route("/home.json", feed.parcels, methods=["GET"])


class HomeFeed:
    """Handlers: read, ask, answer."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def page(self, asked: AskedByResident) -> Response:
        """What it is for; a new secret is shown this once."""
        secret = ""
        if asked.http.method == "POST":
            secret = await self._context.resident_links.new_feed(asked.person.id)
        address = f"{self._pages.options.url.rstrip('/')}/home.json"
        return self._pages.render("home", asked, tab="wishes", secret=secret, address=address)

    async def parcels(self, request: Request) -> Response:
        """What waits for whoever this secret is of, the one that ends first above."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        links = self._context.resident_links
        resident = await links.resident_of_feed(secret.strip()) if kind.lower() == "bearer" and secret else None
        if resident is None:
            return Response(status_code=401, headers={**_HEADERS, "WWW-Authenticate": "Bearer"})
        mine = my_parcels(self._context.engine.site, resident)
        here = [parcel for parcel in mine if parcel.state in _HERE]
        codes = request.query_params.get("codes") == "yes"
        told = [await self._told(parcel, codes=codes) for parcel in here]
        free_until = next((each["free_until"] for each in told if each["free_until"]), None)
        answer = {"waiting": len(here), "coming": len(mine) - len(here), "free_until": free_until, "parcels": told}
        return JSONResponse(answer, headers=_HEADERS)

    async def _told(self, parcel: Parcel, *, codes: bool) -> dict[str, Any]:
        said: dict[str, Any] = {
            "where": parcel.compartment or parcel.place,
            "company": parcel.company,
            "since": rfc3339(parcel.stored_at) if parcel.stored_at else None,
            "free_until": rfc3339(parcel.deadline) if parcel.deadline else None,
            "overdue": parcel.overdue,
            "held": bool(parcel.held),
        }
        if codes:
            said["code"] = (await code_and_token(self._context, parcel))[0] or None
        return said
