"""What a decision comes to: events to record, and the site as they leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.evolve.evolve import evolve, forget
from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.events.any_event import AnyEvent
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
        site = forget(self.before, self.site)
        return Outcome(tuple(self.events), self.before, self.site, site, self.now)
