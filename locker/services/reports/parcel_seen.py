"""What is remembered of a parcel between its events, and of whom."""

from __future__ import annotations

import hashlib
from dataclasses import field

from locker.frozen import dataclass


@dataclass(slots=True)
class ParcelSeen:
    """What is remembered of a parcel while it is here or expected."""

    size: str = ""
    company: str = ""
    channel: str = ""
    courier: str = ""
    direction: str = "in"
    began: str = ""
    stored: str = ""
    pickup: str = ""
    pickup_by: str = ""
    tried: int = 0
    moved: bool = False
    asked: bool = True
    people: list[str] = field(default_factory=list)
    window: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brought a parcel that is not remembered any more: from the journal, for a case that comes late."""

    company: str = ""
    courier: str = ""
    people: tuple[str, ...] = ()


def pseudonym(resident: str) -> str:
    """A resident as facts know one: the same again, and nobody by it."""
    return hashlib.sha256(f"facts:{resident}".encode()).hexdigest()[:12]
