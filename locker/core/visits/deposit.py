"""A courier's visit: taking a compartment, changing one's mind, and what the shutting of a door means."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.doors.opening_hours import must_be_open
from locker.core.doors.unlock import lock_fault, order, order_once_more
from locker.core.events.door_events import CompartmentRetired
from locker.core.events.visit_events import (
    DepositLeaving,
    DepositMoved,
    DepositReopened,
    DepositStarted,
    ParcelEnded,
    ParcelStored,
    VisitEnded,
)
from locker.core.messages.commands import Cancel, Deposit, Reopen, Resize
from locker.core.model import (
    CheckFrom,
    Consent,
    Direction,
    Flag,
    Leaving,
    ParcelState,
    Seen,
    Use,
    VisitKind,
    deposit_id,
)
from locker.core.parcel_words import ParcelType
from locker.core.parcels.custody import held
from locker.core.parcels.expected import expected_by_number
from locker.core.parcels.parcel_types import HANDLING, may_be_stored
from locker.core.parcels.places import moved_to
from locker.core.reasons import NotStored, RefusalReason, Refused
from locker.core.site_questions import behind, may_reopen_until, own_units
from locker.core.visit import Open
from locker.core.visits import deposit_rights, two_doors
from locker.core.visits.allocation import choose
from locker.core.visits.door_sharing import Arriving, door_to_share

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Compartment, Parcel, Site, Size
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def deposit(draft: Draft, command: Deposit) -> None:
    """Take a compartment and order its door open. Raises Refused, with nothing taken."""
    site = draft.site
    must_be_open(site, draft.now, staff=command.staff)
    if command.direction is Direction.DESK and not command.staff:
        raise Refused(RefusalReason.STAFF_ONLY)
    numbered = command.label_hash or command.direction is not Direction.DESK
    if numbered and any(p.state.live and p.label_hash == command.label_hash for p in site.parcels.values()):
        raise Refused(RefusalReason.DUPLICATE_TRACKING)
    arriving = _filled_in(command, expected_by_number(draft, command.parcel, command.label_hash))
    may_be_stored(arriving.type, command.direction)
    if not arriving.recipients:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    if command.code_hash in site.codes or command.token_hash in site.codes:
        raise Refused(RefusalReason.BUSY)
    _right_stands(draft, command, arriving.size)
    if command.damaged:
        raise Refused(RefusalReason.DAMAGED)
    if Flag.IN_PERSON in arriving.flags:
        raise Refused(RefusalReason.IN_PERSON_ONLY)
    if not _agreed(draft, arriving.recipients, command.consent):
        raise Refused(RefusalReason.CONSENT_NEEDED)
    chosen = _shared_door(site, command, arriving) or _free_door(draft, command, arriving)
    draft.add(
        DepositStarted(
            deposit=deposit_id(command.parcel),
            parcel=command.parcel,
            compartment=chosen.id,
            size=arriving.size,
            recipients=arriving.recipients,
            label_hash=command.label_hash,
            code_hash=command.code_hash,
            token_hash=command.token_hash,
            company=command.company,
            consent=command.consent,
            flags=tuple(sorted(arriving.flags)),
            needs=tuple(sorted(arriving.needs)),
            direction=command.direction,
            type=arriving.type,
            free_hours=_free_hours(draft, command.keep_until),
            door_open_seconds=site.policy.door_open_seconds,
            reopen_seconds=site.policy.reopen_seconds,
            confirmed=command.confirmed,
            sealed=command.sealed,
            tracking=command.tracking,
            unit=command.unit,
            courier=command.courier,
            details=command.details,
        )
    )
    if command.right is not None:
        deposit_rights.use(draft, command.right, command.parcel)
    order(draft, chosen.id)


def _right_stands(draft: Draft, command: Deposit, size: Size) -> None:
    """Raises Refused for a carrier's right that puts nothing in now, or nothing of this size."""
    right = command.right
    if right is None:
        return
    deposit_rights.must_stand(draft.site, right, draft.now)
    if right.size not in {None, size}:
        raise Refused(RefusalReason.RIGHT_OTHER_DOOR)


