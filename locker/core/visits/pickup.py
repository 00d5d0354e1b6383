"""A resident's visit: what a code does before, during and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from locker.core.doors.content import content_unknown
from locker.core.doors.opening_hours import must_be_open
from locker.core.doors.unlock import lock_fault, must_be_cool
from locker.core.events.door_events import CodeRejected
from locker.core.events.visit_events import ParcelCollected, PickupFailed, ReopeningFailed, VisitEnded
from locker.core.messages.commands import Collect
from locker.core.model import CheckFrom, ParcelState, Seen, Use, VisitKind
from locker.core.outcome import Draft
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind
from locker.core.visit import Grace, InDoubt
from locker.core.visits import all_of_mine, outbound
from locker.core.visits.acceptance import accept_by_rule
from locker.core.visits.code_throttle import CAPACITY, level, second_fits, waiting
from locker.core.visits.deposit import store
from locker.core.visits.visit_start import begin_pickup, credential_shown, failed_too_often

if TYPE_CHECKING:
    from locker.core.model import Compartment, Parcel
    from locker.core.visit import Visit


def collect(draft: Draft, command: Collect) -> None:
    """Open the door of the parcel that this code or token belongs to, and on wish those of all others of its people.

    Raises Refused; a wrong code is kept with the refusal and counts against its source.
    """
    if not command.token or command.second is not None:
        _may_try(draft, command)
    parcel = _found(draft, command)
    if parcel is None:
        _wrong(draft, command)
    if parcel.from_resident:
        outbound.bring(draft, parcel, staff=command.staff)
        return
    _may_open_bare(draft, parcel, command)
    others = all_of_mine.others(draft, parcel, command) if command.every else ()
    _open(draft, parcel, command)
    visit = draft.site.visits[parcel.compartment]
    for other in others:
        begin_pickup(
            draft, other, visit.id, command.source, credential=_shown(draft, parcel, command), token=command.token
        )


def _open(draft: Draft, parcel: Parcel, command: Collect) -> None:  # noqa: C901, PLR0912  one arm a state
    compartment = behind(draft.site, parcel)
    if compartment is None:
        raise Refused(RefusalReason.STAFF_ONLY)
    visit = draft.site.visits.get(compartment.id)
    if visit is not None and visit.kind is VisitKind.STAFF:
        raise Refused(RefusalReason.BUSY)
    match parcel.state:
        case ParcelState.COLLECTING if visit is not None:
            if isinstance(visit.stage, InDoubt):
                raise Refused(RefusalReason.DOOR_UNSEEN)
        case _ if _held(draft, compartment):
            raise Refused(RefusalReason.HELD)
        case ParcelState.STORED if compartment.use is Use.LOADED:
            must_be_open(draft.site, draft.now, staff=command.staff)
            if compartment.seen is not Seen.SHUT:
                raise Refused(RefusalReason.DOOR_UNSEEN)
            _begin(draft, parcel, command)
        case ParcelState.COLLECTED if visit is not None:
            _within_grace(draft, parcel, visit, command)
        case ParcelState.CHECK | ParcelState.COLLECTED if _was_emptying(parcel, compartment):
            if compartment.seen is Seen.UNSEEN:
                raise Refused(RefusalReason.DOOR_UNSEEN)
            _begin(draft, parcel, command)
        case ParcelState.DEPOSITING:
            raise Refused(RefusalReason.BUSY)
        case ParcelState.STORED if compartment.use is Use.FILLING:
            raise Refused(RefusalReason.BUSY)  # the courier is putting another one beside it
        case _:
            raise Refused(RefusalReason.NOT_NOW)


def _was_emptying(parcel: Parcel, compartment: Compartment) -> bool:
    """True for the CHECK that this parcel's own EMPTYING became; a collected one is held by no other."""
    left = parcel.state is ParcelState.COLLECTED or parcel.check_from is CheckFrom.PICKUP
    return left and compartment.use is Use.CHECK and parcel.id in compartment.parcels


def _held(draft: Draft, compartment: Compartment) -> bool:
    """True when something behind this door is held: it does not open for a code then."""
    return any(draft.site.parcels[one].held for one in compartment.parcels)


def _may_try(draft: Draft, command: Collect) -> None:
    bucket = draft.site.buckets.get(command.source)
    if waiting(bucket, draft.now):
        raise Refused(RefusalReason.THROTTLED, retry_after=1)
    if command.second is None and level(bucket, draft.now) == 0:
        raise Refused(RefusalReason.SECOND_NEEDED)


