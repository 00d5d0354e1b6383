"""What a touch may lead to: the next visit, and what the house is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.state import Idle, KioskState

if TYPE_CHECKING:
    from api.kiosk.messages import Effect
    from api.kiosk.state import Step

Transition: TypeAlias = "tuple[KioskState, Effect | None]"

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
TRACKING_LONGEST = 40


def to(visit: KioskState, step: Step, ask: Effect | None = None) -> Transition:
    """Go on to a step; with `ask` the visit waits there for the house."""
    return replace(visit, step=step, sheet=None, waiting=ask is not None), ask


def leave(visit: KioskState) -> KioskState:
    """Nobody is here any more. Language and display stay for a moment: the same person may come back."""
    return replace(visit, step=Idle(), sheet=None, courier=None, round=(), waiting=False)


def typed(before: str, act: str, value: str, *, longest: int, keys: str) -> str | None:
    """What stands in a field after a key; None when the act is no key or the key is not on this screen."""
    match act:
        case "key" if len(value) == 1 and value in keys:
            return before + value if len(before) < longest else before
        case "delete":
            return before[:-1]
        case "clear":
            return ""
        case _:
            return None
