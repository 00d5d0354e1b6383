"""Events of orders that come from the operator of many lockers: recorded for good, whether they were followed or not.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTaken(Event):
    """A signed order of the operator was taken; what it does is told by the events behind it."""

    order: str
    action: str
    operator: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused(Event):
    """Something that came as an order did nothing. `order` is empty where it could not be read or believed.

    `more`: so many others were refused since the last one that was recorded.
    """

    cause: str
    order: str = ""
    sha256: str
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswered(Event):
    """What became of an order that was taken: `state` as the operator is told, `why` and `where` if it was refused.

    `version` of a rule, `opening` of many doors: what it made. An answer on the wire may be lost, this is not.
    """

    order: str
    action: str
    state: str
    why: str = ""
    where: str = ""
    version: int | None = None
    opening: str = ""


FleetEvent: TypeAlias = OrderTaken | OrderRefused | OrderAnswered
