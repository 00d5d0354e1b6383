"""`/.well-known/parcel-locker.json`: what anybody may know of this locker, for maps and other programs (N9).

Keys are those of OpenStreetMap where it has one. Nothing of it is about a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from locker.core.model import Seen, Use

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

    from api.app_context import AppContext

PATH = "/.well-known/parcel-locker.json"
KEPT_SECONDS = 60
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def install(app: Starlette, context: AppContext) -> None:
    """Add the record."""

    async def record(_: Request) -> JSONResponse:
        headers = {"Cache-Control": f"public, max-age={KEPT_SECONDS}", "Access-Control-Allow-Origin": "*"}
        return JSONResponse(public_record(context), headers=headers)

    app.add_route(PATH, record, methods=["GET"])


def public_record(context: AppContext) -> dict[str, Any]:
    """The record as it is now."""
    site, options = context.engine.site, context.resident
    sealed = context.engine.sealed is not None
    doors = list(site.compartments.values())
    working = [door for door in doors if door.use is not Use.RETIRED and door.seen is not Seen.UNSEEN]
    free = [door for door in working if door.use is Use.FREE and door.seen is Seen.SHUT and not sealed]
    out = sealed or not working
    return {
        "amenity": "parcel_locker",
        "ref": context.site.id,
        "name": context.site.name,
        "operator": context.site.operator,
        "addr:full": context.site.address,
        "phone": context.site.help_phone,
        "opening_hours": opening_hours(context),
        "parcel_pickup": "yes",
        "parcel_mail_in": "yes",
        "wheelchair": "yes" if any(door.low for door in doors) else "limited",
        "low_compartments": sum(door.low for door in doors),
        "languages": list(context.site.languages),
        "features": sorted({feature for door in doors for feature in door.features}),
        "compartments": _by_size(door.size.value for door in doors),
        "free": _by_size(door.size.value for door in free),
        "status": "outage" if out else "degraded" if len(working) < len(doors) else "ok",
        "nearest": options.nearest if options is not None and out else None,
        "updated": context.engine.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def opening_hours(context: AppContext) -> str:
    """The hours as OpenStreetMap writes them."""
    week = context.engine.site.policy.opening.week
    if not week:
        return "24/7"
    parts = []
    for day, spans in zip(_DAYS, week, strict=True):
        hours = ",".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in spans)
        parts.append(f"{day} {hours or 'off'}")
    return "; ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _by_size(sizes: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for size in sizes:
        counted[size] = counted.get(size, 0) + 1
    return counted
