"""A resident's visit: what a code does before, during and after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from locker.core.code_throttle import CAPACITY, level, second_fits, waiting
from locker.core.commands import Collect
from locker.core.content import content_unknown
from locker.core.events import CodeRejected, ParcelCollected, PickupFailed, PickupStarted, ReopeningFailed, VisitEnded
from locker.core.model import CheckFrom, ParcelState, Seen, Use, VisitKind, behind
from locker.core.opening_hours import must_be_open
from locker.core.outcome import Draft
from locker.core.reasons import RefusalReason, Refused
from locker.core.unlock import lock_fault, must_be_cool, order

if TYPE_CHECKING:
    from locker.core.model import Compartment, Credential, Parcel, Visit

VISITS = 3
VISITS_WITHIN = timedelta(minutes=10)


def collect(draft: Draft, command: Collect) -> None:  # noqa: C901, PLR0912  one arm a state
    """Open the door of the parcel that this code or token belongs to.

    Raises Refused; a wrong code is kept with the refusal and counts against its source.
    """
    if not command.token:
        _may_try(draft, command)
    parcel = _found(draft, command)
    if parcel is None:
        _wrong(draft, command)
    compartment = behind(draft.site, parcel)
    if compartment is None:
        raise Refused(RefusalReason.NOT_NOW)
    visit = draft.site.visits.get(compartment.id)
    if visit is not None and visit.kind is VisitKind.STAFF:
        raise Refused(RefusalReason.BUSY)
    match parcel.state:
        case ParcelState.COLLECTING if visit is not None:
            if visit.doubt:
                raise Refused(RefusalReason.DOOR_UNSEEN)
        case _ if _held(draft, compartment):
            raise Refused(RefusalReason.HELD)
        case ParcelState.STORED if compartment.use is Use.LOADED:
            must_be_open(draft.site, draft.now, staff=command.staff)
            if compartment.seen is not Seen.SHUT:
                raise Refused(RefusalReason.DOOR_UNSEEN)
            _begin(draft, parcel, command)
        case ParcelState.COLLECTED if visit is not None and compartment.use is Use.EMPTYING:
            _within_grace(draft, parcel, visit, command)
        case ParcelState.CHECK | ParcelState.COLLECTED if _was_emptying(parcel, compartment):
            if compartment.seen is Seen.UNSEEN:
                raise Refused(RefusalReason.DOOR_UNSEEN)
            _begin(draft, parcel, command)
        case ParcelState.DEPOSITING:
            raise Refused(RefusalReason.BUSY)
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


def _found(draft: Draft, command: Collect) -> Parcel | None:
    """The parcel of this code, if the second item, where one is given, is right as well."""
    parcel = draft.site.parcels.get(draft.site.codes.get(command.hash, ""))
    if parcel is None or _credential(draft, parcel, command) is None:
        return None
    if command.second is not None and not command.token:
        recipients = tuple(draft.site.residents[r] for r in parcel.recipients if r in draft.site.residents)
        if not second_fits(command.second, recipients):
            return None
    return parcel


def _credential(draft: Draft, parcel: Parcel, command: Collect) -> Credential | None:
    """What was shown, if it opens this parcel now: a token that is typed is no code, what is over opens nothing."""
    for credential in parcel.credentials:
        if command.hash == (credential.token_hash if command.token else credential.code_hash):
            return credential if credential.until is None or draft.now < credential.until else None
    return None


def _wrong(draft: Draft, command: Collect) -> NoReturn:
    if command.token:
        raise Refused(RefusalReason.UNKNOWN_CODE)
    left = max(0, level(draft.site.buckets.get(command.source), draft.now) - 1)
    record = Draft(draft.site, draft.now)
    record.add(CodeRejected(source=command.source, left=min(left, CAPACITY)))
    raise Refused(RefusalReason.UNKNOWN_CODE, record=record.outcome())


def _begin(draft: Draft, parcel: Parcel, command: Collect) -> None:
    """A new visit, at most three that failed within ten minutes; an open door needs no pulse."""
    recent = [moment for moment in parcel.failed if draft.now < moment + VISITS_WITHIN]
    if len(recent) >= VISITS:
        raise Refused(RefusalReason.NOT_NOW)
    _start(draft, parcel, command)


def _within_grace(draft: Draft, parcel: Parcel, visit: Visit, command: Collect) -> None:
    """Left something inside: the same code opens the same door again until the grace is over."""
    if not visit.grace:
        return
    if draft.site.compartments[visit.compartment].seen is not Seen.SHUT or visit.doubt:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    must_be_cool(draft, visit.compartment)
    _begin(draft, parcel, command)


def _start(draft: Draft, parcel: Parcel, command: Collect) -> None:
    """One visit for all that lies behind this door: one hand opens it, and it is shut once."""
    compartment = draft.site.compartments[parcel.compartment]
    credential = _credential(draft, parcel, command)
    for one in (parcel.id, *(other for other in compartment.parcels if other != parcel.id)):
        draft.add(
            PickupStarted(
                pickup=command.pickup,
                parcel=one,
                compartment=compartment.id,
                source=command.source,
                token=command.token,
                credential=credential.id if credential is not None else "",
                door_open_seconds=draft.site.policy.door_open_seconds,
                reopen_seconds=draft.site.policy.reopen_seconds,
            )
        )
    if compartment.seen is Seen.SHUT:
        order(draft, compartment.id)


def shut(draft: Draft, visit: Visit) -> None:
    """A pickup's door was seen open and now shut: its parcels are collected, and the grace runs."""
    for one in visit.parcels:
        again = draft.site.parcels[one].state is ParcelState.COLLECTED
        draft.add(ParcelCollected(parcel=one, compartment=visit.compartment, again=again))


def grace_ends(draft: Draft, visit: Visit) -> None:
    """Nobody came back: the compartment is free."""
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
