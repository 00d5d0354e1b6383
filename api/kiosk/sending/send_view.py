"""What the screens of sending show: lists, sums of money, weights. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from api.i18n import translate
from api.kiosk.sending.packing import CHOSEN, PACKING, Contents, all_ticked
from api.kiosk.sending.send_door import may_open_again
from api.kiosk.sending.send_flow import CARRIERS_SHOWN, COIN, code_complete, who_complete, worth_of
from api.kiosk.sending.send_steps import (
    ReturnCode,
    SendAgree,
    SendCarrier,
    SendContents,
    SendDoor,
    SendDraft,
    SendPacking,
    SendStep,
    SendWeight,
    SendWho,
    SendWorth,
)
from api.kiosk.transitions import must_wait
from locker.core.parcel_words import receipt_number
from locker.core.parcels.insurance import premium
from locker.services.notices import promise_text

if TYPE_CHECKING:
    from api.kiosk.values import KioskTime, LockerState
    from locker.services.policies import Carriage, Promise

GRAMS_A_KILOGRAM = 1000


def send_values(step: SendStep, language: str, locker: LockerState, now: KioskTime) -> dict[str, Any]:
    """What only this screen needs."""
    match step:
        case ReturnCode():
            return {"complete": code_complete(step)}
        case SendWho():
            return {"complete": who_complete(step) and not must_wait(step.error, now)}
        case SendContents():
            return {"contents": [each.value for each in CHOSEN]}
        case SendPacking():
            contents = step.draft.contents or Contents.RETURN
            return {
                "contents": contents.value,
                "lines": [(line, line in step.ticked) for line in PACKING[contents]],
                "complete": all_ticked(contents, step.ticked),
            }
        case SendWeight():
            return {"weight": kilograms(int(step.typed or "0") * 100, language)}
        case SendWorth():
            value = worth_of(step)
            return {"value": money(value, language, coins=False), "premium": money(premium(value), language)}
        case SendCarrier():
            return carriers(locker.companies, step.page)
        case SendAgree():
            promise = promise_text(_promise(step.draft, locker), language)
            return bill(step.draft, language, locker.carriage) | {"promise": promise}
        case SendDoor():
            seconds = _reopen_seconds(step, locker, now) if may_open_again(step, locker, now) else 0
            return {"reopen_for": seconds, "receipt": receipt_number(step.parcel)}
        case _:
            return {}


def _reopen_seconds(step: SendDoor, locker: LockerState, now: KioskTime) -> int:
    stored = locker.site.parcels[step.parcel].stored_at or now.utc
    return max(0, ceil(locker.site.policy.reopen_seconds - (now.utc - stored).total_seconds()))


def money(coins_of_it: int, language: str, *, coins: bool = True) -> str:
    """A sum as ¥ 1,000.00."""
    amount = f"{coins_of_it / COIN:,.2f}" if coins else f"{coins_of_it // COIN:,}"
    return translate(language, "send.money", amount=amount)


def kilograms(grams: int, language: str) -> str:
    """A weight as 2.0 kg."""
    return translate(language, "send.kilograms", amount=f"{grams / GRAMS_A_KILOGRAM:.1f}")


def bill(draft: SendDraft, language: str, carriage: Carriage) -> dict[str, Any]:
    """What was declared and what it costs: the carrier's price about, by its table, where one is known in yuan."""
    about = carriage.estimate("", "", draft.carrier, draft.weight_g)
    known = about is not None and (carriage.currency, carriage.decimals) == ("CNY", 2)
    worth = draft.worth
    insured = worth is not None and worth.insured
    return {
        "insured": insured,
        "about": money(about, language) if known and about is not None else "",
        "value": "" if worth is None or not worth.value else money(worth.value, language),
        "premium": money(premium(worth.value), language) if worth is not None and insured else "",
        "weight": "" if draft.weight_g is None else kilograms(draft.weight_g, language),
    }


def _promise(draft: SendDraft, locker: LockerState) -> Promise | None:
    return locker.promises.promise("delivery", draft.carrier)


def carriers(names: tuple[str, ...], page: int) -> dict[str, Any]:
    """One page of companies."""
    if len(names) <= CARRIERS_SHOWN:
        return {"companies": names, "more_companies": False}
    shown = CARRIERS_SHOWN - 1
    first = (page % ceil(len(names) / shown)) * shown
    return {"companies": names[first : first + shown], "more_companies": True}
