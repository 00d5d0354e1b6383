"""What the touchscreen asks of the house: the only place of the kiosk that waits for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from api.kiosk.doors import SOURCE
from api.kiosk.talk import (
    Answer,
    Ask,
    AskChange,
    AskDeposit,
    AskNote,
    AskPickup,
    AskSearch,
    AskSignIn,
    Found,
    Kept,
    No,
    Ordered,
    SignedIn,
    Taken,
)
from api.kiosk.visit import Courier, Match
from locker.core.messages import Code
from locker.core.refused import Refused
from locker.desk.counter import DepositRequest

if TYPE_CHECKING:
    from api.front import Front

SHOWN = 3
TOKEN = re.compile(r"PL1\.[A-Za-z0-9]{10,60}")


async def put(front: Front, ask: Ask) -> Answer:
    """Ask the house and say its answer; a refusal is an answer too."""
    try:
        return await _put(front, ask)
    except Refused as refused:
        return No(refused.code, refused.retry_after)


async def _put(front: Front, ask: Ask) -> Answer:
    match ask:
        case AskPickup():
            return await _pickup(front, ask)
        case AskSignIn(company=company, pin=pin):
            found = await front.couriers.sign_in(company, pin)
            return SignedIn(None if found is None else Courier(found.id, found.company, found.name))
        case AskSearch(typed=typed):
            return _search(front, typed)
        case AskDeposit():
            return await _deposit(front, ask)
        case AskChange():
            return await _change(front, ask)
        case AskNote(wrong=wrong, compartment=compartment):
            await front.engine.note(f"resident reports: {wrong.value}", compartment, SOURCE)
            return Kept()
        case _:
            assert_never(ask)


async def _pickup(front: Front, ask: AskPickup) -> Answer:
    shown = ask.shown
    if shown.token is not None and not TOKEN.fullmatch(shown.token):
        return No(Code.UNKNOWN_CODE)
    answer = await front.counter.pickup(
        source=SOURCE, by=SOURCE, code=shown.code, second=shown.second, token=shown.token
    )
    parcel, compartment = answer.openings[0]
    return Ordered(parcel, compartment)


def _search(front: Front, typed: str) -> Found:
    found = front.directory.search(typed, SHOWN)
    matches = tuple(
        Match(person.id, person.unit, person.masked_name, person.phone_tail, person.consent, person.reach)
        for person in found.people
    )
    return Found(typed, matches, found.more)


async def _deposit(front: Front, ask: AskDeposit) -> Answer:
    request = DepositRequest(
        by=f"courier:{ask.courier.id}",
        tracking=ask.tracking,
        size=ask.size,
        company=ask.courier.company,
        courier=ask.courier.name,
        resident=ask.match.id,
        consent=ask.consent,
    )
    answer = await front.counter.deposit(request)
    return Taken(answer.deposit, answer.parcel, answer.compartment)


async def _change(front: Front, ask: AskChange) -> Answer:
    by = f"courier:{ask.courier.id}"
    if ask.cancel:
        answer = await front.counter.cancel(ask.deposit, by, reason=ask.reason)
    elif ask.size is not None:
        answer = await front.counter.resize(ask.deposit, ask.size, by)
    else:
        answer = await front.counter.reopen(ask.deposit, by, take_back=ask.take_back)
    return Taken(answer.deposit, answer.parcel, answer.compartment)
