"""What is kept for a dispute: pictures of the front, and temperatures of cold compartments."""

from __future__ import annotations

from locker.services.evidence.camera_evidence import CameraEvidence
from locker.services.evidence.case_file import STAMP, as_json, check_case_file, event_part, make_page, make_zip
from locker.services.evidence.chain_proof import ChainProof
from locker.services.evidence.delivery_proof import DELIVERY, Acceptance, Factor, Taker, delivery
from locker.services.evidence.own_visits import of_own_visits
from locker.services.evidence.picture_cleaning import LARGEST_PICTURE, PictureCleaner, PictureFault, PictureRefused
from locker.services.evidence.picture_retention import PictureRetention
from locker.services.evidence.signatures import BadSignature, keep_signature, keep_unsigned, signature_of
from locker.services.evidence.snapshot_store import (
    Snapshot,
    SnapshotStore,
    clips_of_parcel,
    find_clip,
    find_snapshot,
    picture_finder,
    pictures_for_recipients,
    shown_at,
    snapshots_of_parcel,
)
from locker.services.evidence.temperature_monitor import ColdZone, TemperatureMonitor

__all__ = [
    "DELIVERY",
    "LARGEST_PICTURE",
    "STAMP",
    "Acceptance",
    "BadSignature",
    "CameraEvidence",
    "ChainProof",
    "ColdZone",
    "Factor",
    "PictureCleaner",
    "PictureFault",
    "PictureRefused",
    "PictureRetention",
    "Snapshot",
    "SnapshotStore",
    "Taker",
    "TemperatureMonitor",
    "as_json",
    "check_case_file",
    "clips_of_parcel",
    "delivery",
    "event_part",
    "find_clip",
    "find_snapshot",
    "keep_signature",
    "keep_unsigned",
    "make_page",
    "make_zip",
    "of_own_visits",
    "picture_finder",
    "pictures_for_recipients",
    "shown_at",
    "signature_of",
    "snapshots_of_parcel",
]
