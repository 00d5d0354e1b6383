"""The commands about parcels that are not about their doors first: who decides each, and what is answered."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, assert_never

from locker.core.credential import CredentialKind
from locker.core.events.record import rfc3339
from locker.core.messages.answers import deposit_answer, pickup_answer
from locker.core.messages.parcel_commands import (
    Accept,
    AddDelegate,
    Book,
    BookingAnswer,
    BringReturn,
    CredentialAnswer,
    EndCredential,
    HandOver,
    PutBack,
    Reject,
    ReplaceCode,
)
from locker.core.parcel_words import booking_id
from locker.core.parcels import credentials
from locker.core.visits import acceptance, outbound

if TYPE_CHECKING:
    from locker.core.messages.commands import DepositAnswer, PickupAnswer
    from locker.core.messages.parcel_commands import ParcelAnswer, ParcelCommand
    from locker.core.model import Site
    from locker.core.outcome import Draft


def decide_parcel(draft: Draft, command: ParcelCommand) -> None:
    """Decide it. Raises Refused."""
    match command:
        case AddDelegate():
            credentials.add_delegate(draft, command)
        case ReplaceCode():
            credentials.replace_code(draft, command)
        case EndCredential():
            credentials.end_credential(draft, command)
        case PutBack():
            acceptance.put_back(draft, command)
        case Reject():
            acceptance.reject(draft, command)
        case Accept():
            acceptance.accept(draft, command)
        case Book():
            outbound.book(draft, command)
        case BringReturn():
            outbound.bring_return(draft, command)
        case HandOver():
            outbound.hand_over(draft, command)
        case _:
            assert_never(command)


def answer_parcel(after: Site, command: ParcelCommand) -> ParcelAnswer | DepositAnswer | PickupAnswer:
    """What the asker is told, read from the site as the command left it."""
    match command:
        case AddDelegate():
            until, sealed = rfc3339(command.until), _text(command.new_code.sealed)
            return CredentialAnswer(command.parcel, command.credential, CredentialKind.DELEGATE.value, until, sealed)
        case ReplaceCode():
            return CredentialAnswer(command.parcel, "c" + command.parcel[1:], CredentialKind.CODE.value)
        case EndCredential():
            return CredentialAnswer(command.parcel, command.credential, "")
        case PutBack() | Accept() | Reject():
            return acceptance.parcels_answer(after, command.pickup, command.parcel)
        case Book():
            parcel = after.parcels[command.parcel]
            reserved = rfc3339(parcel.reserved_until) if parcel.reserved_until is not None else ""
            return BookingAnswer(booking_id(parcel.id), parcel.id, _text(command.new_code.sealed), reserved)
        case BringReturn():
            return deposit_answer(after.parcels[command.parcel])
        case HandOver():
            return pickup_answer(after, after.parcels[command.parcel])
        case _:
            assert_never(command)


def _text(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()
