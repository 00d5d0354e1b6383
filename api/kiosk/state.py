"""The state of the touchscreen: an immutable value, and each step of it one screen.

A step's name leads to all of it: `ScanLabel` is drawn by scan_label.html, and a function `scan_label` takes its
touches.

What a person typed lives here and nowhere else: it is never logged or sent back in an address, and what is kept of it
for a restart is sealed (`kept_screen.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from api.kiosk.collect_steps import CollectStep
from api.kiosk.courier.steps import CourierStep
from api.kiosk.sending.send_steps import SendStep
from api.kiosk.values import (
    Dialog,
    DisplaySettings,
    FetchedParcel,
    HelpCall,
    MaskedResident,
    ShipmentUnderWay,
    SignedInCourier,
    StoredParcel,
)
from locker.core.model import Size


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here."""


Step: TypeAlias = Idle | CollectStep | CourierStep | SendStep


@dataclass(frozen=True, slots=True)
class KioskState:
    """One touchscreen as it stands: who is at it, at which step, and how it is shown.

    `serial` counts screens: a touch names the screen that it was made on, and one on a screen that is gone
    does nothing. `code_asked`: when a new code was last asked for here. `waiting`: an effect is asked for and has no
    result yet. `proved_at`: when the courier last showed who they are, or went on taking parcels out soon after that.
    It and `last_touch` are in monotonic seconds. `weighed`: the number of the last label that told a weight, in grams.
    `recent`: for whom this courier has just brought something: who lives together gets several.
    `said_again`: how often somebody asked to hear a screen once more.
    """

    step: Step
    language: str
    last_touch: float
    display: DisplaySettings = field(default_factory=DisplaySettings)
    dialog: Dialog | None = None
    courier: SignedInCourier | None = None
    stored_parcels: tuple[StoredParcel, ...] = ()
    fetched: tuple[FetchedParcel, ...] = ()
    proved_at: float | None = None
    last_size: Size | None = None
    recent: tuple[MaskedResident, ...] = ()
    shipment: ShipmentUnderWay | None = None
    weighed: tuple[str, int] | None = None
    code_asked: float | None = None
    help_call: HelpCall | None = None
    help_refused: bool = False
    waiting: bool = False
    serial: int = 0
    said_again: int = 0
