"""Somebody at one door, and how that stands: ordered, open, in its grace, or in doubt.

| stage   | since                                       | what ends it                                             |
|---------|---------------------------------------------|----------------------------------------------------------|
| Ordered | the order                                   | seen open; or never, as the tables of the visits have it |
| Open    | seen open                                   | seen shut; or nobody shuts it in time: CHECK             |
| Grace   | seen shut, what was fetched is gone         | the same code, and it is Ordered again; or its time      |
| InDoubt | a restart; as it was before                 | the first look at its switch (recovery.py)               |
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.model import Leaving, VisitKind
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Ordered:
    """Its door is ordered and not seen open yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Its door was seen open at this moment, and stands so."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Grace:
    """What was fetched is gone since this moment: the same code may still open the door again."""

    since: datetime


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A restart came between, and its door has not been seen since."""

    before: Ordered | Open | Grace


Stage: TypeAlias = Ordered | Open | Grace | InDoubt


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at one door, from the first order to the last consequence.

    `parcels`: what is brought or fetched; none once the courier has given it up. `pulses` counts orders given by rule,
    `asked` those that a person asked for on top. `inside`: its own parcel was behind the door when it began.
    `put_back`: of these the resident said that they stay, `accepted`: that they are as they should be.
    `blind`: the switch could not be read for a while. `doubt`: a restart came between, and the door has not been seen
    since. `place`: where its parcel is taken to from `inside`, or else was brought from. `target`: the other door to
    which its parcel goes once this one is seen open. `door_open_seconds` and `reopen_seconds` were the site's when it
    began; None in journals of before. `origin`: the door behind which its parcel still is, until this one is seen open.
    """

    id: str
    kind: VisitKind
    compartment: str
    parcels: tuple[str, ...]
    by: str
    began_at: datetime
    pulsed_at: datetime
    pulses: int = 0
    asked: int = 0
    opened_at: datetime | None = None
    shut_at: datetime | None = None
    leaving: Leaving | None = None
    inside: bool = False
    blind: bool = False
    doubt: bool = False
    put_back: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None
    place: str = ""
    target: str = ""
    origin: str = ""

    @property
    def parcel(self) -> str | None:
        """The first of its parcels, by which a screen names it; None when there is none."""
        return self.parcels[0] if self.parcels else None

    @property
    def last(self) -> Ordered | Open | Grace:
        """How it stood when it was last seen: what it is now, or what it was before it came into doubt."""
        if self.opened_at is not None:
            return Open(self.opened_at)
        if self.shut_at is not None and self.pulses == 0:
            return Grace(self.shut_at)
        return Ordered()

    @property
    def stage(self) -> Stage:
        """How it stands now: one of the four."""
        return InDoubt(self.last) if self.doubt else self.last
