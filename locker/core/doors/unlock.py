"""The one way to order a pulse, and the numbers of pulses and waits.

Laws, in the order in which they were paid for:

1. A door opens for one event only, `UnlockOrdered`, which is durable before a coil moves. Nothing else may add it:
   a visit's next pulse by `order`, one more by a person's wish by `order_once_more`, staff by `order_by_staff`.
2. An order is never given twice. The pulse of a lost reply, of a restart, of a wire that came back may have opened the
   door: a second one could open it on a stranger's parcel after the first visitor shut it. So a driver never sends an
   unlock again, a start never replays one, and what became of an order is only what the switch said afterwards.
3. Whether to pulse again is therefore a rule, and it stands here: at most `PULSES` by rule in a visit, `PULSE_EVERY`
   apart, and only while the door is *seen* shut and the visit still waits. A person may ask for `PULSES` more.
4. A visit during which the switch could not be read (`blind`) gets no further pulse by rule: the door may have been
   opened and shut again meanwhile. It ends in CHECK (recovery.py).
5. A coil stays cool, whoever orders: at most `BURST_PULSES` at once, and on the long run one in `COIL_REST`. What a
   visitor or a rule wants waits until then, a few seconds at the most; staff are refused with the seconds to wait, and
   so is a resident in the grace. Two orders of staff at a door that did not open yet lie `PULSE_EVERY` apart.
6. A door that was not seen open `OPEN_WITHIN` after its last pulse has a lock fault. After `DEAD_AFTER` orders in a row
   during which its switch never changed, the switch, its cable or the lock is dead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from locker.core.events.door_events import LockFault, SwitchFault, UnlockOrdered
from locker.core.model import BURST_PULSES, COIL_REST, DEAD_AFTER, Seen, VisitKind
from locker.core.reasons import RefusalReason, Refused
from locker.core.visit import InDoubt, Open

if TYPE_CHECKING:
    from locker.core.model import Site
    from locker.core.outcome import Draft
    from locker.core.visit import Visit

PULSES = 3
PULSE_EVERY = timedelta(seconds=5)
OPEN_WITHIN = timedelta(seconds=30)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def order(draft: Draft, compartment: str, ordered_by: str = "") -> None:
    """Order the next pulse of the visit at this compartment; while its coil is hot nothing is ordered yet.

    `ordered_by` as the event has it.
    """
    visit = draft.site.visits[compartment]
    if draft.now < cool_at(draft.site, compartment):
        return
    pulse = visit.pulses + 1
    draft.add(
        UnlockOrdered(compartment=compartment, visit=visit.id, kind=visit.kind, pulse=pulse, ordered_by=ordered_by)
    )


def order_once_more(draft: Draft, visit: Visit, seen: Seen) -> None:
    """A person asks for a pulse that the rule would not give by itself any more. Raises Refused.

    While the rule still has a pulse to give, or the last one is less than `PULSE_EVERY` ago, nothing is ordered.
    """
    if isinstance(visit.stage, Open | InDoubt):
        raise Refused(RefusalReason.NOT_NOW)
    if seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    if draft.now < visit.pulsed_at + PULSE_EVERY or visit.pulses < PULSES:
        return
    if visit.asked >= PULSES:
        raise Refused(RefusalReason.NOT_NOW)
    must_be_cool(draft, visit.compartment)
    draft.add(
        UnlockOrdered(
            compartment=visit.compartment,
            visit=visit.id,
            kind=visit.kind,
            pulse=visit.pulses + visit.asked + 1,
            asked=True,
        )
    )


def order_by_staff(draft: Draft, compartment: str, order_id: str, reason: str, ordered_by: str) -> None:
    """One pulse by a person's order, whatever the switch says: a false "open" must not stop it (H8).

    Raises Refused, with the seconds to wait, while the pulse before may still open the door, or the coil is hot.
    """
    must_be_cool(draft, compartment)
    draft.add(
        UnlockOrdered(
            compartment=compartment,
            visit=order_id,
            kind=VisitKind.STAFF,
            pulse=1,
            reason=reason,
            ordered_by=ordered_by,
        )
    )


def may_pulse(site: Site, visit: Visit) -> bool:
    """True while the rule has a pulse left for this visit and its door is seen shut. Laws 3 and 4."""
    wanted = visit.kind is not VisitKind.STAFF and bool(visit.parcels) and not visit.blind
    shut = site.compartments[visit.compartment].seen is Seen.SHUT
    return wanted and shut and visit.pulses < PULSES and visit.asked == 0


def due_by_rule(site: Site, visit: Visit) -> datetime:
    """When a door that waits to be seen open gets its next pulse, or its lock fault."""
    given_up = visit.pulsed_at + OPEN_WITHIN
    if not may_pulse(site, visit):
        return given_up
    cool = cool_at(site, visit.compartment)
    if visit.pulses == 0:  # its coil was hot when the visit began: there is nothing to give up yet
        return max(visit.pulsed_at, cool)
    return min(max(visit.pulsed_at + PULSE_EVERY, cool), given_up)


def is_due(site: Site, visit: Visit, now: datetime) -> bool:
    """True when what is due by rule (`due_by_rule`) is this visit's next pulse, and not its end."""
    return may_pulse(site, visit) and (visit.pulses == 0 or now < visit.pulsed_at + OPEN_WITHIN)


def must_be_cool(draft: Draft, compartment: str) -> None:
    """Refuse a person who wants a door whose coil is hot. Raises Refused with the seconds to wait."""
    hot = cool_at(draft.site, compartment) - draft.now
    if hot > timedelta(0):
        raise Refused(RefusalReason.NOT_NOW, retry_after=ceil(hot.total_seconds()))


def cool_at(site: Site, compartment: str) -> datetime:
    """From when on the coil of this door may be pulsed again. Law 5."""
    warm_until, visit = site.warm_until.get(compartment), site.visits.get(compartment)
    cool = warm_until - (BURST_PULSES - 1) * COIL_REST if warm_until is not None else _LONG_AGO
    if visit is not None and visit.kind is VisitKind.STAFF:
        return max(cool, visit.pulsed_at + PULSE_EVERY)
    return cool


def lock_fault(draft: Draft, visit: Visit, pulses: int) -> None:
    """The door was not seen open after `pulses` pulses of this visit."""
    draft.add(LockFault(compartment=visit.compartment, visit=visit.id, pulses=pulses))
    switch_fault(draft, visit.compartment)


def switch_fault(draft: Draft, name: str) -> None:
    """Tell it once when the count is full; a change of the switch, seen open or shut, starts the count anew."""
    if draft.site.compartments[name].faults == DEAD_AFTER:
        draft.add(SwitchFault(compartment=name, openings=DEAD_AFTER))
