"""What goes out by a roll-out, a rule or another version of the program: how it is ordered, and when a locker has it.

Of a rule the answer to the order says all. A program is fetched, tried and judged by the locker itself, which answers
at once that it will and tells later, with how it stands, what came of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = "program"
"""The kind of a change that is another version of the program; all others are kinds of rules."""
VERSION = re.compile(r"[0-9][0-9A-Za-z.+~-]{0,60}", re.ASCII)
ANSWER_WITHIN = timedelta(minutes=11)
"""An order is good for ten minutes; what was not answered by then is given again, which a locker knows as the same."""
WORD_WITHIN = timedelta(hours=2)
"""Fetching over a slow line, visitors who stay, and the judgement; whoever says nothing by then needs a person."""
NO_WORD, WENT_BACK, ANOTHER = "fleet.why_no_word", "fleet.why_went_back", "fleet.why_another"


@dataclass(frozen=True, slots=True)
class GivenOrder:
    """An order of a roll-out, and what was answered to it; None while nothing was."""

    id: str
    given_at: datetime
    result: Mapping[str, Any] | None

    @property
    def unheard(self) -> bool:
        """True when nobody knows whether it was followed."""
        return self.result is None or self.result.get("state") == "interrupted"

    @property
    def refusal(self) -> str:
        """Why it was refused; empty when it was not."""
        if self.result is None or self.result["state"] in {"done", "interrupted"}:
            return ""
        return str(self.result.get("where") or self.result.get("why") or self.result["state"])[:100]


class Content(Protocol):
    """One of the two kinds."""

    @property
    def action(self) -> str:
        """The order by which it goes out."""
        ...

    def order(
        self, change: Mapping[str, Any], state: Mapping[str, Any], fixed: int | None
    ) -> tuple[int | None, dict[str, Any]]:
        """The number that it will have in this locker, fixed at the first time, and the body of its order."""
        ...

    def has_it(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        """True for a locker that needs no order."""
        ...

    def outcome(self, given: GivenOrder, state: Mapping[str, Any], now: datetime) -> tuple[str, str] | None:
        """What a part becomes, with why; None while that cannot be said."""
        ...

    def lost(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> str:
        """Why a locker that had it has it no longer; empty when it still has it."""
        ...


class RuleContent:
    """A version of a rule."""

    action = "add-rule"

    def order(
        self, change: Mapping[str, Any], state: Mapping[str, Any], fixed: int | None
    ) -> tuple[int | None, dict[str, Any]]:
        """The next version of what it has; what begins and ends as everywhere."""
        version = fixed or int(state.get("rules", {}).get(change["kind"], 0)) + 1
        body = {"kind": change["kind"], "version": version, "body": change["body"], "reason": change["reason"]}
        if change["starts_at"] is not None and change["starts_at"] > datetime.now(UTC) + ANSWER_WITHIN:
            body["starts_at"] = change["starts_at"].isoformat()
        if change["ends_at"] is not None:
            body["ends_at"] = change["ends_at"].isoformat()
        return version, body

    def has_it(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        """Never known before."""
        _ = change, state
        return False

    def outcome(self, given: GivenOrder, state: Mapping[str, Any], now: datetime) -> tuple[str, str] | None:
        """As was answered."""
        _ = state
        if given.unheard:
            return ("waiting", "") if now >= given.given_at + ANSWER_WITHIN else None
        return ("failed", given.refusal) if given.refusal else ("done", "")

    def lost(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> str:
        """A later version of the same rule is somebody's own decision."""
        _ = change, state
        return ""


class ProgramContent:
    """Another version of the program."""

    action = "update"

    def order(
        self, change: Mapping[str, Any], state: Mapping[str, Any], fixed: int | None
    ) -> tuple[int | None, dict[str, Any]]:
        """Which version, and why; where it comes from is the locker's own affair."""
        _ = state, fixed
        return None, {"version": change["body"]["version"], "reason": change["reason"]}

    def has_it(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        """It runs that version already."""
        return bool(_program(state).get("version") == change["body"]["version"])

    def outcome(self, given: GivenOrder, state: Mapping[str, Any], now: datetime) -> tuple[str, str] | None:
        """By the locker's own word on this very order; its answer alone says only that it will try."""
        last = _program(state).get("last", {})
        if last.get("order") == given.id:
            return ("done", "") if last.get("kept") else ("failed", str(last.get("reason") or WENT_BACK)[:100])
        if given.refusal:
            return "failed", given.refusal
        if given.result is None:
            return ("waiting", "") if now >= given.given_at + ANSWER_WITHIN else None
        if now < given.given_at + WORD_WITHIN:
            return None
        return ("waiting", "") if given.unheard else ("failed", NO_WORD)

    def lost(self, change: Mapping[str, Any], state: Mapping[str, Any]) -> str:
        """Another one runs there since."""
        last = _program(state).get("last", {})
        kept = bool(last.get("kept")) and last.get("new") == change["body"]["version"]
        return "" if kept or self.has_it(change, state) else ANOTHER


def content_of(kind: str) -> Content:
    """How changes of this kind go out."""
    return ProgramContent() if kind == PROGRAM else RuleContent()


def _program(state: Mapping[str, Any]) -> Mapping[str, Any]:
    told: Mapping[str, Any] = state.get("program", {})
    return told
