"""Events of sending a courier for an outbound parcel: recorded for good, they change no door and no parcel.

A courier is named by the id of the account. A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOffered(Event):
    """A courier of `company` is asked to fetch an outbound parcel, and is to say yes or no until `answer_by`.

    The sender would like it to be fetched between `window_from` and `window_to`, where they said so.
    """

    parcel: str
    courier: str
    company: str
    answer_by: datetime
    window_from: datetime | None = None
    window_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchAnswered(Event):
    """What came of an offer: accepted, declined, or timed-out when nobody answered."""

    parcel: str
    courier: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierExpected(Event):
    """The courier who fetches this parcel says when they will be here; `again`: another time than before."""

    parcel: str
    courier: str
    company: str
    at: datetime
    again: bool = False


DispatchEvent: TypeAlias = DispatchOffered | DispatchAnswered | CourierExpected
