"""An event as it stands in the journal, linked to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


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
