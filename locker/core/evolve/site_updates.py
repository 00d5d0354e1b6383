"""Changing one part of the site and leaving the rest: what every event is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from locker.core.model import Site, Use

V = TypeVar("V")


def changed(before: Mapping[str, V], after: Mapping[str, V]) -> list[str]:
    """The names whose value is another one, new or gone: every change makes a new value, so that identity tells it."""
    if before is after:
        return []
    here = [name for name, value in after.items() if before.get(name) is not value]
    return here + [name for name in before if name not in after]


def without(values: Mapping[str, V], names: set[str]) -> dict[str, V]:
    """The mapping less some names."""
    return {name: value for name, value in values.items() if name not in names}


def with_compartment(site: Site, name: str, **change: object) -> Site:
    """The site with one compartment changed."""
    changed = replace(site.compartments[name], **change)  # type: ignore[arg-type]  # names of fields, checked by every test
    return replace(site, compartments={**site.compartments, name: changed})


def with_use(site: Site, name: str, use: Use, at: datetime) -> Site:
    """The site with one compartment used for something else, since `at`."""
    since = at if site.compartments[name].use is not use else site.compartments[name].since
    return with_compartment(site, name, use=use, since=since)


def with_parcel(site: Site, name: str, **change: object) -> Site:
    """The site with one parcel changed."""
    changed = replace(site.parcels[name], **change)  # type: ignore[arg-type]  # names of fields, checked by every test
    return replace(site, parcels={**site.parcels, name: changed})


def with_visit(site: Site, name: str, **change: object) -> Site:
    """The site with one visit changed."""
    changed = replace(site.visits[name], **change)  # type: ignore[arg-type]  # names of fields, checked by every test
    return replace(site, visits={**site.visits, name: changed})


def without_visit(site: Site, name: str) -> Site:
    """The site with nobody at this door."""
    return replace(site, visits=without(site.visits, {name})) if name in site.visits else site
