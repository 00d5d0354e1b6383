"""What both listeners are handed: the locker as far as a screen may reach it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from api.screen_watch import ScreenWatch
from locker.core.model import Seen
from locker.services.people import BackoffTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, MutableMapping, Sequence

    from api.certificate_keeper import CertificateKeeper
    from api.options import KioskOptions, ResidentOptions
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import ColumnOptions, CompartmentOptions, SiteOptions
    from locker.ports import Camera, Clock, ReceiptPrinter
    from locker.services.cases import Casework
    from locker.services.command_service import CommandService
    from locker.services.contact_service import ContactService
    from locker.services.custody_service import CustodyService
    from locker.services.duty import Automations, DutyRoster, TaskBoard, TrainingRegister
    from locker.services.entries import Entries
    from locker.services.evidence import ChainProof
    from locker.services.fees import FeeDesk
    from locker.services.fleet import EventHooks
    from locker.services.health import HealthMonitor
    from locker.services.incidents import IncidentDesk, Incidents
    from locker.services.mass_openings import MassOpenings
    from locker.services.notices import BroadcastDesk, NoticeExamples, ReceiptDesk, RedeliveryDesk
    from locker.services.outbound import OutboundDesk
    from locker.services.parcel_service import ParcelService
    from locker.services.people import (
        Applications,
        CourierAccounts,
        MachineTokens,
        ResidentDirectory,
        ResidentLinks,
        StaffAccounts,
        WishRegister,
    )
    from locker.services.policies import RuleBook
    from locker.services.reports import ReportDesk
    from locker.services.resident_imports import ResidentImports
    from locker.services.rights import RightDesk
    from locker.services.rounds import Rounds
    from locker.vault import Vault


class ScanSource(Protocol):
    """Where the texts of all code readers come together."""

    def listen(self) -> AsyncIterator[str]:
        """Texts as they are read from now on. Ends only when the caller stops listening."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """Everything that the kiosk, the staff panel and the machine API may use."""

    engine: Engine
    commands: CommandService
    parcels: ParcelService
    custody: CustodyService
    journal: Journal
    directory: ResidentDirectory
    wishes: WishRegister
    rules: RuleBook
    cases: Casework
    fees: FeeDesk
    receipts: ReceiptDesk
    broadcasts: BroadcastDesk
    redeliveries: RedeliveryDesk
    examples: NoticeExamples
    reports: ReportDesk
    payment_secret: str = field(repr=False)
    proof: ChainProof
    incidents: Incidents
    incident_desk: IncidentDesk
    resident_links: ResidentLinks
    contacts: ContactService
    resident: ResidentOptions | None
    couriers: CourierAccounts
    tokens: MachineTokens
    staff: StaffAccounts
    vault: Vault
    clock: Clock
    scan_hub: ScanSource
    site: SiteOptions
    kiosk: KioskOptions
    columns: Sequence[ColumnOptions]
    compartments: Sequence[CompartmentOptions]
    mass_openings: MassOpenings
    imports: ResidentImports
    applications: Applications
    rounds: Rounds
    entries: Entries
    rights: RightDesk
    outbound: OutboundDesk
    health: HealthMonitor
    tasks: TaskBoard
    roster: DutyRoster
    hooks: EventHooks
    trainings: TrainingRegister
    automations: Automations
    version: str
    certificate: CertificateKeeper | None = None
    temperatures: MutableMapping[str, float | None] = field(default_factory=dict)
    """The last reading of each sensor, None while it cannot be read."""
    camera: Camera | None = None
    """What looks at the front, for a picture that somebody holds to it; None for a cabinet without one."""
    phone_tries: BackoffTable = field(default_factory=BackoffTable)
    """Wrong digits, typed by somebody who calls: by the number that calls, hashed."""
    printer: ReceiptPrinter | None = None
    """What prints receipts on paper; None for a cabinet without one."""
    sender_tries: BackoffTable = field(default_factory=BackoffTable)
    """Wrong ends of a phone, typed by somebody who wants to send something: by unit."""
    screen: ScreenWatch = field(default_factory=ScreenWatch)

    def status(self) -> Literal["ok", "degraded", "sealed"]:
        """Whether the locker does its work: `degraded` while it does not see every door, or shows nothing."""
        if self.engine.sealed is not None:
            return "sealed"
        unseen = any(each.seen is Seen.UNSEEN for each in self.engine.site.compartments.values())
        return "degraded" if unseen or self.screen.state() == "dark" else "ok"
