"""What each of a courier's screens shows beside its state: lists, doors, weights, what may be touched. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from api.i18n import translate
from api.kiosk import door_status
from api.kiosk.courier import custody, deposit, deposit_right, fetch, hand_over, label, pieces, recipient, sign_in, view
from api.kiosk.courier.fetch_steps import ConfirmFetch, FetchDoor, FetchList, WeighParcel
from api.kiosk.courier.round_steps import ReconcileRound, RoundReceipt
from api.kiosk.courier.steps import (
    AcceptTerms,
    ChooseRecipient,
    ChooseSize,
    ConfirmHandOver,
    ConfirmPin,
    PhotoLabel,
    ScanLabel,
    SignIn,
    TakeOneBack,
    TypeNumber,
)
from api.kiosk.transitions import must_wait
from api.qr_drawing import qr_code
from locker.core.model import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cabinet_drawing import DoorPlace
    from api.kiosk.state import KioskState, Step
    from api.kiosk.values import KioskTime, LockerState
    from locker.core.model import Size


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen is drawn from. `drawing`: the cabinet with a door marked; `sizes`: its boxes, one of them marked.

    `place`: where a door is. `picture_days`: how long pictures are kept.
    """

    state: KioskState
    locker: LockerState
    now: KioskTime
    drawing: Callable[..., dict[str, Any]]
    sizes: Callable[[Size | None], dict[str, Any]]
    place: Callable[[str], DoorPlace | None]
    picture_days: int = 30


def courier_values(shown: Shown, step: Step) -> dict[str, Any]:  # noqa: C901, PLR0912  one arm a step
    """What only this kind of a courier's screen needs."""
    state, locker, now = shown.state, shown.locker, shown.now
    match step:
        case SignIn():
            refused = deposit_right.was_refused(step)
            return view.company_values(step, locker) | {"complete": sign_in.sign_in_complete(step), "refused": refused}
        case AcceptTerms():
            return view.terms_values(state, step, locker)
        case ConfirmPin():
            return {"complete": custody.confirm_complete(step) and not must_wait(step.error, now)}
        case ConfirmHandOver():
            return {"complete": hand_over.hand_over_complete(step) and not must_wait(step.error, now)}
        case PhotoLabel():
            return {"picture_days": shown.picture_days}
        case TypeNumber():
            return {"complete": label.number_complete(step)}
        case ChooseRecipient():
            return {"offered": recipient.offered(state, step), **shown.drawing()}
        case ChooseSize():
            beside = deposit.door_beside(state, step, locker)
            return {
                "beside": "" if beside is None else beside.id,
                "piece": 1 + (len(state.shipment.parcels) if state.shipment is not None and step.mark else 0),
                "announced": "" if step.announced is None else step.announced.value,
                **shown.sizes(view.fitting_size(step.announced or state.last_size, locker)),
            }
        case ScanLabel() if state.courier is not None:
            back = custody.may_be_taken_back(state, locker, now)
            return {
                **view.fetch_counts(state.courier.company, locker),
                "may_take_back": bool(back),
                "shipment": _shipment(shown),
                "board": locker.board.get(state.language) or next(iter(locker.board.values()), ""),
            }
        case TakeOneBack():
            return {"rows": custody.may_be_taken_back(state, locker, now)[:4], **shown.drawing()}
        case ConfirmFetch():
            return {"complete": fetch.fetch_confirmed(step) and not must_wait(step.error, now)}
        case FetchList() | FetchDoor() | WeighParcel() if state.courier is not None:
            return _fetch_values(shown, state.courier.company, step)
        case ReconcileRound():
            return {"asked": step.missing[min(len(step.reasons), len(step.missing) - 1)]}
        case RoundReceipt():
            return {"qr": qr_code(step.proof, translate(state.language, "receipt.qr"))}
        case _:
            return shown.drawing()


def _shipment(shown: Shown) -> dict[str, Any]:
    """What is still to come of a shipment of several pieces; empty where nothing is."""
    shipment = pieces.waits_for_more(shown.state, shown.locker)
    if shipment is None:
        return {}
    here = pieces.here(shipment, shown.locker)
    return {"next": here + 1, "here": here, "pieces": shipment.pieces, "unit": shipment.recipient.unit}


def _fetch_values(shown: Shown, company: str, step: FetchList | FetchDoor | WeighParcel) -> dict[str, Any]:
    """What is taken out door by door: the next one has the amber edge, those that follow a pale one."""
    locker, now = shown.locker, shown.now
    match step:
        case FetchList():
            rows = view.fetch_rows(step.kind, company, step.passed, locker, now.utc)
            marks = {row.door: "next" if row is rows[0] else "yours" for row in reversed(rows)}
            first = rows[0].door if rows else ""
            return {"rows": rows, "first": first, **shown.drawing(first), "marks": marks}
        case FetchDoor():
            there = locker.site.compartments.get(step.compartment)
            return {
                "door": step.compartment,
                "phase": step.phase.value,
                "place": shown.place(step.compartment),
                "alarm_at": door_status.alarm_at(locker.site, step.compartment, now.utc),
                "still_open": there is not None and there.seen is Seen.OPEN,
                "following": view.after_this(step, company, locker),
                "to_weigh": fetch.may_weigh(step),
                **shown.drawing(step.compartment, step.phase),
            }
        case WeighParcel():
            return view.weight_values(step, locker)
        case _:
            assert_never(step)
