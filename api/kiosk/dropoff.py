"""Drop off: sign in, label, recipient, consent, size, door, and again. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from api.kiosk.collect import held
from api.kiosk.door_status import reopen_until
from api.kiosk.messages import (
    ChangeEffect,
    CourierKnown,
    DepositEffect,
    DepositTaken,
    EffectRefused,
    ResidentsFound,
    SearchEffect,
    SignInEffect,
    Touched,
)
from api.kiosk.state import (
    AskConsent,
    ChooseRecipient,
    ChooseSize,
    DepositDoor,
    KioskState,
    Match,
    NoConsent,
    NothingFits,
    Phase,
    ScanLabel,
    SignIn,
    Trouble,
    TypeNumber,
    Unlisted,
    Wish,
)
from api.kiosk.transitions import DIGITS, LETTERS, TRACKING_LONGEST, leave, to, typed
from locker.core.model import Consent, Size
from locker.core.reasons import NotStored, RefusalReason
from locker.vault import is_pickup_token

if TYPE_CHECKING:
    from api.kiosk.state import Facts, KioskTime
    from api.kiosk.transitions import Transition

PIN_SHORTEST = 4
PIN_LONGEST = 10
SEARCH_LONGEST = 8
COMPANIES_SHOWN = 6
TRACKING_KEYS = DIGITS + LETTERS


def sign_in(visit: KioskState, step: SignIn, touch: Touched, facts: Facts, now: KioskTime) -> Transition | None:
    """Company and PIN."""
    text = typed(step.typed, touch.act, touch.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return to(visit, replace(step, typed=text, trouble=step.trouble if held(step.trouble, now) else None))
    match touch.act:
        case "company" if touch.value in facts.companies:
            return to(visit, replace(step, company=touch.value))
        case "page":
            return to(visit, replace(step, page=step.page + 1))
        case "signin" if sign_in_complete(step) and not held(step.trouble, now):
            return to(visit, step, SignInEffect(step.company, step.typed))
        case "signin":
            return to(visit, step)
        case "back":
            return leave(visit), None
        case _:
            return None


def sign_in_complete(step: SignIn) -> bool:
    """True when it may be tried."""
    return bool(step.company) and len(step.typed) >= PIN_SHORTEST


def scan(visit: KioskState, touch: Touched) -> Transition | None:
    """Waiting for a label."""
    match touch.act:
        case "type":
            return to(visit, TypeNumber())
        case "finish":
            return leave(visit), None
        case _:
            return None


def scanned(visit: KioskState, text: str) -> Transition | None:
    """A label was read."""
    number = text.strip()
    fit = number.isascii() and number.isprintable() and 0 < len(number) <= TRACKING_LONGEST
    if not fit or is_pickup_token(number):
        return to(visit, ScanLabel(Trouble("dropoff.no_label")))
    return _who(visit, number)


def type_number(visit: KioskState, step: TypeNumber, touch: Touched) -> Transition | None:
    """The tracking number is being typed."""
    text = typed(step.typed, touch.act, touch.value, longest=TRACKING_LONGEST, keys=TRACKING_KEYS)
    if text is not None:
        return to(visit, TypeNumber(text))
    match touch.act:
        case "next" if number_complete(step):
            return _who(visit, step.typed)
        case "next":
            return to(visit, step)
        case "back":
            return to(visit, ScanLabel())
        case _:
            return None


def number_complete(step: TypeNumber) -> bool:
    """True when it could be a tracking number."""
    return len(step.typed.strip("-")) > 3


def _who(visit: KioskState, tracking: str) -> Transition:
    if any(each.tracking == tracking for each in visit.round):
        return to(visit, ScanLabel(Trouble(f"refused.{RefusalReason.DUPLICATE_TRACKING.value}")))
    return to(visit, ChooseRecipient(tracking))


def recipient(visit: KioskState, step: ChooseRecipient, touch: Touched, facts: Facts) -> Transition | None:
    """Who the parcel is for."""
    text = typed(step.typed, touch.act, touch.value, longest=SEARCH_LONGEST, keys=DIGITS)
    if text is not None:
        cleared = replace(step, typed=text, trouble=None, matches=step.matches if text else (), more=0)
        return to(visit, cleared, SearchEffect(text) if text else None)
    match touch.act:
        case "choose":
            chosen = next((each for each in step.matches if each.id == touch.value), None)
            return None if chosen is None else _chosen(visit, step, chosen, facts)
        case "unlisted":
            return to(visit, Unlisted(step))
        case "back":
            return to(visit, ScanLabel())
        case _:
            return None


def _chosen(visit: KioskState, step: ChooseRecipient, match: Match, facts: Facts) -> Transition:
    if match.consent is False:
        return to(visit, NoConsent(step.tracking, match, never=True))
    if match.consent is None and facts.site.policy.ask_consent:
        return to(visit, AskConsent(step.tracking, match))
    return to(visit, ChooseSize(step.tracking, match))


def unlisted(visit: KioskState, step: Unlisted, touch: Touched) -> Transition | None:
    """The recipient is not in the list."""
    match touch.act:
        case "back":
            return to(visit, step.back)
        case "next":
            return to(visit, ScanLabel())
        case _:
            return None


def consent(visit: KioskState, step: AskConsent, touch: Touched) -> Transition | None:
    """The resident must have agreed."""
    match touch.act:
        case "consent" if touch.value in set(Consent):
            return to(visit, ChooseSize(step.tracking, step.match, Consent(touch.value)))
        case "noconsent":
            return to(visit, NoConsent(step.tracking, step.match, never=False))
        case "back":
            return to(visit, ChooseRecipient(step.tracking))
        case _:
            return None


def no_consent(visit: KioskState, step: NoConsent, touch: Touched) -> Transition | None:
    """No door opens for this one."""
    match touch.act:
        case "back" if step.never:
            return to(visit, ChooseRecipient(step.tracking))
        case "back":
            return to(visit, AskConsent(step.tracking, step.match))
        case "next":
            return to(visit, ScanLabel())
        case _:
            return None


def choose_size(visit: KioskState, step: ChooseSize, touch: Touched, facts: Facts) -> Transition | None:
    """Which size fits."""
    match touch.act:
        case "size" if touch.value in set(Size) and visit.courier is not None:
            size = Size(touch.value)
            if not facts.free.get(size):
                return to(visit, replace(step, trouble=Trouble(f"refused.{RefusalReason.NO_SPACE.value}")))
            if step.door is not None:
                return to(visit, step, ChangeEffect(step.door.deposit, visit.courier, size=size))
            return to(visit, step, DepositEffect(step.tracking, step.match, size, step.consent, visit.courier))
        case "toobig":
            return to(visit, NothingFits(step))
        case "back" if step.door is not None:
            return to(visit, step.door)
        case "back":
            return to(visit, ChooseRecipient(step.tracking))
        case _:
            return None


def nothing_fits(visit: KioskState, step: NothingFits, touch: Touched) -> Transition | None:
    """Too big for all."""
    door = step.back.door
    match touch.act:
        case "back":
            return to(visit, step.back)
        case "next" if door is not None and visit.courier is not None:
            ask = ChangeEffect(door.deposit, visit.courier, cancel=True, reason=NotStored.OVERSIZE)
            return _change(visit, replace(door, wish=Wish.CANCEL), ask)
        case "next":
            return to(visit, ScanLabel())
        case _:
            return None


def at_door(  # noqa: C901  one arm a button
    visit: KioskState, step: DepositDoor, touch: Touched, facts: Facts, now: KioskTime
) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    if visit.courier is None:
        return None
    change = ChangeEffect(step.deposit, visit.courier)
    under_way = step.phase in {Phase.ORDERED, Phase.OPEN} and step.wish is Wish.STORE
    match touch.act:
        case "stuck" if step.phase is Phase.ORDERED:
            return _change(visit, replace(step, asked_why=True), change)
        case "resize" if under_way:
            door = replace(step, trouble=None)
            return to(visit, ChooseSize(step.tracking, step.match, door=door))
        case "cancel" if under_way:
            return _change(visit, replace(step, wish=Wish.CANCEL), replace(change, cancel=True))
        case "occupied" if under_way and step.phase is Phase.OPEN:
            full = replace(change, cancel=True, reason=NotStored.OCCUPIED)
            return _change(visit, replace(step, wish=Wish.CANCEL), full)
        case "takeback" if may_take_back(step, facts, now):
            return _change(visit, replace(step, wish=Wish.TAKE_BACK), replace(change, take_back=True))
        case "again" if may_take_back(step, facts, now):
            return _change(visit, step, change)
        case "takeback" | "again" if step.phase is Phase.SHUT:
            return to(visit, step)
        case "next" if step.phase in {Phase.SHUT, Phase.OVER, Phase.LEFT_OPEN}:
            return to(visit, ScanLabel())
        case "finish" if step.phase in {Phase.SHUT, Phase.OVER, Phase.LEFT_OPEN}:
            return leave(visit), None
        case _:
            return None


def may_take_back(step: DepositDoor, facts: Facts, now: KioskTime) -> bool:
    """True while the courier may open the door of a stored parcel again."""
    until = reopen_until(facts.site, step)
    return step.phase is Phase.SHUT and until is not None and now.utc < until


def _change(visit: KioskState, step: DepositDoor, ask: ChangeEffect) -> Transition:
    return to(visit, replace(step, trouble=None), ask)


def found(visit: KioskState, answer: ResidentsFound | EffectRefused) -> KioskState:
    """Who fits what was typed. An answer to something typed earlier says nothing."""
    step = visit.step
    if not isinstance(step, ChooseRecipient):
        return visit
    if isinstance(answer, EffectRefused) or answer.typed != step.typed:
        return to(visit, step)[0]
    return to(visit, replace(step, matches=answer.matches, more=answer.more))[0]


def signed_in(visit: KioskState, answer: CourierKnown | EffectRefused, now: KioskTime) -> KioskState:
    """The PIN fits, or not."""
    step = visit.step
    if not isinstance(step, SignIn):
        return visit
    if isinstance(answer, EffectRefused):
        trouble = Trouble.of(answer.code, answer.retry_after, now.seconds)
        if answer.code is RefusalReason.THROTTLED:
            trouble = replace(trouble, key="dropoff.throttled")
        return to(visit, replace(step, typed="", trouble=trouble))[0]
    if answer.courier is None:
        return to(visit, replace(step, typed="", trouble=Trouble("dropoff.wrong_pin")))[0]
    return replace(to(visit, ScanLabel())[0], courier=answer.courier, round=())


def deposited(
    visit: KioskState, ask: DepositEffect, answer: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    """The compartment is taken and its door ordered, or why not and what else can be done."""
    step = visit.step
    if not isinstance(step, ChooseSize):
        return visit
    match answer:
        case DepositTaken(deposit=deposit, parcel=parcel, compartment=compartment):
            door = DepositDoor(deposit, parcel, compartment, ask.tracking, ask.match, since=now.seconds, at=now.utc)
            return to(visit, door)[0]
        case EffectRefused(code=code, retry_after=retry_after):
            return _refused(visit, step, code, Trouble.of(code, retry_after, now.seconds))


def _refused(visit: KioskState, step: ChooseSize, code: RefusalReason, trouble: Trouble) -> KioskState:
    match code:
        case RefusalReason.CONSENT_NEEDED if step.consent is None and step.match.consent is None:
            return to(visit, AskConsent(step.tracking, step.match))[0]
        case RefusalReason.CONSENT_NEEDED:
            return to(visit, NoConsent(step.tracking, step.match, never=True))[0]
        case RefusalReason.DUPLICATE_TRACKING:
            return to(visit, ScanLabel(trouble))[0]
        case RefusalReason.UNKNOWN_RECIPIENT:
            return to(visit, ChooseRecipient(step.tracking, trouble=trouble))[0]
        case _:
            return to(visit, replace(step, trouble=trouble))[0]


def changed(visit: KioskState, ask: ChangeEffect, answer: DepositTaken | EffectRefused, now: KioskTime) -> KioskState:
    """The deposit stands otherwise, or why not. The switch says the rest."""
    step = visit.step
    match step:
        case ChooseSize(door=DepositDoor() as door):
            return _resized(visit, step, door, answer, now)
        case DepositDoor():
            return _asked_at_door(visit, step, ask, answer, now)
        case _:
            return visit


def _resized(
    visit: KioskState, step: ChooseSize, door: DepositDoor, answer: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    match answer:
        case EffectRefused(code=RefusalReason.NOT_NOW):
            return to(visit, replace(door, trouble=Trouble("refused.not-now")))[0]
        case EffectRefused(code=code, retry_after=retry_after):
            return to(visit, replace(step, trouble=Trouble.of(code, retry_after, now.seconds)))[0]
        case DepositTaken(compartment=compartment):
            left = door.compartment if door.phase is Phase.OPEN else ""
            moved = replace(
                door,
                compartment=compartment,
                phase=Phase.ORDERED,
                since=now.seconds,
                at=now.utc,
                moved_from=left,
                trouble=None,
                asked_why=False,
            )
            return to(visit, moved)[0]
        case _:
            assert_never(answer)


def _asked_at_door(
    visit: KioskState, step: DepositDoor, ask: ChangeEffect, answer: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    if isinstance(answer, DepositTaken):
        again = step.phase is Phase.SHUT
        phase = Phase.ORDERED if again else step.phase
        return to(visit, replace(step, phase=phase, since=now.seconds if again else step.since))[0]
    wish = Wish.STORE if ask.cancel or ask.take_back else step.wish
    trouble = Trouble.of(answer.code, answer.retry_after, now.seconds)
    if not ask.cancel and not ask.take_back and step.phase is Phase.ORDERED:
        return to(visit, replace(step, wish=wish))[0]
    return to(visit, replace(step, wish=wish, trouble=trouble))[0]
