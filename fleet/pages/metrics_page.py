"""`/metrics` of the centre in the Prometheus text format, for a scraper on this machine: counts, nothing personal."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.responses import Response

from fleet import overview
from fleet.pages.page_request import HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from psycopg import AsyncConnection
    from starlette.requests import Request

    from fleet.pages.admission import Connections

_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PROXY_HEADERS = ("forwarded", "x-forwarded-for")
_CHANGES = ("running", "halted", "taking-back")


def metrics_endpoint(connections: Connections) -> Callable[[Request], Awaitable[Response]]:
    """For a peer on loopback that speaks for nobody else; any other finds no such page."""

    async def endpoint(request: Request) -> Response:
        host = request.client.host if request.client else ""
        if any(name in request.headers for name in _PROXY_HEADERS) or not _is_here(host):
            return Response(status_code=404, headers=HEADERS)
        try:
            async with connections.one() as connection:
                text = "\n".join([line async for line in _lines(connection)]) + "\n"
        except psycopg.OperationalError:
            return Response(status_code=503, headers=HEADERS)
        return Response(text, media_type=_MEDIA_TYPE, headers=HEADERS)

    return endpoint


async def _lines(connection: AsyncConnection[Any]) -> AsyncIterator[str]:
    lines = await overview.lockers(connection)
    states = Counter({"online": 0, "offline": 0})
    states.update("online" if line.online else "offline" for line in lines)
    for line in _metric("fleetd_lockers", "Lockers by whether they are connected.", "state", states):
        yield line
    needs = Counter(dict.fromkeys((need.name.lower() for need in overview.Need), 0))
    needs.update(line.need.name.lower() for line in lines)
    for line in _metric("fleetd_lockers_needing", "Lockers by how soon they need somebody.", "need", needs):
        yield line
    row = await (await connection.execute("select extract(epoch from max(seen_at)) from locker")).fetchone()
    if row is not None and row[0] is not None:
        yield "# HELP fleetd_last_heard_timestamp_seconds When a locker was heard last."
        yield "# TYPE fleetd_last_heard_timestamp_seconds gauge"
        yield f"fleetd_last_heard_timestamp_seconds {float(row[0]):.0f}"
    rows = await connection.execute(
        "select state, count(*) from rollout where state = any(%s) group by 1", [list(_CHANGES)]
    )
    changes = dict.fromkeys(_CHANGES, 0) | {str(state): int(n) for state, n in await rows.fetchall()}
    for line in _metric("fleetd_changes", "Changes for many lockers that are under way.", "state", changes):
        yield line
    row = await (
        await connection.execute(
            "select count(*) from given_order where result is null and given_at > now() - interval '1 day'"
            " and not_after < now() - interval '1 minute'"
        )
    ).fetchone()
    yield "# HELP fleetd_orders_unanswered Orders of the last day whose time is over and that nobody answered."
    yield "# TYPE fleetd_orders_unanswered gauge"
    yield f"fleetd_orders_unanswered {int(row[0]) if row is not None else 0}"


def _metric(name: str, about: str, label: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for value, count in counts.items():
        yield f'{name}{{{label}="{value}"}} {count}'


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
