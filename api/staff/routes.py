"""The staff panel on its listener: log-in, the live map, doors, parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.middleware import gone
from api.staff import (
    access_pages,
    automation_pages,
    broadcast_pages,
    cabinet_pages,
    clip_pages,
    duty_pages,
    entry_pages,
    incident_pages,
    journal_pages,
    letting_in_pages,
    machine_pages,
    mass_opening_pages,
    procedure_pages,
    round_pages,
    second_step_pages,
    security_pages,
    service_pages,
    sign_in_pages,
    snapshot_pages,
    training_pages,
)
from api.staff import cases as case_place
from api.staff import parcels as parcel_place
from api.staff import people as people_place
from api.staff import reports as report_place
from api.staff import rules as rule_place
from api.staff.panel import Panel

if TYPE_CHECKING:
    from starlette.staticfiles import StaticFiles

    from api.app_context import AppContext


def panel_app(context: AppContext, static: StaticFiles) -> Starlette:
    """Every page of the panel, and its static files. Headers are of the app around it."""
    panel = Panel(context)
    app = Starlette(exception_handlers={HTTPException: panel.no_page, ClientDisconnect: gone})
    app.mount("/static", static, name="static")
    sign_in_pages.install(app, panel)
    second_step_pages.install(app, panel)
    cabinet_pages.install(app, panel)
    duty_pages.install(app, panel)
    training_pages.install(app, panel)
    procedure_pages.install(app, panel)
    machine_pages.install(app, panel)
    security_pages.install(app, panel)
    parcel_place.install(app, panel)
    journal_pages.install(app, panel)
    entry_pages.install(app, panel)
    access_pages.install(app, panel)
    mass_opening_pages.install(app, panel)
    round_pages.install(app, panel)
    service_pages.install(app, panel)
    letting_in_pages.install(app, panel)
    rule_place.install(app, panel)
    people_place.install(app, panel)
    broadcast_pages.install(app, panel)
    incident_pages.install(app, panel)
    automation_pages.install(app, panel)
    case_place.install(app, panel)
    report_place.install(app, panel)
    snapshot_pages.install(app, panel)
    clip_pages.install(app, panel)
    return app
