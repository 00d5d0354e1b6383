"""Every event that there is, as one type."""

from __future__ import annotations

from typing import TypeAlias

from locker.core.events.custody_events import CustodyEvent
from locker.core.events.door_events import CompartmentEvent, DoorEvent
from locker.core.events.parcel_events import ParcelEvent
from locker.core.events.service_events import ServiceEvent
from locker.core.events.visit_events import VisitEvent

AnyEvent: TypeAlias = DoorEvent | VisitEvent | CompartmentEvent | ParcelEvent | CustodyEvent | ServiceEvent
