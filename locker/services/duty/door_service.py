"""Doors that are to be maintained after so many openings: counted from the last time that somebody did it (S19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Site
    from locker.engine import Engine


@dataclass(frozen=True, slots=True)
class DoorService:
    """When a door was maintained last and by whom, and how often it had been open by then."""

    openings: int
    at: datetime
    by: str


def last_services(db: Database) -> dict[str, DoorService]:
    """The last maintenance of each door that had one."""
    rows = db.execute("select compartment, openings, at, by from door_service").fetchall()
    return {door: DoorService(openings, moment(at), by) for door, openings, at, by in rows}


def openings_since(site: Site, door: str, services: Mapping[str, DoorService]) -> int:
    """How often this door was open since it was maintained; since it was built where it never was. Pure."""
    done = services.get(door)
    return max(0, site.compartments[door].openings - (done.openings if done is not None else 0))


def doors_due(site: Site, services: Mapping[str, DoorService], every: int) -> tuple[str, ...]:
    """The doors that were open `every` times or more since, in the order of the cabinet; none where it is 0. Pure."""
    return tuple(name for name in site.compartments if every and openings_since(site, name, services) >= every)


async def keep_service(engine: Engine, door: str, by: str) -> None:
    """Keep that somebody has maintained this door. Raises Refused: unknown for no such door, sealed."""
    compartment = engine.site.compartments.get(door)
    if compartment is None:
        raise Refused(RefusalReason.UNKNOWN)

    def work(db: Database, now: datetime) -> tuple[Noted, None]:
        sql = "insert or replace into door_service (compartment, openings, at, by) values (?, ?, ?, ?)"
        db.execute(sql, [door, compartment.openings, rfc3339(now), by])
        return Noted(what="door-serviced", about=door), None

    await engine.record_with(work, by)
