"""The navigation of the panel: its places, and the pages of each. A new page is one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class PlacePage:
    """A page that the navigation leads to. `word` is the key of its name, `right` what is needed to see it.

    `under`: beginnings of addresses of pages that are reached from it.
    """

    path: str
    word: str
    right: Right | None = None
    under: tuple[str, ...] = ()

    def leads_to(self, path: str) -> int:
        """How much of the address is this page's: 0 when it is not reached from here."""
        if path == self.path:
            return len(path) + 1
        inside = [each for each in (f"{self.path}/", *self.under) if each != "//" and path.startswith(each)]
        return max(map(len, inside), default=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the navigation. Its first page that somebody may see is what a touch leads to."""

    word: str
    icon: str
    pages: tuple[PlacePage, ...]

    def seen_with(self, rights: Iterable[Right]) -> tuple[PlacePage, ...]:
        """Its pages for somebody of these rights."""
        return tuple(each for each in self.pages if each.right is None or each.right in rights)


PLACES: tuple[Place, ...] = (
    Place(
        "panel.cabinet",
        "door",
        (
            PlacePage("/", "panel.now_place", under=("/doors/", "/duty")),
            PlacePage("/mass-openings", "panel.openings", Right.OPEN),
            PlacePage("/rounds", "panel.rounds"),
            PlacePage("/procedures", "panel.procedures", under=("/glossary",)),
            PlacePage("/machine", "panel.machine"),
            PlacePage("/machine/security", "panel.security"),
        ),
    ),
    Place(
        "panel.parcels",
        "box",
        (
            PlacePage("/parcels", "panel.find_place"),
            PlacePage("/parcels/outbound", "panel.outbound_place"),
            PlacePage("/parcels/dispatch", "panel.dispatch_place", under=("/parcels/shifts",)),
            PlacePage("/parcels/stock", "panel.stock_place"),
        ),
    ),
    Place(
        "panel.people",
        "people",
        (
            PlacePage("/people", "panel.residents", Right.PEOPLE),
            PlacePage("/people/applications", "panel.applications", Right.PEOPLE),
            PlacePage("/people/couriers", "panel.couriers", Right.PEOPLE),
            PlacePage("/people/drop-off-passes", "panel.rights_place", Right.PEOPLE),
            PlacePage("/access", "panel.access", Right.ACCESS),
            PlacePage("/people/import", "panel.import", Right.ACCESS),
        ),
    ),
    Place(
        "panel.cases",
        "case",
        (
            PlacePage("/cases", "panel.cases_open"),
            PlacePage("/cases/closed", "panel.cases_closed"),
            PlacePage("/cases/calls", "panel.calls"),
            PlacePage("/cases/emergency", "panel.emergency"),
            PlacePage("/incident", "panel.incident_place"),
        ),
    ),
    Place(
        "reports.place",
        "chart",
        (
            *(PlacePage(f"/reports/{name}", f"reports.title_{name}") for name in ("flow", "quality", "contacts")),
            *(PlacePage(f"/reports/{name}", f"reports.title_{name}") for name in ("customers", "change")),
            PlacePage("/reports/forecast", "reports.title_forecast", under=("/reports/backtest",)),
            PlacePage("/reports/live", "reports.title_live"),
            PlacePage("/reports/analysis", "reports.title_analysis"),
            PlacePage("/reports/mine", "reports.title_mine"),
            PlacePage("/reports/couriers", "reports.title_couriers", Right.JOURNAL),
            PlacePage("/reports/staff", "reports.title_staff", Right.JOURNAL),
        ),
    ),
    Place(
        "panel.settings",
        "rules",
        (
            PlacePage("/rules", "panel.rules"),
            PlacePage("/automation", "panel.automation"),
            PlacePage("/broadcasts", "panel.broadcasts", Right.RULES),
            PlacePage("/journal", "panel.journal", Right.JOURNAL),
            PlacePage("/entries", "panel.entries", Right.JOURNAL),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place as one person sees it on one page."""

    path: str
    word: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """The bar of places and, within the current one, its pages; of a place with one page none are shown."""

    places: tuple[PlaceLink, ...]
    pages: tuple[PlacePage, ...]
    page: PlacePage | None


def navigation(path: str, rights: frozenset[Right]) -> Navigation:
    """What somebody of these rights is offered on this page."""
    offered = [(place, seen) for place in PLACES if (seen := place.seen_with(rights))]
    every = [page for _, seen in offered for page in seen]
    page = max(every, key=lambda each: each.leads_to(path), default=None)
    page = page if page is not None and page.leads_to(path) else None
    here = next((seen for _, seen in offered if page in seen), ())
    links = tuple(PlaceLink(seen[0].path, place.word, place.icon, page in seen) for place, seen in offered)
    return Navigation(links, here if len(here) > 1 else (), page)
