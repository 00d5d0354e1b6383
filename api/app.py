"""The apps, one a listener: whoever reaches the one cannot reach the others."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.staticfiles import StaticFiles

from api.late_app import LateApp
from api.middleware import SameOriginMiddleware, SecurityHeadersMiddleware, gone
from api.options import split_listen
from api.own_hosts import LOOPBACK_NAMES, OwnHostMiddleware, in_brackets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.types import Scope

    from api.app_context import AppContext
    from api.options import ResidentOptions

STATIC_FOLDER = Path(__file__).parent / "web" / "static"
TOUCH_BODY_LIMIT = 4096
SIGNATURE_BODY_LIMIT = 65_536
"""A touch of the screen that is signed on brings what was drawn."""


class RevalidatedFiles(StaticFiles):
    """Stylesheets and scripts: kept by the browser, asked for again after an update."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be compared by its ETag at every use."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_files() -> RevalidatedFiles:
    """The files of `web/static`, for either app."""
    mimetypes.add_type("text/javascript", ".js")
    return RevalidatedFiles(directory=STATIC_FOLDER)


def kiosk_app(context: AppContext) -> Starlette:
    """The touchscreen's app. It has no log-in: loopback and the guards are what keeps others out."""
    host, _ = split_listen(context.kiosk.listen)
    app = Starlette(
        middleware=[
            Middleware(SecurityHeadersMiddleware),
            Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, in_brackets(host)], www_redirect=False),
            Middleware(SameOriginMiddleware),
            Middleware(RequestBodyLimitMiddleware, max_body_size=SIGNATURE_BODY_LIMIT),
        ],
        exception_handlers={ClientDisconnect: gone},
    )
    app.mount("/static", static_files(), name="static")
    from api.kiosk.routes import install  # noqa: PLC0415  see import_screens

    install(app, context)
    return app


def staff_app(context: AppContext, hosts: Sequence[str] = LOOPBACK_NAMES) -> Starlette:
    """The app of the staff listener, asked for by one of these names: panel, machine API and metrics."""
    app = Starlette(
        middleware=[Middleware(SecurityHeadersMiddleware), Middleware(OwnHostMiddleware, names=hosts)],
        exception_handlers={ClientDisconnect: gone},
    )
    from api.machine.routes import install  # noqa: PLC0415  see import_screens

    install(app, context)
    app.router.default = LateApp(lambda: _panel(context))
    return app


def resident_app(context: AppContext, options: ResidentOptions) -> Starlette:
    """The app of the residents' listener: their own pages, and the public record of the locker."""
    named = urlsplit(options.url).hostname or ""
    app = Starlette(
        middleware=[
            Middleware(SecurityHeadersMiddleware),
            Middleware(OwnHostMiddleware, names=[in_brackets(named), *LOOPBACK_NAMES]),
            Middleware(SameOriginMiddleware),
            Middleware(RequestBodyLimitMiddleware, max_body_size=TOUCH_BODY_LIMIT),
        ],
        exception_handlers={ClientDisconnect: gone},
    )
    app.mount("/static", static_files(), name="static")
    from api.resident.routes import install  # noqa: PLC0415  see import_screens

    install(app, context, options)
    return app


def import_screens() -> None:
    """Bring in what answers who comes: the touchscreen first, then machines, then the panel. No door needs any of it.

    For a thread, right after the start. Who comes before it is done waits for what is missing, and no longer.
    """
    import api.kiosk.routes  # noqa: PLC0415  see above
    import api.machine.routes  # noqa: PLC0415  see above
    import api.staff.routes  # noqa: F401, PLC0415  see above


def _panel(context: AppContext) -> Starlette:
    from api.staff.routes import panel_app  # noqa: PLC0415  see import_screens

    return panel_app(context, static_files())
