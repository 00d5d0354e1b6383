"""The place of the panel that is about people: who lives here, who delivers, and how a list of residents comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.staff.people import (
    application_pages,
    courier_pages,
    deposit_right_pages,
    import_pages,
    resident_card_pages,
    resident_list_pages,
)

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel


def install(app: Starlette, panel: Panel) -> None:
    """Add its pages."""
    resident_list_pages.install(app, panel)
    courier_pages.install(app, panel)
    deposit_right_pages.install(app, panel)
    application_pages.install(app, panel)
    import_pages.install(app, panel)
    resident_card_pages.install(app, panel)