def _may_open_bare(draft: Draft, parcel: Parcel, command: Collect) -> None:
    """Where the source asks for it: something valuable opens for a code and one more thing that its people know.

    Raises Refused: second-needed. Whose people nobody knows are asked nothing: no answer would be right.
    """
    bare = command.ask_second and command.second is None and not command.token and behind(draft.site, parcel)
    known = any(each in draft.site.residents for each in parcel.recipients)
    if bare and known and all_of_mine.asks_for_second(draft.site, parcel.compartment):
        raise Refused(RefusalReason.SECOND_NEEDED)


def _found(draft: Draft, command: Collect) -> Parcel | None:
    """The parcel of this code, if the second item, where one is given, is right as well."""
    parcel = draft.site.parcels.get(draft.site.codes.get(command.hash, ""))
    if parcel is None or credential_shown(draft, parcel, command) is None:
        return None
    if command.booked not in {None, parcel.id} or outbound.opens_no_more(draft, parcel):
        return None
    if command.second is not None:
        recipients = tuple(draft.site.residents[r] for r in parcel.recipients if r in draft.site.residents)
        if not second_fits(command.second, recipients):
            return None
    return parcel


def _wrong(draft: Draft, command: Collect) -> NoReturn:
    if command.token and command.second is None:
        raise Refused(RefusalReason.UNKNOWN_CODE)
    left = max(0, level(draft.site.buckets.get(command.source), draft.now) - 1)
    record = Draft(draft.site, draft.now)
    record.add(CodeRejected(source=command.source, left=min(left, CAPACITY)))
    raise Refused(RefusalReason.UNKNOWN_CODE, record=record.outcome())


def _begin(draft: Draft, parcel: Parcel, command: Collect) -> None:
    """A new visit, at most three that failed within ten minutes; an open door needs no pulse."""
    if failed_too_often(draft, parcel):
        raise Refused(RefusalReason.NOT_NOW)
    shown = _shown(draft, parcel, command)
    begin_pickup(draft, parcel, command.pickup, command.source, credential=shown, token=command.token)


def _within_grace(draft: Draft, parcel: Parcel, visit: Visit, command: Collect) -> None:
    """Left something inside: the same code opens the same door again until the grace is over."""
    if not isinstance(visit.last, Grace):
        return
    if draft.site.compartments[visit.compartment].seen is not Seen.SHUT or isinstance(visit.stage, InDoubt):
        raise Refused(RefusalReason.DOOR_UNSEEN)
    must_be_cool(draft, visit.compartment)
    _begin(draft, parcel, command)


def _shown(draft: Draft, parcel: Parcel, command: Collect) -> str:
    credential = credential_shown(draft, parcel, command)
    return credential.id if credential is not None else ""


def shut(draft: Draft, visit: Visit) -> None:
    """A pickup's door was seen open and now shut: its parcels are collected, and the grace runs.

    Those of which the resident said that they stay are stored again, and nobody has the door to himself any more.
    """
    for one in visit.parcels:
        if one not in visit.put_back:
            again = draft.site.parcels[one].state is ParcelState.COLLECTED
            draft.add(ParcelCollected(parcel=one, compartment=visit.compartment, again=again))
    for one in visit.put_back:
        store(draft, one, visit.compartment)


def grace_ends(draft: Draft, visit: Visit) -> None:
    """Nobody came back: the compartment is free."""
    accept_by_rule(draft, visit)
    draft.add(VisitEnded(compartment=visit.compartment, visit=visit.id, use=Use.FREE))


def never_opened(draft: Draft, visit: Visit) -> None:
    """The door was not seen open in time: the parcels stay, their codes stay valid, staff are called."""
    name = visit.compartment
    if not visit.parcels:
        return
    lock_fault(draft, visit, visit.pulses + visit.asked)
    collecting = [one for one in visit.parcels if draft.site.parcels[one].state is ParcelState.COLLECTING]
    if not collecting:
        draft.add(ReopeningFailed(compartment=name, visit=visit.id))
        if visit.shut_at is None:
            content_unknown(draft, name, "the lock did not open", CheckFrom.PICKUP)
        return
    for one in collecting:
        draft.add(PickupFailed(pickup=visit.id, parcel=one, compartment=name))
    draft.add(VisitEnded(compartment=name, visit=visit.id, use=Use.LOADED))
