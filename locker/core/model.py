"""The nouns of a parcel locker, as frozen values.

A compartment's state is what it is used for (`Use`) times what its switch says (`Seen`). Ordered is not seen.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from locker.core.credential import Credential
from locker.core.deposit_right import KnownRight
from locker.core.doors.opening_hours import ALWAYS_OPEN, OpeningHours
from locker.core.parcel_words import ParcelType
from locker.core.place import Place
from locker.core.staff_order import StaffOrder
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.visit import Visit


class Size(StrEnum):
    """Sizes of compartments, smallest first, each with the height that such a door usually has.

    This is the only place that lists them: a new size is a line here (docs/contributing.md, "a size").
    """

    usual_height_mm: int

    XS = "XS", 98
    S = "S", 139
    M = "M", 221
    L = "L", 385
    XL = "XL", 590

    def __new__(cls, value: str, usual_height_mm: int = 0) -> Self:
        """A size is its word; the height serves drawings of cabinets whose site file gives none."""
        size = str.__new__(cls, value)
        size._value_ = value
        size.usual_height_mm = usual_height_mm
        return size

    @property
    def rank(self) -> int:
        """0 for the smallest."""
        return _RANK[self]


_RANK = {size: rank for rank, size in enumerate(Size)}


class Use(StrEnum):
    """What a compartment is used for."""

    FREE = "free"
    FILLING = "filling"
    LOADED = "loaded"
    EMPTYING = "emptying"
    CHECK = "check"
    RETIRED = "retired"


class Seen(StrEnum):
    """What the door switch says. A switch that cannot be read is not shut."""

    SHUT = "shut"
    OPEN = "open"
    UNSEEN = "unseen"


class ParcelState(StrEnum):
    """Where a parcel is in its life; the last five are ends."""

    EXPECTED = "expected"
    DEPOSITING = "depositing"
    STORED = "stored"
    COLLECTING = "collecting"
    CHECK = "check"
    COLLECTED = "collected"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        """True while the parcel may be behind a door or at a place: its number may not be used again."""
        return self in _LIVE

    @property
    def ended(self) -> bool:
        """True when nothing changes any more: the parcel is neither here nor expected."""
        return self not in _LIVE and self is not ParcelState.EXPECTED


_LIVE = frozenset({ParcelState.DEPOSITING, ParcelState.STORED, ParcelState.COLLECTING, ParcelState.CHECK})


class Direction(StrEnum):
    """Who brings a parcel to whom: the states and doors are the same, who may deposit and collect is not.

    `in`: a carrier to a resident. `out`: a resident to a carrier, returns too. `desk`: between residents and staff.
    """

    IN = "in"
    OUT = "out"
    DESK = "desk"


class Consent(StrEnum):
    """How the courier says that the recipient agreed to the locker."""

    ADDRESSED = "addressed-to-locker"
    GIVEN = "given"


class Flag(StrEnum):
    """What must be known about a parcel before a compartment is chosen."""

    INSURED = "insured"
    FRAGILE = "fragile"
    LIQUID = "liquid"
    COLD = "cold"
    IN_PERSON = "in-person"
    ACCEPT = "accept"
    SIGNATURE = "signature"


class VisitKind(StrEnum):
    """Why somebody stands at a door."""

    DEPOSIT = "deposit"
    PICKUP = "pickup"
    STAFF = "staff"


class Leaving(StrEnum):
    """What the courier said before shutting: the parcel does not stay behind this door.

    `occupied`: because something else is behind it, though the compartment was free. `returned`: an overdue parcel goes
    back to its carrier. `moved`: staff take it to a place without a door. `kept`: it was to be taken out, and stays.
    """

    CANCELLED = "cancelled"
    OCCUPIED = "occupied"
    RESIZED = "resized"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    MOVED = "moved"
    KEPT = "kept"


class CheckFrom(StrEnum):
    """What a parcel was doing when its compartment became CHECK."""

    DEPOSIT = "deposit"
    STORED = "stored"
    PICKUP = "pickup"


class Content(StrEnum):
    """What staff found behind a door."""

    EMPTY = "empty"
    PARCEL = "parcel"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that rules need. Seconds and hours as whole numbers."""

    code_digits: int = 8
    free_hours: int = 72
    reopen_seconds: int = 60
    door_open_seconds: int = 120
    ask_consent: bool = True
    share_doors: bool = True
    booking_hours: int = 72
    keep_for_deliveries: int = 0
    opening: OpeningHours = ALWAYS_OPEN
    many_doors: int | None = None
    many_minutes: int = 10
    real_name: bool = False


