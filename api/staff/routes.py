"""The staff panel on its listener: log-in, the live map, doors, parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from api.staff import access_pages, cabinet_pages, journal_pages, parcel_pages, sign_in_pages, snapshot_pages
from api.staff.panel import Panel

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.app_context import AppContext


def install(app: Starlette, context: AppContext) -> None:
    """Add every page of the panel to the staff application. Static files and headers are the application's own."""
    panel = Panel(context)
    app.add_exception_handler(HTTPException, panel.no_page)
    sign_in_pages.install(app, panel)
    cabinet_pages.install(app, panel)
    parcel_pages.install(app, panel)
    journal_pages.install(app, panel)
    access_pages.install(app, panel)
    snapshot_pages.install(app, panel)
