"""From a resident to a carrier, or over the desk to staff: booked, brought with the booking's code, then fetched.

A carrier's courier fetches by `hand_over`, staff by `take_over` (handing_out.py).

The same doors, states and recovery as the other way; only who brings and who fetches is another.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.doors.opening_hours import must_be_open
from locker.core.doors.unlock import must_be_cool, order
from locker.core.events.parcel_events import BookingLapsed, HandOverStarted, OutboundBooked
from locker.core.events.visit_events import DepositReopened, DepositStarted
from locker.core.model import Direction, ParcelState, Seen, Use, VisitKind
from locker.core.parcels.parcel_types import may_be_stored
from locker.core.parcels.reservations import kept, promised
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind, may_reopen_until
from locker.core.visit import Grace, InDoubt
from locker.core.visits.allocation import choose, offered
from locker.core.visits.visit_start import begin_pickup
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.core.messages.parcel_commands import Book, BringReturn, HandOver
    from locker.core.model import Parcel
    from locker.core.outcome import Draft


def book(draft: Draft, command: Book) -> None:
    """Expect a resident's parcel for a carrier, or for staff, and keep room for it. Raises Refused.

    Who sends it must be a resident whose unit is known, and what is prohibited is refused before there is a code.
    """
    site = draft.site
    may_be_stored(command.type, command.direction)
    if command.contents is not None and command.contents.prohibited:
        raise Refused(RefusalReason.PROHIBITED)
    if command.label_hash and any(
        not p.state.ended and p.label_hash == command.label_hash for p in site.parcels.values()
    ):
        raise Refused(RefusalReason.DUPLICATE_TRACKING)
    sender = site.residents.get(command.sender)
    if sender is None:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    if command.new_code.code_hash in site.codes:
        raise Refused(RefusalReason.BUSY)
    choose(site, command.size, now=draft.now, reach=sender.reach)
    draft.add(
        OutboundBooked(
            parcel=command.parcel,
            size=command.size,
            recipients=(command.sender,),
            company=command.company,
            type=command.type,
            reserved_until=draft.now + timedelta(hours=site.policy.booking_hours),
            flags=tuple(sorted(command.flags)),
            declared=command.declared,
            declared_weight_g=command.declared_weight_g,
            contents=command.contents,
            direction=command.direction,
            label_hash=command.label_hash,
            code_hash=command.new_code.code_hash,
            tracking=command.tracking,
            unit=command.unit,
            sealed=command.new_code.sealed,
        )
    )
    _deliveries_keep_theirs(draft, draft.site.parcels[command.parcel])


def _deliveries_keep_theirs(draft: Draft, booked: Parcel) -> None:
    """Raises Refused: no-space when beside all that is promised couriers would find too few doors for such a parcel."""
    more = draft.site.policy.keep_for_deliveries
    doors, promises = list(offered(draft.site)), promised(draft.site, draft.now)
    if more and kept([*promises, *[booked] * more], doors) < kept(promises, doors) + more:
        raise Refused(RefusalReason.NO_SPACE)


def end_booking(draft: Draft, parcel: Parcel) -> None:
    """Its resident does not send it after all. Raises Refused once it has been brought."""
    if not parcel.from_resident or parcel.state is not ParcelState.EXPECTED:
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(BookingLapsed(parcel=parcel.id, cancelled=True))


def bring(draft: Draft, parcel: Parcel, *, staff: bool) -> None:
    """The booking's code was shown: a door opens for what was booked, and again while it is being brought.

    Raises Refused; within `reopen_seconds` after the storing its sender may open the door once more.
    """
    if parcel.state is ParcelState.EXPECTED:
        must_be_open(draft.site, draft.now, staff=staff)
        _deposit(draft, parcel)
        return
    compartment = behind(draft.site, parcel)
    visit = draft.site.visits.get(parcel.compartment)
    if compartment is None:
        raise Refused(RefusalReason.NOT_NOW)
    if parcel.state is ParcelState.DEPOSITING and visit is not None:
        if isinstance(visit.stage, InDoubt):
            raise Refused(RefusalReason.DOOR_UNSEEN)
        return
    if parcel.held:
        raise Refused(RefusalReason.HELD)
    if parcel.state is not ParcelState.STORED or visit is not None or compartment.use is not Use.LOADED:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment.seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    must_be_cool(draft, compartment.id)
    policy = draft.site.policy
    draft.add(
        DepositReopened(
            parcel=parcel.id,
            compartment=compartment.id,
            door_open_seconds=policy.door_open_seconds,
            reopen_seconds=policy.reopen_seconds,
        )
    )
    order(draft, compartment.id)


def bring_return(draft: Draft, command: BringReturn) -> None:
    """The carrier's own code of a booked return opens a door for it, as the booking's would, and never again.

    Raises Refused: unknown for what was not booked. Many have seen this code: what was brought stays shut to it.
    """
    parcel = draft.site.parcels.get(command.parcel)
    if parcel is None or parcel.direction is not Direction.OUT or not parcel.label_hash:
        raise Refused(RefusalReason.UNKNOWN)
    if parcel.state not in {ParcelState.EXPECTED, ParcelState.DEPOSITING}:
        raise Refused(RefusalReason.NOT_NOW)
    bring(draft, parcel, staff=command.staff)


def opens_no_more(draft: Draft, parcel: Parcel) -> bool:
    """True for an outbound parcel that its sender has brought: from then on the booking's code is an unknown one."""
    if not parcel.from_resident or parcel.state in {ParcelState.EXPECTED, ParcelState.DEPOSITING}:
        return False
    until = may_reopen_until(draft.site, parcel)
    return parcel.state is not ParcelState.STORED or until is None or draft.now >= until


