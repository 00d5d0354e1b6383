"""What every event is, and how it stands in the journal: one line, linked to the one before by its hash.

Times have one spelling (`rfc3339`, `moment`), because the hash is taken over the text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

GENESIS = "0" * 64


def private(**options: Any) -> Any:
    """Declare an event's field that goes to its own table and never into the event's stored body."""
    return field(metadata={"private": True}, **options)


def withheld(**options: Any) -> Any:
    """Declare an event's field that stands in its stored body, so that the chain holds it, and is handed to nobody."""
    return field(metadata={"withheld": True}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that is recorded for good. A field may be added with a default, never renamed."""


def row_hash(row: Sequence[object]) -> str:
    """SHA-256 over a row that is never changed, in hex: the event that tells of the row holds it."""
    text = json.dumps(list(row), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rfc3339(moment: datetime) -> str:
    """A UTC time as it stands in the journal and in answers, with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """A time as the journal spells it. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of the journal. `at` is RFC 3339 in UTC with milliseconds, `data` the event's public body as JSON."""

    seq: int
    at: str
    kind: str
    by: str
    data: str
    hash: str

    def body(self) -> dict[str, Any]:
        """The event's body as a mapping."""
        value: dict[str, Any] = json.loads(self.data)
        return value


def link(before: str, seq: int, at: str, kind: str, by: str, data: str) -> str:
    """The hash of a line: SHA-256 over the hash before it and the line's own fields."""
    line = json.dumps([before, seq, at, kind, by, data], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()
