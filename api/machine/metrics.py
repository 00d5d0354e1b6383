"""`/metrics` in the Prometheus text format: counts of the cabinet as it stands, nothing personal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.machine.endpoint import authorise
from api.machine.health_metrics import health_metrics
from api.machine.problems import METHOD_NOT_ALLOWED, Problem
from api.machine.prometheus_text import MEDIA_TYPE, metric
from api.options import is_loopback
from locker.core.model import ParcelState, Seen, Size, Use
from locker.services.notices import notice_counts
from locker.services.people import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request

    from api.app_context import AppContext
    from api.machine.prometheus_text import Sample
    from locker.core.model import Site

_LIVE = [state for state in ParcelState if state.live]
_METHODS = ("GET", "HEAD")
_PROXY_HEADERS = ("forwarded", "x-forwarded-for")


def metrics(context: AppContext) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. A peer on loopback needs no token, unless it speaks for somebody else as a proxy does."""

    async def endpoint(request: Request) -> Response:
        if request.method not in _METHODS:
            return Problem(METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(_METHODS)}).response()
        host = request.client.host if request.client else ""
        proxied = any(name in request.headers for name in _PROXY_HEADERS)
        if proxied or not is_loopback(host):
            try:
                authorise(context, request, Scope.READ)
            except Problem as problem:
                return problem.response()
        now = context.engine.now()
        events, notices = await context.journal.read(lambda db: (_events(db), notice_counts(db, now)))
        return Response(_text(context, events, notices), media_type=MEDIA_TYPE)

    return endpoint


def _events(db: Database) -> int:
    """How many events there are."""
    return int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])


def _text(context: AppContext, events: int, notices: Mapping[str, int]) -> str:
    site = context.engine.site
    lines: list[str] = []
    lines += metric("lockerd_info", "gauge", "The running version.", [({"version": context.version}, 1)])
    sealed = context.engine.sealed is not None
    lines += metric("lockerd_sealed", "gauge", "1 when nothing can be recorded.", [({}, int(sealed))])
    lines += metric("lockerd_events_total", "counter", "Events in the journal.", [({}, events)])
    lines += metric("lockerd_compartments", "gauge", "Compartments by size and use.", _by_use(site))
    lines += metric("lockerd_doors", "gauge", "Doors by what their switch says.", _by_seen(site))
    lines += metric("lockerd_parcels", "gauge", "Parcels that may be behind a door.", _by_state(site))
    overdue = sum(parcel.overdue for parcel in site.parcels.values())
    lines += metric("lockerd_parcels_overdue", "gauge", "Parcels whose free time is over.", [({}, overdue)])
    lines += metric("lockerd_visits", "gauge", "Doors at which somebody is.", [({}, len(site.visits))])
    read = [({"sensor": name}, celsius) for name, celsius in context.temperatures.items() if celsius is not None]
    if context.temperatures:
        lines += metric("lockerd_temperature_celsius", "gauge", "Cold compartments by their sensor.", read)
    waiting = [({"state": state}, count) for state, count in notices.items()]
    about = "Notices not delivered: waiting, late (of these, tried in vain for long), failed (staff must act)."
    lines += metric("lockerd_notices", "gauge", about, waiting)
    lines += health_metrics(context.health)
    return "\n".join(lines) + "\n"


def _by_use(site: Site) -> list[Sample]:
    found = Counter((each.size, each.use) for each in site.compartments.values())
    sizes = sorted({each.size for each in site.compartments.values()}, key=lambda size: size.rank)
    return [({"size": size, "use": use}, found[Size(size), use]) for size in sizes for use in Use]


def _by_seen(site: Site) -> list[Sample]:
    found = Counter(each.seen for each in site.compartments.values())
    return [({"seen": seen}, found[seen]) for seen in Seen]


def _by_state(site: Site) -> list[Sample]:
    found = Counter(parcel.state for parcel in site.parcels.values())
    return [({"state": state}, found[state]) for state in _LIVE]
