"""What is kept for a dispute: pictures of the front, and temperatures of cold compartments."""

from __future__ import annotations

from locker.services.evidence.picture_cleaning import LARGEST_PICTURE, PictureCleaner, PictureFault, PictureRefused
from locker.services.evidence.snapshot_recorder import SnapshotRecorder
from locker.services.evidence.snapshot_store import Snapshot, SnapshotStore, find_snapshot, snapshots_of_parcel
from locker.services.evidence.temperature_monitor import ColdZone, TemperatureMonitor

__all__ = [
    "LARGEST_PICTURE",
    "ColdZone",
    "PictureCleaner",
    "PictureFault",
    "PictureRefused",
    "Snapshot",
    "SnapshotRecorder",
    "SnapshotStore",
    "TemperatureMonitor",
    "find_snapshot",
    "snapshots_of_parcel",
]
