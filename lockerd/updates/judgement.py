"""Whether a version that was just started does its work. Pure: what was seen in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a version that was started."""

    WAIT = "wait"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a running daemon says of itself: its version, whether it can record, and the doors that it sees."""

    version: str
    sealed: bool
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a version must show: the doors that were seen before, and that it can record if that could be."""

    doors: frozenset[str]
    sealed_before: bool


def judge(expected: Expected, sight: Sight | None, seconds: float, within: float) -> tuple[Verdict, str]:
    """The verdict after so many seconds, with the reason for a bad one. `sight` is None while nobody answers.

    A door may take its time to be seen, so nothing is bad before `within` is over; more doors than before are no fault.
    """
    if sight is None:
        reason = "it is not ready"
    elif sight.sealed and not expected.sealed_before:
        reason = "it cannot record, so it opens no door"
    elif missing := sorted(expected.doors - sight.seen):
        reason = f"it does not see {', '.join(missing)}"
    else:
        return Verdict.GOOD, ""
    return (Verdict.BAD, reason) if seconds >= within else (Verdict.WAIT, reason)
