"""Everything on the residents' listener."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.resident import (
    ask_pages,
    contact_pages,
    gate_pages,
    help_pages,
    home_feed,
    join_pages,
    live_pages,
    own_pages,
    parcel_pages,
    public_record,
    report_pages,
    send_pages,
    status_pages,
    subject_access,
    terms_pages,
    wish_pages,
)
from api.resident.resident_page import ResidentPages

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.app_context import AppContext
    from api.options import ResidentOptions


def install(app: Starlette, context: AppContext, options: ResidentOptions) -> None:
    """Add all pages and the public record."""
    pages = ResidentPages(context, options)
    gate_pages.install(app, pages)
    join_pages.install(app, pages)
    parcel_pages.install(app, pages)
    send_pages.install(app, pages)
    report_pages.install(app, pages)
    wish_pages.install(app, pages)
    terms_pages.install(app, pages)
    status_pages.install(app, pages)
    live_pages.install(app, pages)
    subject_access.install(app, pages)
    help_pages.install(app, pages)
    ask_pages.install(app, pages)
    contact_pages.install(app, pages)
    own_pages.install(app, pages)
    home_feed.install(app, pages)
    public_record.install(app, context)
