"""The door to the core: `decide` says what an asked or seen thing comes to, or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from locker.core.doors import deadlines, staff_orders, switch_changes
from locker.core.events.door_events import PulseLost
from locker.core.messages.answers import compartment_answer, deposit_answer, pickup_answer
from locker.core.messages.command import Command
from locker.core.messages.commands import (
    AnyCommand,
    Cancel,
    Clear,
    ClearByWord,
    Collect,
    CommandAnswer,
    Deposit,
    Reopen,
    ResidentAnswer,
    Resize,
    Restore,
    Retire,
    SaveResident,
    StaffOpen,
)
from locker.core.messages.custody_commands import CustodyCommand
from locker.core.messages.observations import (
    Begun,
    Observation,
    PulseFailed,
    RelayStuck,
    SwitchesSeen,
    Tick,
    Unsealed,
    WallJumped,
)
from locker.core.outcome import Draft, Outcome
from locker.core.parcels import downtime
from locker.core.parcels.custody_rules import answer_custody, decide_custody
from locker.core.parcels.parcel_rules import answer_parcel, decide_parcel
from locker.core.visits import deposit, pickup
from locker.core.visits.deposit_rights import only_puts_in

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Site

Message: TypeAlias = AnyCommand | Observation
"""What comes to the core: a command may be refused, an observation may not."""


def decide(site: Site, message: Message, now: datetime) -> Outcome:  # noqa: C901, PLR0912  one arm a message
    """The events that `message` leads to, and the site after them. Raises Refused for a command only."""
    draft = Draft(site, now)
    if isinstance(message, Command):
        only_puts_in(site, message)
    if isinstance(message, CustodyCommand):
        decide_custody(draft, message)
        return draft.outcome()
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
            draft.add(message.saved())
        case SwitchesSeen():
            switch_changes.seen(draft, message)
        case PulseFailed():
            draft.add(PulseLost(compartment=message.compartment, fault=message.fault))
        case RelayStuck():
            staff_orders.retire_stuck(draft, message.compartment)
        case Tick():
            deadlines.tick(draft, message)
        case Begun():
            downtime.begun(draft, message)
        case Unsealed():
            downtime.unsealed(draft, message.seconds)
        case WallJumped():
            downtime.clock_jumped(draft, message.seconds)
        case _:
            decide_parcel(draft, message)
    return draft.outcome()


def answer(after: Site, command: AnyCommand) -> CommandAnswer:
    """What the asker is told, read from the site as the command left it, ended parcels still in it."""
    if isinstance(command, CustodyCommand):
        return answer_custody(after, command)
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
            return answer_parcel(after, command)
