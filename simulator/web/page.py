"""`GET /`: the cabinet as a page that a person can click."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

import api
from api.event_stream import EventStream
from simulator.addresses import kiosk_address, staff_address
from simulator.web.state_stream import event_stream
from simulator.world.door import DoorFault
from simulator.world.front_drawing import draw_front
from simulator.world.phones import PhoneFault
from simulator.world.world import possible_faults
from simulator.world.world_time import FASTEST, SLOWEST

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from lockerd import Settings
    from simulator.simulation import Simulation

HERE = Path(__file__).parent / "panel"
SHARED = Path(str(api.__file__)).parent / "web" / "static"
FILES = {
    "tokens.css": SHARED / "tokens.css",
    "panel.css": SHARED / "panel.css",
    "simulator.css": HERE / "static" / "simulator.css",
    **{f"{name}.js": HERE / "static" / f"{name}.js" for name in ("main", "calls", "doors", "side", "phones", "pulses")},
}
SPEEDS = (SLOWEST, 0.5, 1.0, 5.0, 20.0, FASTEST)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class CabinetPage:
    """The page, its files and its stream."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._template = Environment(
            loader=FileSystemLoader(HERE),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ).get_template("cabinet.html")

    def routes(self) -> list[BaseRoute]:
        """Where the page answers."""
        return [
            Route("/", self.show),
            Route("/live", self.live),
            Route("/static/{name}", self.file),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
        ]

    async def show(self, _: Request) -> Response:
        """The cabinet as the site file draws it; all that moves comes by the stream."""
        settings = self._simulation.settings
        text = self._template.render(
            site=settings.site,
            front=draw_front(settings),
            seed=self._simulation.seed,
            kiosk=kiosk_address(settings),
            staff=staff_address(settings),
            faults=[kind for kind in DoorFault if kind is not DoorFault.FORCED],
            wires=_wires(settings),
            notices=list(PhoneFault),
            speeds=SPEEDS,
        )
        return HTMLResponse(text, headers=HEADERS)

    async def live(self, _: Request) -> Response:
        """The simulation as it changes."""
        return EventStream(event_stream(self._simulation), HEADERS)

    async def file(self, request: Request) -> Response:
        """A style or a script of ours."""
        path = FILES.get(request.path_params["name"])
        return FileResponse(path, headers=HEADERS) if path else Response(status_code=404)


def _wires(settings: Settings) -> list[dict[str, object]]:
    wires: list[dict[str, object]] = []
    for bank in settings.bank:
        doors = [door.id for door in settings.compartment if door.bank == bank.name]
        kinds = possible_faults(bank.kind)
        doors_text = f"{doors[0]} to {doors[-1]}" if len(doors) > 1 else "".join(doors) or "no doors"
        wires.append({"name": bank.name, "kind": bank.kind, "doors": doors_text, "faults": kinds})
    return wires
