"""What a touch may lead to: the next state, and the effect that the locker is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.state import Idle, KioskState, Step

if TYPE_CHECKING:
    from api.kiosk.messages import Effect
    from api.kiosk.values import ErrorMessage, KioskTime

Transition: TypeAlias = "tuple[KioskState, Effect | None]"

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
TRACKING_LONGEST = 40
PIN_SHORTEST = 4
PIN_LONGEST = 10


def go_to(state: KioskState, step: Step, effect: Effect | None = None) -> Transition:
    """Go on to a step; with `effect` the screen waits there for its result."""
    return replace(state, step=step, dialog=None, waiting=effect is not None), effect


def at_step(state: KioskState, step: Step) -> KioskState:
    """The state at another step, with nothing to wait for."""
    return replace(state, step=step, dialog=None, waiting=False)


def leave(state: KioskState) -> KioskState:
    """Nobody is here any more. Language and display stay for a moment: the same person may come back."""
    return replace(
        state,
        step=Idle(),
        dialog=None,
        courier=None,
        stored_parcels=(),
        recent=(),
        fetched=(),
        shipment=None,
        weighed=None,
        proved_at=None,
        help_call=None,
        help_refused=False,
        waiting=False,
    )


def text_after_key(before: str, act: str, value: str, *, longest: int, keys: str) -> str | None:
    """What stands in a field after a key was touched; None when the act is no key or the key is not on this screen."""
    match act:
        case "key" if len(value) == 1 and value in keys:
            return before + value if len(before) < longest else before
        case "delete":
            return before[:-1]
        case "clear":
            return ""
        case _:
            return None


def must_wait(error: ErrorMessage | None, now: KioskTime) -> bool:
    """True while a refusal asks to wait."""
    return error is not None and error.until is not None and now.seconds < error.until


def pending(error: ErrorMessage | None, now: KioskTime) -> ErrorMessage | None:
    """What still stands beside a field after a key: a refusal that asks to wait, and no other."""
    return error if must_wait(error, now) else None
