"""What a decision comes to: events to record, and the site as they leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.core.evolve import evolve, forget

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.events import AnyEvent
    from locker.core.model import Site


@dataclass(frozen=True, slots=True)
class Outcome:
    """`before` all events, `after` them but with ended parcels still there to be written, and `site` without."""

    events: tuple[AnyEvent, ...]
    before: Site
    after: Site
    site: Site
    at: datetime


class Draft:
    """A decision in the making: every added event is at once in force for what is decided next."""

    def __init__(self, site: Site, now: datetime) -> None:
        self.before = site
        self.site = site
        self.now = now
        self.events: list[AnyEvent] = []

    def add(self, event: AnyEvent) -> None:
        """Record `event`."""
        self.events.append(event)
        self.site = evolve(self.site, event, self.now)

    def outcome(self) -> Outcome:
        """The decision as it stands."""
        site = forget(self.site, touched_parcels(self.before, self.events))
        return Outcome(tuple(self.events), self.before, self.site, site, self.now)


def touched_parcels(before: Site, events: list[AnyEvent]) -> set[str]:
    """The parcels that these events speak of, by name or by the compartment that held them."""
    names: set[str] = set()
    for event in events:
        names.add(getattr(event, "parcel", ""))
        compartment = before.compartments.get(getattr(event, "compartment", ""))
        if compartment is not None and compartment.parcel is not None:
            names.add(compartment.parcel)
    names.discard("")
    return names
