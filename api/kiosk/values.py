"""What the screens are made of: times, phases of a door, who is here, how it is shown. Immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.model import Consent, Flag, Size
from locker.services.policies import AreaContact, Carriage, DispatchRules, PromiseTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.model import Site
    from locker.core.reasons import RefusalReason
    from locker.services.incidents import Incident


@dataclass(frozen=True, slots=True)
class KioskTime:
    """Now: `seconds` only go forward and time the screens, `utc` is compared with what the journal says."""

    seconds: float
    utc: datetime


@dataclass(frozen=True, slots=True)
class Weather:
    """Bad weather: why, and what may not be put in now: nothing at all, or parcels of some flags and sizes."""

    cause: str
    stopped: bool
    flags: frozenset[Flag]
    sizes: frozenset[Size]


@dataclass(frozen=True, slots=True)
class LockerState:
    """What the screens may know of the locker at one moment.

    `sealed`: why nothing can be recorded. `free`: by size. `code_lengths`: how many digits codes have, fewest first.
    `left_behind`: deposits that couriers began at this kiosk, on a screen that is lost. `broken`: sizes of which no
    door works now, so that they are not full but out of order. `badges`: couriers may show theirs.
    `rights`: couriers of a carrier that has a key here may show a right.
    `takes_unknown`: somebody takes in what is for nobody in the list.
    `weather`: what bad weather forbids, None in good weather. `terms`: what couriers accept, `board`: what staff
    tell them, both by language. `promises`: within what time carriers deliver. `contact`: who answers in an emergency.
    `weighing`: by how much a parcel may weigh more or less than declared. `carriage`: what carriers ask by weight.
    """

    site: Site
    sealed: str | None
    free: Mapping[Size, int]
    companies: tuple[str, ...]
    languages: tuple[str, ...]
    code_lengths: tuple[int, ...]
    left_behind: frozenset[str] = frozenset()
    broken: frozenset[Size] = frozenset()
    badges: bool = False
    rights: bool = False
    has_camera: bool = False
    has_printer: bool = False
    takes_unknown: bool = False
    incident: Incident | None = None
    weather: Weather | None = None
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    board: Mapping[str, str] = field(default_factory=dict)
    promises: PromiseTable = field(default_factory=PromiseTable)
    contact: AreaContact | None = None
    weighing: DispatchRules = field(default_factory=DispatchRules)
    carriage: Carriage = field(default_factory=Carriage)


class DoorPhase(StrEnum):
    """How it stands at the door of a pickup or deposit, by what its switch said."""

    ORDERED = "ordered"
    OPEN = "open"
    SHUT = "shut"
    KEPT = "kept"
    OVER = "over"
    FAILED = "failed"
    LEFT_OPEN = "left-open"
    CHECK = "check"


class Dialog(StrEnum):
    """What a person laid over the screen."""

    HELP = "help"
    DISPLAY = "display"


class Printing(StrEnum):
    """What became of a receipt's slip of paper."""

    NOT_ASKED = "not-asked"
    DONE = "done"
    FAILED = "failed"


class ProblemKind(StrEnum):
    """What a resident finds wrong behind an open door."""

    EMPTY = "empty"
    OTHER = "other"
    DAMAGED = "damaged"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """How the screen is shown to this person. `easy`: large and slow, all by one touch, and fewer ways to go."""

    large: bool = False
    contrast: bool = False
    calm: bool = False
    speak: bool = False
    easy: bool = False

    def toggled(self, mode: str) -> DisplaySettings:
        """The same with this mode the other way. Large and slow is three modes at once, and ends with any of them."""
        on = not getattr(self, mode)
        if mode == "easy":
            return DisplaySettings(on, self.contrast, calm=on, speak=on, easy=on)
        return replace(self, **{mode: on}, easy=self.easy and mode == "contrast")


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """A sentence beside what it concerns. `key`: its message id; `until` (monotonic seconds): when to try again."""

    key: str
    until: float | None = None

    @staticmethod
    def of(reason: RefusalReason, retry_after: int | None, now: float) -> ErrorMessage:
        """The sentence of a refusal."""
        return ErrorMessage(f"refused.{reason.value}", None if retry_after is None else now + retry_after)


@dataclass(frozen=True, slots=True)
class CourierRight:
    """The carrier's right by which somebody without an account puts in: `text` as it was read, and what it says.

    Empty or None is any: any size, door or parcel. `people`: for whom it is, empty for anybody.
    """

    text: str = field(repr=False)
    name: str
    uses: int
    size: Size | None = None
    door: str = ""
    tracking: str = ""
    people: tuple[MaskedResident, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedInCourier:
    """Who is signed in. `right`: by a carrier's right, not by an account of their own."""

    id: str
    company: str
    name: str
    right: CourierRight | None = None


@dataclass(frozen=True, slots=True)
class MaskedResident:
    """A resident as a courier may see them: the name masked, the phone by its end."""

    id: str
    unit: str
    name: str
    phone_end: str
    consent: bool | None
    reach: bool
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class ShipmentUnderWay:
    """Several pieces for one recipient, put in one after another. `mark`: what they share; `parcels`: so far."""

    mark: str
    pieces: int
    recipient: MaskedResident
    consent: Consent | None = None
    flags: tuple[Flag, ...] = ()
    parcels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredParcel:
    """One parcel that this courier has stored since signing in."""

    door: str
    unit: str
    tracking: str
    parcel: str = ""


@dataclass(frozen=True, slots=True)
class FetchedParcel:
    """One parcel that this courier has taken out since signing in; `goes_out`: it is a resident's."""

    door: str
    unit: str
    parcel: str
    goes_out: bool


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """What opened the door, kept for this visit only, so that the same person can open it again."""

    code: str | None = field(default=None, repr=False)
    second: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HelpCall:
    """Staff were asked to come: under which case, when, who was called (empty for nobody by name), what they said.

    `said`: what they wrote since, for whoever waits here. `rated`: how good the help was has been said.
    """

    case: str
    at: datetime
    who: str = ""
    said: str = field(default="", repr=False)
    rated: bool = False
