"""What every event is, and how one of its fields is kept out of the open journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def private(**options: Any) -> Any:
    """Declare an event's field that goes to its own table and never into the event's stored body."""
    return field(metadata={"private": True}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that is recorded for good. A field may be added with a default, never renamed."""
