"""The place of the panel where parcels are found, and where everything about one of them is seen and done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.staff.parcels import dispatch_pages, parcel_acts, parcel_label, parcel_pages, search_pages

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel

__all__ = ["install"]


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    search_pages.install(app, panel)
    dispatch_pages.install(app, panel)
    parcel_pages.install(app, panel)
    parcel_acts.install(app, panel)
    parcel_label.install(app, panel)
