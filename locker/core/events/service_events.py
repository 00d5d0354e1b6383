"""Events of people and devices around the doors: recorded for good, they change no door and no parcel.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.access_events import AccessEvent
from locker.core.events.case_events import CaseEvent
from locker.core.events.courier_events import CourierEvent
from locker.core.events.dispatch_events import DispatchEvent
from locker.core.events.duty_events import DutyEvent
from locker.core.events.fleet_events import FleetEvent
from locker.core.events.picture_events import PictureEvent
from locker.core.events.record import Event, private
from locker.core.events.right_events import RightEvent
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentSaved(Event):
    """A resident was created or changed; who it is stands in the residents' table only."""

    resident: str
    consent: bool | None
    reach: bool
    unit: str = private(default="")
    name: str = private(default="")
    phone: str = private(default="")
    language: str = private(default="")
    email: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentErased(Event):
    """All that was kept about this resident is gone, by their own wish or that of staff."""

    resident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something about people and settings that changes no door: a token made, a staff account, a restore.

    `reason`: why somebody looked at what is masked, a word of a list or the number of a case.
    """

    what: str
    about: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureOut(Event):
    """A cold compartment is outside its limits; without `celsius` its sensor cannot be read.

    `parcel` lay behind its door, empty for none.
    """

    compartment: str
    parcel: str
    sensor: str
    celsius: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureBack(Event):
    """A cold compartment is within its limits again."""

    compartment: str
    parcel: str
    sensor: str
    celsius: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed(Event):
    """Somebody will not be told: `notice` names the template, `fault` why trying again does not help.

    `parcel` is what it was about, empty for a call to staff. Whom it was for stands in the outbox only.
    """

    parcel: str
    notice: str
    fault: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue(Event):
    """A parcel has waited so long that its recipients are told again: `rung` is the hours, or "last" before the end.

    `deadline` is the one that was meant: when it moves, there is another last warning.
    """

    parcel: str
    compartment: str
    rung: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentReported(Event):
    """A resident said at the kiosk what is wrong behind a door; nobody has looked yet."""

    compartment: str
    parcel: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAsked(Event):
    """Somebody at the touchscreen asks staff to come. `compartment` is the door of their visit, empty for none."""

    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRated(Event):
    """Somebody said at the touchscreen how easy it was: 1 for hard, 5 for easy. `compartment` is the visit's door.

    `case`: a call for help, where the score says how good the help was.
    """

    compartment: str
    score: int
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingConfirmed(Event):
    """A sender ticked the packing list and read what insurance pays, before a door opened for the parcel.

    `ticked`: the lines of the list of these `contents`. `declared` and `premium` are in the smallest coin, `premium` 0
    for what is not insured; `declared_weight_g` is in grams.
    """

    parcel: str
    contents: str
    ticked: tuple[str, ...]
    declared: int
    declared_weight_g: int | None
    insured: bool
    premium: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSigned(Event):
    """Its recipient signed for a parcel that asks for it, or could not: then `strokes` is 0 and there are no hashes.

    Where `pickup` is a deposit's id it was its courier, for having put it in (`by`).
    The strokes and the drawing that the cabinet made of them stand in a table of their own, under these SHA-256.
    """

    parcel: str
    compartment: str
    pickup: str
    strokes: int
    points_sha256: str = ""
    svg_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclared(Event):
    """Something keeps the locker from working as it should; what is told of it stands in the table of incidents.

    A declaration takes the place of the one before.
    """

    recovers_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEnded(Event):
    """What was declared is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettled(Event):
    """Staff said that a resident's report is settled, and how. `report` is the number of its event."""

    compartment: str
    parcel: str
    report: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRenewed(Event):
    """The staff listener shows another certificate: its SHA-256 is to be compared. `ends`: the day. `first`: of all."""

    fingerprint: str
    ends: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEnding(Event):
    """The certificate of the staff listener ends on the day `ends`, and nothing renews it by itself."""

    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFault(Event):
    """The certificate of the staff listener could not be renewed or read; the one that ends on `ends` is shown on."""

    fault: str
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthWarned(Event):
    """Something of the machine or of a lock wants a person. `subject` names what, `about` which door or bank, if any.

    `value` is what was measured.
    """

    subject: str
    about: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRestored(Event):
    """What a HealthWarned told of is over."""

    subject: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade(Event):
    """A sealed backup was delivered: its file's name, size and hash, and the places that hold it."""

    name: str
    size: int
    sha256: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFailed(Event):
    """A backup could not be made, or a place did not take it; the next good one ends that."""

    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDrilled(Event):
    """A backup was restored for trial: how many events it held and when the newest was, or the `fault` that it had."""

    backup: str
    events: int = 0
    newest: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEnded(Event):
    """Another version was tried: `kept`, or the old one runs again, with the `reason` why."""

    old: str
    new: str
    kept: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAdded(Event):
    """A rule has another version, written by whom the event names. `rule` is its kind; `sha256` is over all it says."""

    rule: str
    version: int
    starts_at: datetime
    ends_at: datetime | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAccepted(Event):
    """The person that the event names accepted this version of a rule of the site; `sha256` is over all it says."""

    rule: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePaid(Event):
    """The payment provider says that so much of the smallest unit was paid for a parcel; `reference` is theirs."""

    parcel: str
    amount: int
    currency: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeWaived(Event):
    """Staff let go of what was due for a parcel, and why."""

    parcel: str
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastSent(Event):
    """Staff wrote to all residents, or to those for whom a parcel waits; `sha256` is over what they wrote."""

    broadcast: str
    template: str
    audience: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryAsked(Event):
    """The resident wants this parcel brought again on the day `on`, `to` the flat, the desk or the locker."""

    parcel: str
    on: str
    to: str


PeopleOrDeviceEvent: TypeAlias = (
    ResidentSaved
    | ResidentErased
    | Noted
    | PictureEvent
    | TemperatureOut
    | TemperatureBack
    | NoticeFailed
    | ReminderDue
    | ResidentReported
    | HelpAsked
    | VisitRated
    | PackingConfirmed
    | ParcelSigned
    | IncidentDeclared
    | IncidentEnded
    | ReportSettled
    | CertificateRenewed
    | CertificateEnding
    | CertificateFault
    | HealthWarned
    | HealthRestored
    | BackupMade
    | BackupFailed
    | RestoreDrilled
    | UpdateEnded
    | RuleAdded
    | RuleAccepted
    | FeePaid
    | FeeWaived
    | BroadcastSent
    | RedeliveryAsked
)

ServiceEvent: TypeAlias = (
    PeopleOrDeviceEvent | CourierEvent | CaseEvent | DutyEvent | DispatchEvent | FleetEvent | AccessEvent | RightEvent
)
Told: TypeAlias = tuple[ServiceEvent, str]
"""Such an event, and by whom, as the journal names them."""
