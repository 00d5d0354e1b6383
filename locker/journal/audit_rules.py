"""The part of the proof that is about rules: each version against the event that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import row_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

    from locker.core.events.service_events import RuleAdded


class Rules:
    """All versions as the events tell them: `take` each, then `faults`."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, int], str] = {}

    def take(self, event: RuleAdded) -> None:
        """Fold one event."""
        self._told[event.rule, event.version] = event.sha256

    def faults(self, db: Database) -> Iterator[str]:
        """What does not fit, each as `table rule KIND VERSION: …`."""
        # The audit also reads folders that no daemon of this release has opened yet.
        if not db["rule"].exists():
            rows = []
        else:
            rows = db.execute(
                "select kind, version, author, reason, made_at, starts_at, coalesce(ends_at, ''), review_on, body"
                " from rule"
            ).fetchall()
        standing = {(row[0], row[1]): row_hash(row) for row in rows}
        for kind, version in sorted(standing.keys() | self._told.keys()):
            told, found = self._told.get((kind, version)), standing.get((kind, version))
            if told != found:
                fault = "no event tells of it" if told is None else "is missing" if found is None else "was changed"
                yield f"table rule {kind} {version}: {fault}"
