"""What a restart, or a dead wire, may have left: the table of what is recorded against what is seen.

| recorded         | seen shut                                         | seen open                    | unseen       |
| FREE, LOADED     | as recorded                                       | CHECK                        | kept         |
| FILLING, EMPTYING| CHECK; a grace that is recorded goes on           | the visit goes on, afresh    | asked again  |
| CHECK, RETIRED   | noted                                             | noted                        | noted        |

An order is never given again.

A wire that was dead for a while in a visit asks the same question: a door that was ordered and not seen open when the
wire died may have been opened and shut before it came back. Seen open, the visit goes on; seen shut, or not seen at
all until the visit's time is over, it ends in CHECK with whatever may be inside, in every direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.events.visit_events import VisitEnded, VisitResumed
from locker.core.model import CheckFrom, Seen, Use, VisitKind
from locker.core.visit import Grace, InDoubt

if TYPE_CHECKING:
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def first_seen(draft: Draft, name: str, value: Seen) -> None:
    """A door is seen for the first time after a restart or a dead wire, and its switch is already noted."""
    compartment = draft.site.compartments[name]
    visit = draft.site.visits.get(name)
    if compartment.use in {Use.FREE, Use.LOADED}:
        if value is Seen.OPEN:
            content_unknown(draft, name, "found open", CheckFrom.STORED)
        return
    if visit is None or not isinstance(visit.stage, InDoubt):
        return
    if value is Seen.OPEN:
        draft.add(VisitResumed(compartment=name, visit=visit.id, open=True))
    elif isinstance(visit.stage.before, Grace):
        draft.add(VisitResumed(compartment=name, visit=visit.id, open=False))
    else:
        content_unknown(draft, name, "interrupted by a restart", _from(visit.kind))


def end_blind_visit(draft: Draft, visit: Visit) -> None:
    """A door was ordered and could not be watched: nobody knows whether it was opened, and what it hides now."""
    name, use = visit.compartment, draft.site.compartments[visit.compartment].use
    if use in {Use.CHECK, Use.RETIRED}:  # staff at a door of which nothing was certain before
        draft.add(VisitEnded(compartment=name, visit=visit.id, use=use))
        return
    why = "the switch was not seen during a visit"
    content_unknown(draft, name, why, _from(visit.kind))


def _from(kind: VisitKind) -> CheckFrom:
    return CheckFrom.PICKUP if kind is VisitKind.PICKUP else CheckFrom.DEPOSIT