def hand_over(draft: Draft, command: HandOver) -> None:
    """Open the door for the courier of the carrier that the parcel is for.

    Raises Refused: unknown for any other, sender-unchecked where the site asks for a check of who sends it.
    """
    parcel = _may_leave(draft, command)
    compartment, visit = behind(draft.site, parcel), draft.site.visits.get(parcel.compartment)
    if compartment is None:
        raise Refused(RefusalReason.NOT_NOW)
    if parcel.state is ParcelState.COLLECTING and visit is not None and visit.by == command.source:
        if isinstance(visit.stage, InDoubt):
            raise Refused(RefusalReason.DOOR_UNSEEN)
        return
    if visit is not None and visit.kind is VisitKind.STAFF:
        raise Refused(RefusalReason.BUSY)
    again = parcel.state is ParcelState.COLLECTED and visit is not None and isinstance(visit.last, Grace)
    stored = parcel.state is ParcelState.STORED and compartment.use is Use.LOADED
    if not (again or stored):
        raise Refused(RefusalReason.NOT_NOW)
    must_be_open(draft.site, draft.now, staff=command.staff)
    if compartment.seen is not Seen.SHUT or (visit is not None and isinstance(visit.stage, InDoubt)):
        raise Refused(RefusalReason.DOOR_UNSEEN)
    must_be_cool(draft, compartment.id)
    draft.add(
        HandOverStarted(
            pickup=command.pickup,
            parcel=parcel.id,
            compartment=compartment.id,
            company=parcel.company,
            weight_g=command.weight_g,
            courier=command.courier,
        )
    )
    begin_pickup(draft, parcel, command.pickup, command.source, credential="r" + parcel.id[1:])


def _may_leave(draft: Draft, command: HandOver) -> Parcel:
    """The parcel, if it is for this carrier and nothing keeps it: no hold, and no sender whom nobody has checked."""
    parcel = draft.site.parcels.get(command.parcel)
    if parcel is None or parcel.direction is not Direction.OUT:
        raise Refused(RefusalReason.UNKNOWN)
    if folded_name(parcel.company) != folded_name(command.company):
        raise Refused(RefusalReason.UNKNOWN)
    if parcel.held:
        raise Refused(RefusalReason.HELD)
    if draft.site.policy.real_name and not parcel.identity:
        raise Refused(RefusalReason.SENDER_UNCHECKED)
    return parcel


def lapse(draft: Draft) -> None:
    """What nobody brought in time is no longer expected."""
    for parcel in sorted(draft.site.parcels.values(), key=lambda p: p.id):
        booked = parcel.state is ParcelState.EXPECTED and parcel.from_resident
        if booked and parcel.reserved_until is not None and parcel.reserved_until <= draft.now:
            draft.add(BookingLapsed(parcel=parcel.id))


def _deposit(draft: Draft, parcel: Parcel) -> None:
    reach = any(draft.site.residents[r].reach for r in parcel.recipients if r in draft.site.residents)
    chosen = choose(
        draft.site, parcel.size, now=draft.now, reach=reach, flags=parcel.flags, needs=parcel.needs, expected=parcel.id
    )
    policy = draft.site.policy
    draft.add(
        DepositStarted(
            deposit=parcel.deposit,
            parcel=parcel.id,
            compartment=chosen.id,
            size=parcel.size,
            recipients=parcel.recipients,
            label_hash=parcel.label_hash,
            code_hash="",
            token_hash="",
            company=parcel.company,
            flags=tuple(sorted(parcel.flags)),
            direction=parcel.direction,
            type=parcel.type,
            free_hours=policy.free_hours,
            door_open_seconds=policy.door_open_seconds,
            reopen_seconds=policy.reopen_seconds,
        )
    )
    order(draft, chosen.id)
