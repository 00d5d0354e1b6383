"""Events of carriers' rights to put parcels in. A field may be added with a default, never renamed."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRightUsed(Event):
    """A parcel is put in by a carrier's right: one of its `uses` is taken, with the deposit that it began.

    `right` is what it is counted under, `name` the carrier's own number of it; `until`: when it ends.
    """

    right: str
    company: str
    name: str
    parcel: str
    uses: int
    until: datetime
    size: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRightReturned(Event):
    """No door opened for this parcel, or something lay behind it: the right has its use again."""

    right: str
    company: str
    name: str
    parcel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRightRevoked(Event):
    """A carrier's right puts nothing in any more, whether or not it was ever shown. Kept until `until` at least."""

    right: str
    company: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRightRefused(Event):
    """What was shown as a carrier's right opened nothing. `company` and `name` only where its signature is good.

    `source`: where it was shown, when it was tried as one tries codes and counts against that place.
    """

    reason: str
    company: str = ""
    name: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRightsForgotten(Event):
    """Rights that ended before this moment are no longer counted: they put nothing in anyhow."""

    before: datetime


RightEvent: TypeAlias = (
    DepositRightUsed | DepositRightReturned | DepositRightRevoked | DepositRightRefused | DepositRightsForgotten
)
