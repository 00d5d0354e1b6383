"""The door to the core: `decide` says what an asked or seen thing comes to, or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from locker.core import deadlines, deposit, pickup, staff_orders, switch_changes
from locker.core.commands import (
    AnyCommand,
    Cancel,
    Clear,
    ClearByWord,
    Collect,
    CommandAnswer,
    CompartmentAnswer,
    Deposit,
    DepositAnswer,
    PickupAnswer,
    Reopen,
    ResidentAnswer,
    Resize,
    Restore,
    Retire,
    SaveResident,
    StaffOpen,
)
from locker.core.events import ClockJumped, PulseLost, Started
from locker.core.observations import Begun, Observation, PulseFailed, RelayStuck, SwitchesSeen, Tick, WallJumped
from locker.core.outcome import Draft, Outcome
from locker.core.record import rfc3339
from locker.core.service_events import ResidentSaved

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Parcel, Site

Message: TypeAlias = AnyCommand | Observation
"""What comes to the core: a command may be refused, an observation may not."""


def decide(site: Site, message: Message, now: datetime) -> Outcome:  # noqa: C901, PLR0912  one arm a message
    """The events that `message` leads to, and the site after them. Raises Refused for a command only."""
    draft = Draft(site, now)
    match message:
        case Deposit():
            deposit.deposit(draft, message)
        case Cancel():
            deposit.cancel(draft, message)
        case Resize():
            deposit.resize(draft, message)
        case Reopen():
            deposit.reopen(draft, message)
        case Collect():
            pickup.collect(draft, message)
        case StaffOpen():
            staff_orders.staff_open(draft, message)
        case Clear():
            staff_orders.clear(draft, message)
        case ClearByWord():
            staff_orders.clear_by_word(draft, message)
        case Retire():
            staff_orders.retire(draft, message)
        case Restore():
            staff_orders.restore(draft, message)
        case SaveResident():
            draft.add(_saved(message))
        case SwitchesSeen():
            switch_changes.seen(draft, message)
        case PulseFailed():
            draft.add(PulseLost(compartment=message.compartment, fault=message.fault))
        case RelayStuck():
            staff_orders.retire_stuck(draft, message.compartment)
        case Tick():
            deadlines.tick(draft, message)
        case Begun():
            draft.add(Started(version=message.version))
        case WallJumped():
            draft.add(ClockJumped(seconds=message.seconds, durations=True))
        case _:
            assert_never(message)
    return draft.outcome()


def answer(after: Site, command: AnyCommand) -> CommandAnswer:
    """What the asker is told, read from the site as the command left it, ended parcels still in it."""
    match command:
        case Deposit() | Cancel() | Resize() | Reopen():
            return deposit_answer(after.parcels[command.parcel])
        case Collect():
            return pickup_answer(after, after.parcels[after.codes[command.hash]])
        case StaffOpen() | Clear() | ClearByWord() | Retire() | Restore():
            return compartment_answer(after, command.compartment)
        case SaveResident():
            return ResidentAnswer(command.id)
        case _:
            assert_never(command)


def deposit_answer(parcel: Parcel) -> DepositAnswer:
    """How the deposit of this parcel stands."""
    return DepositAnswer(parcel.deposit, parcel.id, parcel.compartment, parcel.state.value)


def pickup_answer(site: Site, parcel: Parcel) -> PickupAnswer:
    """The visit that this parcel's code began, with all that its doors hold: the code's own parcel first."""
    pickup = site.visits[parcel.compartment].id
    own = [(parcel.id, parcel.compartment)]
    doors = [visit for _, visit in sorted(site.visits.items()) if visit.id == pickup]
    others = [(one, visit.compartment) for visit in doors for one in visit.parcels if one != parcel.id]
    return PickupAnswer(pickup, (*own, *others))


def compartment_answer(site: Site, name: str) -> CompartmentAnswer:
    """How a compartment stands. A collected parcel is in none, though its code opens the door until the grace ends."""
    compartment = site.compartments[name]
    return CompartmentAnswer(
        id=compartment.id,
        size=compartment.size.value,
        use=compartment.use.value,
        seen=compartment.seen.value,
        bank=compartment.bank,
        since=rfc3339(compartment.since) if compartment.since is not None else None,
        parcels=tuple(one for one in compartment.parcels if one in site.parcels and site.parcels[one].state.live),
    )


def _saved(command: SaveResident) -> ResidentSaved:
    return ResidentSaved(
        resident=command.id,
        consent=command.consent,
        reach=command.reach,
        unit=command.unit,
        name=command.name,
        phone=command.phone,
        language=command.language,
        email=command.email,
    )
