"""Observations: what was seen or has passed. They are never refused, because they have happened."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from locker.core.model import Seen


@dataclass(frozen=True, slots=True)
class SwitchesSeen:
    """What switches say now, by compartment; unchanged ones may be among them."""

    doors: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class PulseFailed:
    """The driver could not give the pulse that was ordered; `fault` names the door and the remedy."""

    compartment: str
    fault: str


@dataclass(frozen=True, slots=True)
class RelayStuck:
    """A lock did not go back to rest after a pulse, and no pulse since then went well."""

    compartment: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. `synced`: the clock may be believed about days and hours."""

    synced: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """The daemon starts: nothing has been seen yet, and a visit may have been cut short.

    `down_since`: the last sign of life before. `lost`: since when a door was not seen already then.
    """

    version: str
    down_since: datetime | None = None
    lost: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsealed:
    """For so many seconds nothing could be recorded, so that nothing could be opened."""

    seconds: int


@dataclass(frozen=True, slots=True)
class WallJumped:
    """The wall clock moved by so many seconds, and the move is believed."""

    seconds: int


Observation: TypeAlias = SwitchesSeen | PulseFailed | RelayStuck | Tick | Begun | Unsealed | WallJumped