def _free_door(draft: Draft, command: Deposit, arriving: Arriving) -> Compartment:
    """A door of its own. Raises Refused."""
    return choose(
        draft.site,
        arriving.size,
        now=draft.now,
        reach=_reach(draft, arriving.recipients),
        flags=arriving.flags,
        needs=arriving.needs,
        expected=command.parcel,
        avoid=command.avoid,
        near=command.near,
        units=own_units(draft.site, arriving.recipients),
        only=command.right.door if command.right is not None else "",
    )


def _shared_door(site: Site, command: Deposit, arriving: Arriving) -> Compartment | None:
    """The door that this parcel may join, where the courier wants that and nothing speaks against that door now."""
    if not command.join or command.right is not None or command.direction is not Direction.IN:
        return None
    door = door_to_share(site, arriving)
    return None if door is None or door.features & command.avoid else door


def _free_hours(draft: Draft, keep_until: datetime | None) -> int:
    """As everybody is promised; longer, in whole hours, where its recipients asked to keep it until then."""
    promised = draft.site.policy.free_hours
    if keep_until is None:
        return promised
    return max(promised, -(-(keep_until - draft.now) // timedelta(hours=1)))


def _filled_in(command: Deposit, expected: Parcel | None) -> Arriving:
    """What the courier says, and of what was announced all that the courier leaves out. Raises Refused."""
    size, recipients, flags, needs, kind = command.size, command.recipients, command.flags, command.needs, command.type
    if expected is not None:
        size = size or expected.size
        recipients = expected.recipients if recipients is None else recipients
        flags, needs, kind = flags or expected.flags, needs or expected.needs, kind or expected.type
    if size is None or recipients is None:
        raise Refused(RefusalReason.NOT_EXPECTED)
    kind = kind or ParcelType.PARCEL
    return Arriving(
        size=size,
        recipients=recipients,
        company=command.company,
        flags=flags | HANDLING[kind].flags,
        needs=needs,
        type=kind,
    )


def cancel(draft: Draft, command: Cancel) -> None:
    """Give the deposit up: the parcel is cancelled at once, the compartment free when the door is seen shut.

    A parcel still behind its reopened door is withdrawn only when that door was open and shut again.
    A compartment in which the courier found something is not free but CHECK. What staff bring from a place goes back.
    """
    parcel, visit = _at_the_door(draft, command.parcel)
    name, why = visit.compartment, command.reason
    if visit.inside and not isinstance(visit.last, Open):
        draft.add(DepositLeaving(parcel=parcel.id, compartment=name, leaving=Leaving.WITHDRAWN, reason=why))
        return
    leaving = Leaving.OCCUPIED if why is NotStored.OCCUPIED else Leaving.CANCELLED
    if visit.place:
        draft.add(DepositLeaving(parcel=parcel.id, compartment=name, leaving=leaving, reason=why))
        moved_to(draft, parcel, visit.place)
        return
    state = ParcelState.WITHDRAWN if parcel.stored_at is not None else ParcelState.CANCELLED
    if leaving is Leaving.OCCUPIED:
        deposit_rights.give_back(draft, parcel)
    draft.add(ParcelEnded(parcel=parcel.id, compartment=name, state=state.value))
    draft.add(DepositLeaving(parcel=parcel.id, compartment=name, leaving=leaving, reason=why))


def resize(draft: Draft, command: Resize) -> None:
    """Go on at another compartment. Raises Refused with the old one still held."""
    parcel, visit = _at_the_door(draft, command.parcel)
    if visit.inside and not isinstance(visit.last, Open):
        raise Refused(RefusalReason.NOT_NOW)
    deposit_rights.must_be_larger(parcel, command.size)
    chosen = _another(draft, parcel, command.size)
    draft.add(DepositLeaving(parcel=parcel.id, compartment=visit.compartment, leaving=Leaving.RESIZED))
    move(draft, parcel, chosen.id, command.size, place=visit.place)


def reopen(draft: Draft, command: Reopen) -> None:
    """Order the door again: while it was not seen open, or within `reopen_seconds` after the parcel was stored."""
    parcel = draft.site.parcels.get(command.parcel)
    if parcel is None:
        raise Refused(RefusalReason.NOT_NOW)
    compartment = behind(draft.site, parcel)
    if compartment is None:
        raise Refused(RefusalReason.NOT_NOW)
    visit = draft.site.visits.get(compartment.id)
    if parcel.state is ParcelState.DEPOSITING and visit is not None:
        waits = two_doors.second_of(draft, visit) or visit
        order_once_more(draft, waits, draft.site.compartments[waits.compartment].seen)
        return
    until = may_reopen_until(draft.site, parcel)
    late = until is None or draft.now >= until
    if parcel.state is not ParcelState.STORED or late or visit is not None:
        raise Refused(RefusalReason.NOT_NOW)
    if held(draft.site, parcel):
        raise Refused(RefusalReason.HELD)
    if compartment.use is not Use.LOADED:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment.seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    draft.add(
        DepositReopened(
            parcel=parcel.id,
            compartment=compartment.id,
            take_back=command.take_back,
            door_open_seconds=draft.site.policy.door_open_seconds,
            reopen_seconds=draft.site.policy.reopen_seconds,
        )
    )
    order(draft, compartment.id)


def move(draft: Draft, parcel: Parcel, compartment: str, size: Size, *, place: str = "") -> None:
    """Take the deposit to another compartment and order its door. `place`: where staff bring it from."""
    draft.add(
        DepositMoved(
            parcel=parcel.id,
            compartment=compartment,
            size=size,
            visit=parcel.deposit,
            place=place,
            door_open_seconds=draft.site.policy.door_open_seconds,
            reopen_seconds=draft.site.policy.reopen_seconds,
        )
    )
    order(draft, compartment)


def shut(draft: Draft, visit: Visit) -> None:
    """A deposit's door was seen open and now shut: the parcel is stored, or gone by the courier's word."""
    two_doors.first_shut(draft, visit)
    if visit.compartment not in draft.site.visits:
        return
    if visit.leaving in {None, Leaving.KEPT}:
        for parcel in visit.parcels:
            store(draft, parcel, visit.compartment)
        return
    for parcel in visit.parcels:
        if visit.leaving is Leaving.MOVED:
            moved_to(draft, draft.site.parcels[parcel], visit.place)
            continue
        state = ParcelState.RETURNED if visit.leaving is Leaving.RETURNED else ParcelState.WITHDRAWN
        draft.add(ParcelEnded(parcel=parcel, compartment=visit.compartment, state=state.value))
    if visit.leaving is Leaving.OCCUPIED:
        _found_full(draft, visit)
        return
    draft.add(VisitEnded(compartment=visit.compartment, visit=visit.id, use=_use_without(draft, visit)))


def store(draft: Draft, parcel_id: str, compartment: str) -> None:
    """The parcel is behind this shut door; the free time runs from its first storing."""
    parcel = draft.site.parcels[parcel_id]
    promised = draft.site.policy.free_hours if parcel.free_hours is None else parcel.free_hours
    deadline = parcel.deadline or draft.now + timedelta(hours=promised)
    again = parcel.stored_at is not None
    draft.add(ParcelStored(parcel=parcel_id, compartment=compartment, deadline=deadline, again=again))


def never_opened(draft: Draft, visit: Visit) -> None:
    """The door was not seen open in time: what that comes to, in one table.

    | the courier said       | its parcel            | what it comes to                                         |
    |------------------------|-----------------------|----------------------------------------------------------|
    | occupied               | given up              | CHECK                                                    |
    | cancelled, resized     | given up              | the compartment is as it was                             |
    | nothing, or to take it | was inside before     | a lock fault, and it is stored as before                 |
    | nothing                | is still at another door | as two_doors.py has it                                |
    | nothing                | was not inside        | a lock fault, this door is retired, it goes on elsewhere |

    A door behind which others lie is neither free nor retired: it is as they left it.
    """
    match visit.leaving, visit.inside:
        case Leaving.OCCUPIED, _:
            _found_full(draft, visit)
        case ((Leaving.CANCELLED | Leaving.RESIZED), _):
            draft.add(
                VisitEnded(compartment=visit.compartment, visit=visit.id, use=_use_without(draft, visit)),
            )
        case _, True:
            lock_fault(draft, visit, visit.pulses + visit.asked)
            for one in visit.parcels:
                store(draft, one, visit.compartment)
        case _ if visit.origin:
            two_doors.second_never_opened(draft, visit)
        case _:
            _go_on_elsewhere(draft, visit)


def _go_on_elsewhere(draft: Draft, visit: Visit) -> None:
    """Another compartment for this parcel, or none: then it was never stored."""
    name, parcel = visit.compartment, draft.site.parcels[visit.parcels[0]]
    draft.add(DepositLeaving(parcel=parcel.id, compartment=name, leaving=Leaving.RESIZED))
    lock_fault(draft, visit, visit.pulses + visit.asked)
    use = _use_without(draft, visit)
    draft.add(VisitEnded(compartment=name, visit=visit.id, use=use))
    if use is Use.FREE:
        draft.add(CompartmentRetired(compartment=name, reason="lock did not open"))
    if visit.place:
        moved_to(draft, parcel, visit.place)
        return
    try:
        chosen = _another(draft, parcel, parcel.size)
    except Refused:
        state = ParcelState.WITHDRAWN if parcel.stored_at is not None else ParcelState.CANCELLED
        deposit_rights.give_back(draft, parcel)
        draft.add(ParcelEnded(parcel=parcel.id, compartment=name, state=state.value))
        return
    move(draft, parcel, chosen.id, parcel.size)


def _another(draft: Draft, parcel: Parcel, size: Size) -> Compartment:
    """Another compartment than its own, at which somebody is or which is retired. Raises Refused."""
    deposit_rights.must_cover(draft.site, parcel, size)
    return choose(
        draft.site,
        size,
        now=draft.now,
        reach=_reach(draft, parcel.recipients),
        flags=parcel.flags,
        needs=parcel.needs,
        units=own_units(draft.site, parcel.recipients),
    )


def _found_full(draft: Draft, visit: Visit) -> None:
    """The courier's eyes are believed, whatever the switch saw: nobody gets this compartment before staff looked."""
    content_unknown(draft, visit.compartment, "the courier found something inside", CheckFrom.DEPOSIT)


def _use_without(draft: Draft, visit: Visit) -> Use:
    """What the compartment is used for when this visit's parcel is not there: others may lie beside it."""
    here = [draft.site.parcels[one] for one in draft.site.compartments[visit.compartment].parcels]
    return Use.LOADED if any(p.state.live and p.id not in visit.parcels for p in here) else Use.FREE


def _at_the_door(draft: Draft, parcel_id: str) -> tuple[Parcel, Visit]:
    parcel = draft.site.parcels.get(parcel_id)
    if parcel is None or parcel.state is not ParcelState.DEPOSITING:
        raise Refused(RefusalReason.NOT_NOW)
    visit = draft.site.visits.get(parcel.compartment)
    if (
        visit is None
        or visit.kind is not VisitKind.DEPOSIT
        or parcel_id not in visit.parcels
        or visit.leaving is not None
        or visit.target
    ):
        raise Refused(RefusalReason.NOT_NOW)
    return parcel, visit


def _agreed(draft: Draft, recipients: tuple[str, ...], given: Consent | None) -> bool:
    """Silence is not consent; the courier's word fills silence and never overrides a no."""
    consents = [draft.site.residents[r].consent for r in recipients]
    if False in consents:
        return False
    return True in consents or given is not None or not draft.site.policy.ask_consent


def _reach(draft: Draft, recipients: tuple[str, ...]) -> bool:
    return any(draft.site.residents[r].reach for r in recipients)
