"""When a switch that does not change is itself the fault: after so many orders in a row, not after one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core import messages as m
from locker.core.model import DEAD_AFTER

if TYPE_CHECKING:
    from locker.core.model import Visit
    from locker.core.outcome import Draft


def lock_fault(draft: Draft, visit: Visit, pulses: int) -> None:
    """The door was not seen open after `pulses` pulses of this visit."""
    draft.add(m.LockFault(compartment=visit.compartment, visit=visit.id, pulses=pulses))
    never_changed(draft, visit.compartment)


def never_changed(draft: Draft, name: str) -> None:
    """Tell it once when the count is full; a change of the switch, seen open or shut, starts the count anew."""
    if draft.site.compartments[name].faults == DEAD_AFTER:
        draft.add(m.SwitchFault(compartment=name, openings=DEAD_AFTER))
