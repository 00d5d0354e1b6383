"""The door to the rules of parcels in custody: which rule answers which command, and what the asker is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from locker.core.events.record import rfc3339
from locker.core.messages.custody_commands import (
    CheckSender,
    CustodyAnswer,
    CustodyCommand,
    DeadlinesAnswer,
    EndExpected,
    Expect,
    ExpectedAnswer,
    Extend,
    Hold,
    Move,
    NotFetched,
    PlaceParcel,
    Reassign,
    Release,
    ShiftDeadlines,
    StandingAnswer,
    TakeOver,
    Unhold,
    Withdraw,
)
from locker.core.parcels import custody, expected, handing_out, moving, places, reassigning

if TYPE_CHECKING:
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft


def decide_custody(draft: Draft, command: CustodyCommand) -> None:  # noqa: C901, PLR0912  one arm a command
    """Do what was asked. Raises Refused."""
    match command:
        case Hold():
            custody.hold(draft, command)
        case Unhold():
            custody.unhold(draft, command)
        case Extend():
            custody.extend(draft, command)
        case ShiftDeadlines():
            custody.shift(draft, command)
        case Expect():
            expected.expect(draft, command)
        case EndExpected():
            expected.end_expected(draft, command)
        case PlaceParcel():
            places.place_parcel(draft, command)
        case Move():
            moving.move(draft, command)
        case Reassign():
            reassigning.reassign(draft, command)
        case Withdraw():
            handing_out.withdraw(draft, command)
        case NotFetched():
            handing_out.not_fetched(draft, command)
        case Release():
            handing_out.release(draft, command)
        case TakeOver():
            handing_out.take_over(draft, command)
        case CheckSender():
            custody.check_sender(draft, command)
        case _:
            assert_never(command)


def answer_custody(after: Site, command: CustodyCommand) -> CustodyAnswer:
    """What the asker is told, read from the site as the command left it."""
    match command:
        case Hold() | Unhold() | Extend() | EndExpected() | PlaceParcel() | Move():
            return standing_answer(after.parcels[command.parcel])
        case Withdraw() | NotFetched() | Release() | TakeOver() | Reassign() | CheckSender():
            return standing_answer(after.parcels[command.parcel])
        case Expect():
            return ExpectedAnswer(tuple(announced.parcel for announced in command.parcels))
        case ShiftDeadlines():
            return DeadlinesAnswer(tuple(parcel.id for parcel in custody.shifted(after, command.only)))
        case _:
            assert_never(command)


def standing_answer(parcel: Parcel) -> StandingAnswer:
    """How this parcel stands."""
    return StandingAnswer(
        parcel=parcel.id,
        state=parcel.state.value,
        compartment=parcel.compartment,
        place=parcel.place,
        held=parcel.held,
        deadline=rfc3339(parcel.deadline) if parcel.deadline is not None else None,
        overdue=parcel.overdue,
    )
