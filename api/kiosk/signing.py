"""A finger signs on the pad: a recipient who accepts, a courier who hands over. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.transitions import Transition, at_step, go_to
from api.kiosk.values import ErrorMessage

if TYPE_CHECKING:
    from api.kiosk.collect_steps import SignParcel
    from api.kiosk.courier.messages import SignDepositEffect
    from api.kiosk.courier.steps import SignHandOver
    from api.kiosk.messages import SignEffect, Touched
    from api.kiosk.state import KioskState


def sign(
    state: KioskState, step: SignParcel | SignHandOver, touched: Touched, unsigned: SignEffect | SignDepositEffect
) -> Transition | None:
    """Draw, clear, keep. `unsigned`: what is kept of somebody who cannot sign, and goes on without."""
    match touched.act:
        case "stroke":
            return go_to(state, replace(step, drawn=True, error=None))
        case "clear":
            return go_to(state, replace(step, drawn=False, error=None))
        case "sign" if step.drawn:
            return go_to(state, step, replace(unsigned, points=touched.points))
        case "sign":
            return go_to(state, step)
        case "cannotsign":
            return go_to(state, step, unsigned)
        case _:
            return None


def not_kept(state: KioskState, step: SignParcel | SignHandOver) -> KioskState:
    """What was drawn is no signature, and is drawn again."""
    return at_step(state, replace(step, drawn=False, error=ErrorMessage("sign.not_kept")))
