"""Time in which nobody could fetch a parcel, because the cabinet did not work, is not counted off its deadline.

Laws:

1. Behind a door whose switch is not seen no code opens anything: its wire is dead, or the daemon does not run. What was
   lost so is added when the door is seen again. Of a start nobody knows more than the last sign of life before it.
2. While the cabinet is sealed nothing opens at all: that is added to what lies behind every door that could be seen.
3. A clock that stood still is the same: the hours by which it jumps forward are hours without power.
4. Less than `LEAST` is no downtime: a restart, a plug that somebody touched.
5. Hours in which the cabinet is closed are counted, for they were known when the time was promised. What is held has no
   time that could be lost, and at a place staff hand out whatever the cabinet does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.custody_events import DeadlineShifted, MoreTime
from locker.core.events.door_events import ClockJumped, Started
from locker.core.model import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from locker.core.messages.observations import Begun
    from locker.core.outcome import Draft

LEAST = timedelta(minutes=15)


def begun(draft: Draft, observation: Begun) -> None:
    """The daemon starts. A door that was not seen before it went down was lost until then; the rest comes when seen."""
    down_since = observation.down_since
    if down_since is not None:
        down_since = min(down_since, draft.now)
    draft.add(Started(version=observation.version, down_since=down_since))
    for name, since in sorted(observation.lost.items()):
        _add(draft, [name], since, down_since or draft.now)


def seen_again(draft: Draft, doors: Iterable[str]) -> None:
    """These doors were not seen for a while, and are seen now."""
    for name in doors:
        if name in draft.site.unseen_since:
            _add(draft, [name], draft.site.unseen_since[name], draft.now)


def unsealed(draft: Draft, seconds: int) -> None:
    """Nothing could be recorded for so long. A door that is not seen counts from when it was lost."""
    seen = [name for name, c in draft.site.compartments.items() if c.seen is not Seen.UNSEEN]
    _add(draft, seen, draft.now - timedelta(seconds=seconds), draft.now)


def clock_jumped(draft: Draft, seconds: int) -> None:
    """The wall clock moved. What came in this life of the daemon moves along; what came before lost those hours."""
    started, by = draft.site.started_at, timedelta(seconds=seconds)
    draft.add(ClockJumped(seconds=seconds, durations=True))
    if started is None or by < LEAST:
        return
    unseen = draft.site.unseen_since
    for name, compartment in draft.site.compartments.items():
        if compartment.seen is Seen.UNSEEN and unseen.get(name, started) <= started:
            continue  # it counts from before the jump when it is seen
        for one in compartment.parcels:
            parcel = draft.site.parcels.get(one)
            if parcel is None or parcel.stored_at is None or parcel.stored_at > started:
                continue
            if parcel.held_at is None or parcel.held_at > started:  # else the hold counts those hours
                _later(draft, one, by)


def _add(draft: Draft, doors: Iterable[str], since: datetime, until: datetime) -> None:
    for name in doors:
        compartment = draft.site.compartments.get(name)
        for one in compartment.parcels if compartment is not None else ():
            parcel = draft.site.parcels.get(one)
            if parcel is None or parcel.stored_at is None:
                continue
            end = min(until, parcel.held_at) if parcel.held and parcel.held_at is not None else until
            lost = end - max(since, parcel.stored_at)
            if lost >= LEAST:
                _later(draft, one, lost)


def _later(draft: Draft, one: str, lost: timedelta) -> None:
    parcel = draft.site.parcels[one]
    if parcel.deadline is None or not parcel.state.live:
        return
    deadline, cause = parcel.deadline + lost, MoreTime.DOWNTIME
    draft.add(DeadlineShifted(parcel=one, compartment=parcel.compartment, deadline=deadline, cause=cause))
