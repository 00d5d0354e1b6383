"""The page of the machine: what staff see of locks, wires, disk, supply and clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.staff.machine_view import machine_view

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.panel import Panel, StaffRequest


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""

    async def machine(request: StaffRequest) -> Response:
        """The machine as of now."""
        return panel.render("machine.html", request, view=machine_view(panel.context.health, request.text))

    app.add_route("/machine", panel.signed_in(machine), methods=["GET"])
