"""`/metrics` in the Prometheus text format: counts of the cabinet as it stands, nothing personal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.machine.endpoint import authorise
from api.machine.problems import METHOD_NOT_ALLOWED, Problem
from api.options import is_loopback
from locker.core.model import ParcelState, Seen, Size, Use
from locker.services.notices import notice_counts
from locker.services.people import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request

    from api.app_context import AppContext
    from locker.core.model import Site

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LIVE = [state for state in ParcelState if state.live]
_METHODS = ("GET", "HEAD")
_PROXY_HEADERS = ("forwarded", "x-forwarded-for")

Sample = tuple[dict[str, str], float]


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
    lines += _metric("lockerd_info", "gauge", "The running version.", [({"version": context.version}, 1)])
    sealed = context.engine.sealed is not None
    lines += _metric("lockerd_sealed", "gauge", "1 when nothing can be recorded.", [({}, int(sealed))])
    lines += _metric("lockerd_events_total", "counter", "Events in the journal.", [({}, events)])
    lines += _metric("lockerd_compartments", "gauge", "Compartments by size and use.", _by_use(site))
    lines += _metric("lockerd_doors", "gauge", "Doors by what their switch says.", _by_seen(site))
    lines += _metric("lockerd_parcels", "gauge", "Parcels that may be behind a door.", _by_state(site))
    overdue = sum(parcel.overdue for parcel in site.parcels.values())
    lines += _metric("lockerd_parcels_overdue", "gauge", "Parcels whose free time is over.", [({}, overdue)])
    lines += _metric("lockerd_visits", "gauge", "Doors at which somebody is.", [({}, len(site.visits))])
    read = [({"sensor": name}, celsius) for name, celsius in context.temperatures.items() if celsius is not None]
    if context.temperatures:
        lines += _metric("lockerd_temperature_celsius", "gauge", "Cold compartments by their sensor.", read)
    waiting = [({"state": state}, count) for state, count in notices.items()]
    about = "Notices not delivered: waiting, late (of these, tried in vain for long), failed (staff must act)."
    lines += _metric("lockerd_notices", "gauge", about, waiting)
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


def _metric(name: str, kind: str, help_text: str, samples: Iterable[Sample]) -> list[str]:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{inner}}} {value}" if inner else f"{name} {value}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
