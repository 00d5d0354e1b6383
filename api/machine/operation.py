"""What one operation of the machine API is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

    from locker.services.people import Scope


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path: where, who may, what it answers and what the trade may refuse.

    `media`: the type of an answer that is no JSON, where `answer` is None.
    """

    method: str
    path: str
    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    answer: Any
    scope: Scope | None
    status: int = 200
    refusals: tuple[str, ...] = ()
    media: str = "image/jpeg"
