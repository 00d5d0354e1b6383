"""`/.well-known/parcel-locker.json`: what anybody may know of this locker, for maps and other programs (N9).

Keys are those of OpenStreetMap where it has one. Nothing of it is about a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from locker.core.model import Seen, Use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette
    from starlette.requests import Request

    from api.app_context import AppContext
    from api.options import ResidentOptions
    from locker.core.model import Compartment

PATH = "/.well-known/parcel-locker.json"
KEPT_SECONDS = 60
_ALWAYS = ("drop-off", "collect")
_FROM_THE_PAGE = ("delegate", "longer", "report")
_SENDING = ("send", "return")
_NAME_KEYS = {"name:zh-Hans": "zh-CN", "name:zh-Hant": "zh-TW"}
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def install(app: Starlette, context: AppContext) -> None:
    """Add the record."""

    async def record(_: Request) -> JSONResponse:
        headers = {"Cache-Control": f"public, max-age={KEPT_SECONDS}", "Access-Control-Allow-Origin": "*"}
        return JSONResponse(public_record(context), headers=headers)

    app.add_route(PATH, record, methods=["GET"])


def public_record(context: AppContext) -> dict[str, Any]:
    """The record as it is now; `docs/parcel-locker.schema.json` says what each key means."""
    site, options = context.engine.site, context.resident
    doors = list(site.compartments.values())
    working = [door for door in doors if door.use is not Use.RETIRED and door.seen is not Seen.UNSEEN]
    outage = "cannot-record" if context.engine.sealed is not None else None if working else "doors-not-seen"
    free = [door for door in working if door.use is Use.FREE and door.seen is Seen.SHUT and outage is None]
    sends = bool(context.couriers.companies())
    return {
        "version": 1,
        "amenity": "parcel_locker",
        "ref": context.site.id,
        "name": context.site.name,
        **_other_names(context),
        "operator": context.site.operator,
        "addr:full": context.site.address,
        **_position(options),
        "phone": context.site.help_phone,
        **({"website": f"{options.url}/help"} if options is not None else {}),
        "opening_hours": opening_hours(context),
        "open_now": site.policy.opening.open_at(context.engine.now()),
        "functions": [*_ALWAYS, *(_FROM_THE_PAGE if options is not None else ()), *(_SENDING if sends else ())],
        "parcel_pickup": "yes",
        "parcel_mail_in": "yes" if sends else "no",
        "wheelchair": "yes" if any(door.low for door in doors) else "limited",
        "accessibility": {
            "low_compartments": sum(door.low for door in doors),
            "large_text": True,
            "high_contrast": True,
            "no_time_limit": True,
        },
        "languages": list(context.site.languages),
        "features": sorted({feature for door in doors for feature in door.features}),
        "compartments": _by_size(doors, doors),
        "free": _by_size(doors, free),
        "status": "outage" if outage else "degraded" if len(working) < len(doors) else "ok",
        "outage": outage,
        "nearest": (options.nearest or None) if options is not None and outage else None,
        "updated": context.engine.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _other_names(context: AppContext) -> dict[str, str]:
    site = context.site
    named = {key: site.called(site.name, language) for key, language in _NAME_KEYS.items()}
    return {key: name for key, name in named.items() if name != site.name}


def _position(options: ResidentOptions | None) -> dict[str, float]:
    if options is None or options.latitude is None or options.longitude is None:
        return {}
    return {"lat": options.latitude, "lon": options.longitude}


def opening_hours(context: AppContext) -> str:
    """The hours that hold now, as OpenStreetMap writes them."""
    week = context.engine.site.policy.opening.week_at(context.engine.now())
    if not week:
        return "24/7"
    parts = []
    for day, spans in zip(_DAYS, week, strict=True):
        hours = ",".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in spans)
        parts.append(f"{day} {hours or 'off'}")
    return "; ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _by_size(all_doors: Sequence[Compartment], counted: Sequence[Compartment]) -> dict[str, int]:
    """How many of these doors there are of each size that the locker has."""
    sizes = sorted({door.size for door in all_doors}, key=lambda size: size.rank)
    return {size.value: sum(door.size is size for door in counted) for size in sizes}
