"""What `lockerd rule` asks: versions of rules listed, shown, added and taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.services.policies import BODIES, NewVersion, RuleKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locker.services.policies import RuleBook, RuleVersion


class RuleCommands:
    """The acts by their verbs. Raises ValueError, VersionTaken, Refused."""

    def __init__(self, rules: RuleBook, by: str) -> None:
        self._rules = rules
        self._by = by

    async def execute(self, verb: str, arguments: dict[str, Any]) -> str | None:
        """One act; its result in words, None for a verb that there is not."""
        match verb:
            case "list":
                kinds = [RuleKind(arguments["kind"])] if arguments["kind"] else list(RuleKind)
                versions = [each for kind in kinds for each in self._rules.versions(kind)]
                return table(_line(each, self._rules.holding(each.kind)) for each in versions)
            case "show":
                return self._rules.body(BODIES[RuleKind(arguments["kind"])]).as_json()
            case "add":
                return _answer(await self._rules.add(self._new(arguments), self._by))
            case "undo":
                kind = RuleKind(arguments["kind"])
                return _answer(await self._rules.undo(kind, arguments["reason"], self._by))
            case _:
                return None

    def _new(self, arguments: dict[str, Any]) -> NewVersion:
        kind = RuleKind(arguments["kind"])
        return NewVersion(
            len(self._rules.versions(kind)) + 1,
            BODIES[kind].read(arguments["body"]),
            arguments["reason"],
            _time(arguments["starts"]),
            _time(arguments["ends"]),
            date.fromisoformat(arguments["review"]) if arguments["review"] else None,
        )


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: say the zone too, as in 2026-03-01T18:00:00+08:00")
    return at.astimezone(UTC)


def _line(rule: RuleVersion, holding: RuleVersion | None) -> tuple[str, ...]:
    until = f"until {rfc3339(rule.ends_at)}" if rule.ends_at else "no end"
    holds = "holds" if rule is holding else ""
    span = (f"from {rfc3339(rule.starts_at)}", until, holds)
    return f"{rule.kind.value} {rule.version}", *span, f"review {rule.review_on}", rule.author, rule.reason


def _answer(rule: RuleVersion) -> str:
    return f"{rule.kind.value} has version {rule.version}, from {rfc3339(rule.starts_at)}"


def table(lines: Iterable[tuple[str, ...]]) -> str:
    """One line each, its parts apart by a tab: for people and for `cut`."""
    return "\n".join("\t".join(line) for line in lines) or "there are none"