@dataclass(frozen=True, slots=True)
class Compartment:
    """One space behind one door: how it is built, and how it stands now.

    `kept_for`: the unit (a flat, an office) that has this door for its own; empty for one that is for all.
    """

    id: str
    size: Size
    bank: str
    column: int = 1
    bottom_mm: int = 0
    top_mm: int = 0
    features: frozenset[str] = frozenset()
    kept_for: str = ""
    use: Use = Use.FREE
    seen: Seen = Seen.UNSEEN
    since: datetime | None = None
    parcels: tuple[str, ...] = ()
    openings: int = 0
    faults: int = 0
    reason: str = ""
    staff_orders: tuple[StaffOrder, ...] = ()

    @property
    def parcel(self) -> str | None:
        """The first of the parcels behind this door, by which a screen names it; None when there is none."""
        return self.parcels[0] if self.parcels else None

    @property
    def switch_dead(self) -> bool:
        """True after `DEAD_AFTER` orders in a row during which the switch never changed."""
        return self.faults >= DEAD_AFTER

    @property
    def low(self) -> bool:
        """True when the whole door is within reach from a wheelchair, 380 to 1220 mm (ADA 308), or the site says so."""
        return LOW in self.features or (self.bottom_mm >= LOW_FROM_MM and self.top_mm <= LOW_TO_MM)


DEAD_AFTER = 3
LOW = "low"
"""The feature of a compartment that is within reach, whatever heights the site file gives."""
COIL_REST = timedelta(seconds=5)
"""How long a coil cools down from one pulse: at 0.4 s a pulse it is on for 8 % of the time (docs/protocols.md 4)."""
BURST_PULSES = 8
"""How many pulses a cool coil takes at once: two visits at a lock that jams, and one more."""
LOW_FROM_MM, LOW_TO_MM = 380, 1220


@dataclass(frozen=True, slots=True)
class Resident:
    """What rules must know of a recipient: nothing by which a stranger could find the person."""

    id: str
    unit: str
    phone_tail: str
    consent: bool | None
    reach: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that is expected, or is or may be behind a door or at a place. Its label's number is known by hash only.

    `compartment` is empty while it is expected and when it lies at a `place`. `credentials` are those that open it now:
    one that has ended stands in the journal. `held`: why nothing may let it out but a person who ends the hold.
    `reserved_until`: room for it is kept so long. `free_hours`: what was promised when it came, `reopen_seconds`: how
    long after its storing who brought it may open the door again; None as the site says. `to_staff`: over the desk
    from a resident to staff. `identity`: who checked the sender's identity, empty while nobody has. `deposit_right`:
    the carrier's right by which it is put in.
    """

    id: str
    state: ParcelState
    compartment: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str
    since: datetime
    stored_at: datetime | None = None
    deadline: datetime | None = None
    overdue: bool = False
    check_from: CheckFrom | None = None
    failed: tuple[datetime, ...] = ()
    flags: frozenset[Flag] = frozenset()
    needs: frozenset[str] = frozenset()
    direction: Direction = Direction.IN
    company: str = ""
    credentials: tuple[Credential, ...] = ()
    held: str = ""
    held_at: datetime | None = None
    place: str = ""
    extended: bool = False
    reserved_until: datetime | None = None
    free_hours: int | None = None
    reopen_seconds: int | None = None
    type: ParcelType = ParcelType.PARCEL
    to_staff: bool = False
    identity: str = ""
    deposit_right: str = ""

    @property
    def from_resident(self) -> bool:
        """True for what a resident brings and somebody else fetches: a courier of its carrier, or staff."""
        return self.direction is Direction.OUT or self.to_staff

    @property
    def code_dead(self) -> bool:
        """True when neither code nor token opens anything: a restore does not know who may have seen them since."""
        return not any(c.own for c in self.credentials)

    @property
    def hashes(self) -> tuple[str, ...]:
        """All that is typed or scanned for it, hashed."""
        return tuple(one for credential in self.credentials for one in credential.hashes)

    @property
    def deposit(self) -> str:
        """The id of the deposit that brought it."""
        return deposit_id(self.id)


def deposit_id(parcel: str) -> str:
    """The id of the deposit that brought this parcel: the same letters behind another first one."""
    return "d" + parcel[1:]


def parcel_of_deposit(deposit: str) -> str | None:
    """The id of the parcel that a deposit of this id brought, known or not; None when it is no deposit's id."""
    return "p" + deposit[1:] if deposit[:1] == "d" else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Wrong codes that one source may still try: `level` at the time `at`, and the last wrong try."""

    level: int
    at: datetime
    wrong_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BankDoubt:
    """A bank whose switches changed all at once: what they read since, and which doors stood open before."""

    open: frozenset[str]
    open_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Site:
    """The whole cabinet at one moment: an immutable value that any reader may hold.

    `codes` maps the keyed hash of every live code and token to its parcel. `places` are as the site file says.
    `rights`: those of carriers that were used or revoked.
    The last four fields speak of this life
    of the daemon only, so they stand in no table: when it started, which banks are not believed, until when the coil of
    each door cools down from what it was given, and since when a switch that is unseen was not seen.
    """

    policy: Policy
    compartments: Mapping[str, Compartment]
    parcels: Mapping[str, Parcel] = field(default_factory=dict)
    visits: Mapping[str, Visit] = field(default_factory=dict)
    residents: Mapping[str, Resident] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    rights: Mapping[str, KnownRight] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    started_at: datetime | None = field(default=None, compare=False)
    bank_doubts: Mapping[str, BankDoubt] = field(default_factory=dict, compare=False)
    warm_until: Mapping[str, datetime] = field(default_factory=dict, compare=False)
    unseen_since: Mapping[str, datetime] = field(default_factory=dict, compare=False)
