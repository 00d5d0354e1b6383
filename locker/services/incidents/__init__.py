"""Incidents: what keeps the locker from working, told on its screen and to people; begun by staff or by an alert.

`Incidents` keeps the one of now, `IncidentDesk` tells of it, `alert_reading` reads what an authority sends.
"""

from __future__ import annotations

from locker.services.incidents.alert_reading import Alert, BadAlert, read_alert
from locker.services.incidents.incident_desk import AlertOutcome, IncidentDesk
from locker.services.incidents.incident_register import LONGEST, BadIncident, Incident, Incidents, IncidentWords

__all__ = [
    "LONGEST",
    "Alert",
    "AlertOutcome",
    "BadAlert",
    "BadIncident",
    "Incident",
    "IncidentDesk",
    "IncidentWords",
    "Incidents",
    "read_alert",
]
