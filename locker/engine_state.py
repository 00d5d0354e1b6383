"""What the engine may do just now: one of three states."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Starting:
    """`Started` is not recorded yet: what a visit of before a power cut was waiting for must not happen."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is asked is decided, and what is due happens."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Nothing can be recorded, so nothing opens, for a `reason` in a sentence.

    Since a moment, and tried again at another, both in loop time.

    `obstacle`: what stands in the way besides the journal, asked at every try; None, or its answer None, when nothing
    does. `then`: what the engine was before, and is again.
    """

    reason: str
    then: Starting | Serving
    since: float
    heal_at: float
    obstacle: Callable[[], str | None] | None = None


EngineState: TypeAlias = Starting | Serving | Sealed
