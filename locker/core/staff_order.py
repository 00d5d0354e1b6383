"""Who ordered a door without anybody's approval, and when: what the brake on many doors counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """One order of one person or program."""

    by: str
    at: datetime
