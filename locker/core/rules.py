"""The door to the core: `decide` says what an asked or seen thing comes to, or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from locker.core import deposit, doors, expiry, pickup, staff
from locker.core import messages as m
from locker.core.evolve import evolve, forget
from locker.core.expiry import next_deadline
from locker.core.outcome import Draft, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Parcel, Site

__all__ = ["Outcome", "answer", "decide", "evolve", "forget", "next_deadline"]


def decide(site: Site, message: m.Message, now: datetime) -> Outcome:  # noqa: C901, PLR0912  one arm a message
    """The events that `message` leads to, and the site after them. Raises Refused for a command only."""
    draft = Draft(site, now)
    match message:
        case m.Deposit():
            deposit.deposit(draft, message)
        case m.Cancel():
            deposit.cancel(draft, message)
        case m.Resize():
            deposit.resize(draft, message)
        case m.Reopen():
            deposit.reopen(draft, message)
        case m.Collect():
            pickup.collect(draft, message)
        case m.StaffOpen():
            staff.staff_open(draft, message)
        case m.Clear():
            staff.clear(draft, message)
        case m.Retire():
            staff.retire(draft, message)
        case m.Restore():
            staff.restore(draft, message)
        case m.SaveResident():
            draft.add(_saved(message))
        case m.SwitchesSeen():
            doors.seen(draft, message)
        case m.PulseFailed():
            draft.add(m.PulseLost(compartment=message.compartment, fault=message.fault))
        case m.Tick():
            expiry.tick(draft, message)
        case m.Begun():
            draft.add(m.Started(version=message.version))
        case m.WallJumped():
            draft.add(m.ClockJumped(seconds=message.seconds))
        case _:
            assert_never(message)
    return draft.outcome()


def answer(after: Site, command: m.AnyCommand) -> m.Answer:
    """What the asker is told, read from the site as the command left it, ended parcels still in it."""
    match command:
        case m.Deposit() | m.Cancel() | m.Resize() | m.Reopen():
            return deposit_answer(after.parcels[command.parcel])
        case m.Collect():
            parcel = after.parcels[after.codes[command.hash]]
            visit = after.visits[parcel.compartment]
            return m.PickupAnswer(visit.id, ((parcel.id, parcel.compartment),))
        case m.StaffOpen() | m.Clear() | m.Retire() | m.Restore():
            return compartment_answer(after, command.compartment)
        case m.SaveResident():
            return m.ResidentAnswer(command.id)
        case _:
            assert_never(command)


def deposit_answer(parcel: Parcel) -> m.DepositAnswer:
    """How the deposit of this parcel stands."""
    return m.DepositAnswer(parcel.deposit, parcel.id, parcel.compartment, parcel.state.value)


def compartment_answer(site: Site, name: str) -> m.CompartmentAnswer:
    """How a compartment stands. A collected parcel is in none, though its code opens the door until the grace ends."""
    compartment = site.compartments[name]
    parcel = site.parcels.get(compartment.parcel or "")
    return m.CompartmentAnswer(
        id=compartment.id,
        size=compartment.size.value,
        use=compartment.use.value,
        seen=compartment.seen.value,
        bank=compartment.bank,
        since=rfc3339(compartment.since) if compartment.since is not None else None,
        parcels=(parcel.id,) if parcel is not None and parcel.state.live else (),
    )


def rfc3339(moment: datetime) -> str:
    """A UTC time as it stands in the journal and in answers, with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _saved(command: m.SaveResident) -> m.ResidentSaved:
    return m.ResidentSaved(
        resident=command.id,
        consent=command.consent,
        reach=command.reach,
        unit=command.unit,
        name=command.name,
        phone=command.phone,
        language=command.language,
        email=command.email,
    )
