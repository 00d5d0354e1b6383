"""Events of the camera: what it kept of a moment at the doors, and what it could not."""

from __future__ import annotations

from typing import TypeAlias

from locker.core.events.record import Event, private
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Event):
    """A picture of the cabinet's front was kept. `of` is the number of the event that it shows.

    `lens`: what was wrong with what the camera saw, "covered" or "blurred"; empty for nothing.
    """

    compartment: str
    parcel: str
    cause: str
    of: int
    sha256: str
    lens: str = ""
    day: str = private(default="")
    size: int = private(default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTaken(Event):
    """A film strip around an event was kept: so many grey frames, from 5 s before it to 10 s after.

    `sha256` is the hash of the list of the frames, which holds the moment and the hash of each.
    """

    compartment: str
    parcel: str
    cause: str
    of: int
    sha256: str
    frames: int
    day: str = private(default="")
    size: int = private(default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotMissed(Event):
    """A picture that should stand here could not be taken; `fault` says why."""

    compartment: str
    parcel: str
    cause: str
    of: int
    fault: str


PictureEvent: TypeAlias = SnapshotTaken | ClipTaken | SnapshotMissed
