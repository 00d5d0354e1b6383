"""Who ordered a door without anybody's approval, and when: what the brake on many doors counts."""

from __future__ import annotations

from datetime import datetime

from locker.frozen import dataclass


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """One order of one person or program."""

    by: str
    at: datetime
