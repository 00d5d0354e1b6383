"""What comes in at the touchscreen, what it asks for, and the results; couriers' own: `courier/messages.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.courier.messages import CourierEffect, CourierResult
from api.kiosk.sending.send_messages import SendEffect, SendResult
from api.kiosk.values import PresentedCredential, Printing, ProblemKind

if TYPE_CHECKING:
    from datetime import datetime

    from api.kiosk.courier.round_steps import RoundReceipt
    from api.kiosk.sending.send_steps import SendDoor
    from locker.core.reasons import RefusalReason


@dataclass(frozen=True, slots=True)
class PickupEffect:
    """Open the door that this code or token belongs to."""

    credential: PresentedCredential


@dataclass(frozen=True, slots=True)
class NoteEffect:
    """Keep in the journal what a resident says is wrong."""

    problem: ProblemKind
    compartment: str
    parcel: str
    pickup: str = ""


@dataclass(frozen=True, slots=True)
class PhotoEffect:
    """Take a picture for this case."""

    case: str


@dataclass(frozen=True, slots=True)
class AcceptEffect:
    """The resident has looked and says that all is well."""

    pickup: str
    parcel: str


@dataclass(frozen=True, slots=True)
class SignEffect:
    """Keep what the recipient drew, as it was sent; None for somebody who cannot sign."""

    parcel: str
    compartment: str
    pickup: str
    points: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class PutBackEffect:
    """The resident puts the parcel back: it stays theirs."""

    pickup: str
    parcel: str


@dataclass(frozen=True, slots=True)
class RateEffect:
    """Keep how easy it was, from 1 to 5; how good the help was, where it names the case of a call for help."""

    compartment: str
    score: int
    case: str = ""


@dataclass(frozen=True, slots=True)
class LostCodeEffect:
    """Send new codes for what waits for this unit, to the phone that ends so, if there is any."""

    unit: str
    tail: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HelpEffect:
    """Ask staff to come. `compartment`: the door of the visit, empty for none."""

    compartment: str


@dataclass(frozen=True, slots=True)
class NextEffect:
    """Open the door of another parcel of the same people, after one that their own code opened."""

    parcel: str


@dataclass(frozen=True, slots=True)
class PrintEffect:
    """Print this receipt. `done`: door and end of the number of each parcel that was stored."""

    receipt: RoundReceipt | SendDoor
    language: str
    at: datetime
    company: str = ""
    done: tuple[str, ...] = ()


Effect: TypeAlias = (
    PickupEffect
    | NoteEffect
    | PhotoEffect
    | AcceptEffect
    | SignEffect
    | PutBackEffect
    | NextEffect
    | RateEffect
    | LostCodeEffect
    | HelpEffect
    | PrintEffect
    | CourierEffect
    | SendEffect
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A finger on a button: the act, and what it is about. `points`: what was drawn on the pad of this screen."""

    act: str
    value: str = field(default="", repr=False)
    points: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A reader read this text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PickupOrdered:
    """The door of a pickup is ordered. `own`: by the code of the recipients themselves, not of a delegate."""

    parcel: str
    compartment: str
    pickup: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class EffectRefused:
    """An effect was refused. `retry_after` is in seconds; `valuable`: it is the parcel that asks for a second item."""

    reason: RefusalReason
    retry_after: int | None = None
    valuable: bool = False


@dataclass(frozen=True, slots=True)
class NoteRecorded:
    """The note is in the journal: under which case, who of the staff has it, and by when they answer."""

    case: str = ""
    who: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class PhotoTaken:
    """The picture is in the case, under this name; empty when the camera gives none."""

    sha256: str


@dataclass(frozen=True, slots=True)
class SlipPrinted:
    """What became of a slip."""

    printed: Printing


@dataclass(frozen=True, slots=True)
class PutBackNoted:
    """Seen shut, the parcel is stored again."""


EffectResult: TypeAlias = (
    PickupOrdered | EffectRefused | NoteRecorded | PhotoTaken | PutBackNoted | SlipPrinted | CourierResult | SendResult
)
