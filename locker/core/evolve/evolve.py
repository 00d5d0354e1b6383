"""What each event does to the site: pure, total, and the only place where state changes.

Folding `evolve` over the journal from an empty site gives the tables; `lockerd audit` relies on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.events.access_events import AccessEvent
from locker.core.events.any_event import AnyEvent
from locker.core.events.case_events import CaseEvent
from locker.core.events.courier_events import CourierEvent
from locker.core.events.custody_events import CustodyEvent
from locker.core.events.dispatch_events import DispatchEvent
from locker.core.events.door_events import (
    CodeRejected,
    CompartmentCleared,
    CompartmentEvent,
    CompartmentRestored,
    CompartmentRetired,
    ContentUnknown,
    DoorEvent,
    Restored,
)
from locker.core.events.duty_events import DutyEvent
from locker.core.events.fleet_events import FleetEvent
from locker.core.events.parcel_events import ParcelEvent
from locker.core.events.picture_events import ClipTaken, SnapshotMissed, SnapshotTaken
from locker.core.events.right_events import RightEvent
from locker.core.events.service_events import (
    BackupFailed,
    BackupMade,
    BroadcastSent,
    CertificateEnding,
    CertificateFault,
    CertificateRenewed,
    FeePaid,
    FeeWaived,
    HealthRestored,
    HealthWarned,
    HelpAsked,
    IncidentDeclared,
    IncidentEnded,
    Noted,
    NoticeFailed,
    PackingConfirmed,
    ParcelSigned,
    PeopleOrDeviceEvent,
    RedeliveryAsked,
    ReminderDue,
    ReportSettled,
    ResidentErased,
    ResidentReported,
    ResidentSaved,
    RestoreDrilled,
    RuleAccepted,
    RuleAdded,
    TemperatureBack,
    TemperatureOut,
    UpdateEnded,
    VisitRated,
)
from locker.core.events.visit_events import VisitEvent
from locker.core.evolve.custody import evolve_custody
from locker.core.evolve.doors import evolve_door
from locker.core.evolve.parcels import evolve_parcel
from locker.core.evolve.rights import evolve_right, without_old_rights
from locker.core.evolve.site_updates import changed, with_compartment, with_parcel, with_use, without, without_visit
from locker.core.evolve.visits import evolve_visit
from locker.core.model import CheckFrom, Content, Parcel, ParcelState, Resident, Site, Use
from locker.core.site_questions import behind
from locker.core.visits.code_throttle import after_wrong

if TYPE_CHECKING:
    from datetime import datetime

PHONE_TAIL = 4


def evolve(site: Site, event: AnyEvent, at: datetime) -> Site:
    """The site after `event` was recorded at the time `at`."""
    if isinstance(event, DoorEvent):
        return evolve_door(site, event, at)
    if isinstance(event, VisitEvent):
        return evolve_visit(site, event, at)
    if isinstance(event, ParcelEvent):
        return evolve_parcel(site, event, at)
    if isinstance(event, CustodyEvent):
        return evolve_custody(site, event, at)
    if isinstance(event, RightEvent):
        return evolve_right(site, event, at)
    if isinstance(event, CaseEvent | CourierEvent | DutyEvent | DispatchEvent | FleetEvent | AccessEvent):
        return site
    return _evolve_rest(site, event, at)


def _evolve_rest(site: Site, event: CompartmentEvent | PeopleOrDeviceEvent, at: datetime) -> Site:
    match event:
        case ContentUnknown():
            return _content_unknown(site, event, at)
        case CompartmentCleared(compartment=name, content=content):
            use = Use.FREE if content is Content.EMPTY else Use.LOADED
            cleared = with_use(site, name, use, at)
            return with_compartment(cleared, name, parcels=()) if use is Use.FREE else cleared
        case CompartmentRetired(compartment=name, reason=reason):
            return with_use(with_compartment(site, name, reason=reason), name, Use.RETIRED, at)
        case CompartmentRestored(compartment=name):
            return with_use(with_compartment(site, name, faults=0, reason=""), name, Use.FREE, at)
        case CodeRejected(source=source):
            buckets = {**site.buckets, source: after_wrong(site.buckets.get(source), at)}
            return replace(site, buckets=buckets)
        case ResidentSaved() | ResidentErased():
            return _resident(site, event)
        case Restored(compartments=names, rights_ended=ended):
            return _restored(without_old_rights(site, at) if ended else site, names, at)
        case (
            CertificateRenewed()
            | CertificateEnding()
            | CertificateFault()
            | HealthWarned()
            | HealthRestored()
            | BackupMade()
            | BackupFailed()
            | RestoreDrilled()
            | UpdateEnded()
            | Noted()
            | SnapshotTaken()
            | ClipTaken()
            | SnapshotMissed()
            | TemperatureOut()
            | TemperatureBack()
            | NoticeFailed()
            | ReminderDue()
            | RuleAdded()
            | RuleAccepted()
            | FeePaid()
            | FeeWaived()
            | BroadcastSent()
            | RedeliveryAsked()
            | ResidentReported()
            | HelpAsked()
            | VisitRated()
            | PackingConfirmed()
            | ParcelSigned()
            | IncidentDeclared()
            | IncidentEnded()
            | ReportSettled()
        ):
            return site
        case _:
            assert_never(event)


def forget(before: Site, after: Site) -> Site:
    """Drop the parcels that have ended and that no compartment holds any more, with their codes.

    Only what changed since `before` is looked at: a parcel itself, or what is behind a door.
    """
    names = {
        *changed(before.parcels, after.parcels),
        *(
            parcel
            for name in changed(before.compartments, after.compartments)
            if name in before.compartments
            for parcel in before.compartments[name].parcels
        ),
    }
    gone = [p for name in names if (p := after.parcels.get(name)) is not None and not _kept(after, p)]
    if not gone:
        return after
    return replace(
        after,
        parcels=without(after.parcels, {p.id for p in gone}),
        codes=without(after.codes, {h for p in gone for h in p.hashes}),
    )


def _kept(site: Site, parcel: Parcel) -> bool:
    compartment = behind(site, parcel)
    return not parcel.state.ended or (compartment is not None and parcel.id in compartment.parcels)


def _content_unknown(site: Site, event: ContentUnknown, at: datetime) -> Site:
    """Of several parcels behind a door each has its event; one without a parcel says that none is recorded there."""
    name = event.compartment
    unknown = with_compartment(with_use(without_visit(site, name), name, Use.CHECK, at), name, reason=event.why)
    if event.parcel not in site.parcels:
        return with_compartment(unknown, name, parcels=())
    parcels = site.compartments[name].parcels
    if event.parcel not in parcels:
        unknown = with_compartment(unknown, name, parcels=(*parcels, event.parcel))
    if not site.parcels[event.parcel].state.live:
        return unknown
    return with_parcel(unknown, event.parcel, state=ParcelState.CHECK, since=at, check_from=event.check_from)


def _resident(site: Site, event: ResidentSaved | ResidentErased) -> Site:
    if isinstance(event, ResidentErased):
        return replace(site, residents=without(site.residents, {event.resident}))
    resident = Resident(
        id=event.resident,
        unit=event.unit,
        phone_tail=event.phone[-PHONE_TAIL:],
        consent=event.consent,
        reach=event.reach,
    )
    return replace(site, residents={**site.residents, resident.id: resident})


def _restored(site: Site, names: tuple[str, ...], at: datetime) -> Site:
    """What is in these compartments now is not what the backup says: their old codes are dead for good."""
    for name in names:
        if name not in site.compartments:
            continue
        parcels = [site.parcels[one] for one in site.compartments[name].parcels if one in site.parcels]
        for parcel in parcels:
            site = replace(site, codes=without(site.codes, set(parcel.hashes)))
            site = with_parcel(site, parcel.id, credentials=())
        for one in [parcel.id for parcel in parcels] or [""]:
            unknown = ContentUnknown(
                compartment=name, why="a backup was restored", parcel=one, check_from=CheckFrom.STORED
            )
            site = _content_unknown(site, unknown, at)
    return site
