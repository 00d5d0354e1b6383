"""Receipts on paper: which screens offer it, and what stands on the slip. Pure but for `print_receipt`.

A slip lies about: it bears doors and ends of numbers, and neither a name nor a unit.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api.i18n import translate
from api.kiosk.courier.round_steps import RoundReceipt
from api.kiosk.messages import PrintEffect, SlipPrinted
from api.kiosk.sending.send_steps import SendDoor
from api.kiosk.transitions import at_step, go_to
from api.kiosk.values import DoorPhase, Printing
from locker.core.parcel_words import receipt_number
from locker.errors import HardwareFault
from locker.slips import Slip, SlipKind, SlipLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.app_context import AppContext
    from api.kiosk.messages import EffectRefused
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition
    from api.kiosk.values import KioskTime, LockerState

    Words = partial[str]

log = logging.getLogger(__name__)
WAIT_S = 3.0
"""So long a person waits for the slip's fate; a slow serial line goes on printing after that."""
MOST_LINES = 60
END_SHOWN = 5
_UNDER_WAY: set[asyncio.Task[None]] = set()


def may_print(state: KioskState, locker: LockerState) -> bool:
    """True on a screen that shows a receipt, where the cabinet has a printer, until it was printed."""
    match state.step:
        case RoundReceipt(printed=printed) | SendDoor(phase=DoorPhase.SHUT, printed=printed):
            return locker.has_printer and printed is not Printing.DONE and not state.waiting
        case _:
            return False


def print_touched(state: KioskState, now: KioskTime) -> Transition:
    """The receipt of this screen is wanted on paper."""
    step = state.step
    assert isinstance(step, RoundReceipt | SendDoor)
    done = tuple(f"{each.door} …{each.tracking[-END_SHOWN:]}" for each in state.stored_parcels)
    company = "" if state.courier is None else state.courier.company
    return go_to(state, step, PrintEffect(step, state.language, now.utc, company, done))


def after_print(state: KioskState, result: SlipPrinted | EffectRefused) -> KioskState:
    """It came out, it is coming, or it did not: the receipt stands on the screen in any case."""
    if not isinstance(state.step, RoundReceipt | SendDoor):
        return state
    printed = result.printed if isinstance(result, SlipPrinted) else Printing.FAILED
    return at_step(state, replace(state.step, printed=printed))


async def print_receipt(context: AppContext, effect: PrintEffect) -> SlipPrinted:
    """Print it; nobody waits longer than a moment."""
    if context.printer is None:
        return SlipPrinted(Printing.FAILED)
    task = asyncio.create_task(context.printer.print_slip(slip(context, effect)))
    _UNDER_WAY.add(task)
    task.add_done_callback(_ended)
    await asyncio.wait([task], timeout=WAIT_S)
    failed = task.done() and task.exception() is not None
    return SlipPrinted(Printing.FAILED if failed else Printing.DONE)


def _ended(task: asyncio.Task[None]) -> None:
    _UNDER_WAY.discard(task)
    fault = None if task.cancelled() else task.exception()
    if isinstance(fault, HardwareFault):
        log.warning("%s", fault)
    elif fault is not None:
        log.error("a slip was not printed", exc_info=fault)


def slip(context: AppContext, effect: PrintEffect) -> Slip:
    """What is printed for this screen, in its language."""
    t, site = partial(translate, effect.language), context.site
    at = effect.at.astimezone(ZoneInfo(site.timezone)).strftime("%Y-%m-%d %H:%M")
    called = partial(site.called, language=effect.language)
    match effect.receipt:
        case RoundReceipt() as ended:
            body = _round_lines(ended, effect, t, (at, called(effect.company)))
        case SendDoor() as sent:
            parcel = context.engine.site.parcels.get(sent.parcel)
            body = _sender_lines(sent, t, at, called(parcel.company if parcel is not None else ""))
    head = [called(site.name), *([called(site.operator)] if site.operator else [])]
    lines = [*(SlipLine(SlipKind.SMALL, each) for each in head), *body]
    if site.help_phone:
        lines.append(SlipLine(SlipKind.SMALL, site.help_phone))
    return Slip(effect.language, tuple(lines))


def _round_lines(ended: RoundReceipt, effect: PrintEffect, t: Words, when_who: tuple[str, str]) -> Iterator[SlipLine]:
    at, company = when_who
    yield SlipLine(SlipKind.TITLE, t("slip.round"))
    yield SlipLine(SlipKind.RULE)
    yield SlipLine(SlipKind.PAIR, t("slip.courier"), company)
    yield SlipLine(SlipKind.PAIR, t("slip.time"), at)
    yield SlipLine(SlipKind.RULE)
    for each in effect.done[:MOST_LINES]:
        door, _, number = each.partition(" ")
        yield SlipLine(SlipKind.PAIR, door, number)
    if len(effect.done) > MOST_LINES:
        yield SlipLine(SlipKind.TEXT, t("slip.more", n=len(effect.done) - MOST_LINES))
    counts = ended.counts
    groups = (("stored", counts.stored), ("taken_back", counts.taken_back), ("handed_over", counts.handed_over))
    for name, count in (*groups, ("missing", ended.missing)):
        if count:
            yield SlipLine(SlipKind.PAIR, t(f"round.{name}"), str(count))
    yield SlipLine(SlipKind.QR, ended.proof)
    yield SlipLine(SlipKind.CODE, ended.code)
    yield SlipLine(SlipKind.SMALL, t("slip.keep"))
    if ended.checkpoint:
        yield SlipLine(SlipKind.SMALL, t("receipt.checkpoint", text=ended.checkpoint))


def _sender_lines(sent: SendDoor, t: Words, at: str, company: str) -> Iterator[SlipLine]:
    code = receipt_number(sent.parcel)
    yield SlipLine(SlipKind.TITLE, t("slip.sender"))
    yield SlipLine(SlipKind.RULE)
    yield SlipLine(SlipKind.PAIR, t("slip.door"), sent.compartment)
    yield SlipLine(SlipKind.PAIR, t("slip.carrier"), company)
    yield SlipLine(SlipKind.PAIR, t("slip.time"), at)
    yield SlipLine(SlipKind.QR, code)
    yield SlipLine(SlipKind.CODE, code)
    yield SlipLine(SlipKind.SMALL, t("slip.keep_until"))
