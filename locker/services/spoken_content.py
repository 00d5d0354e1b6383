"""What is said to be behind a door by people where no switch can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.core.model import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenContent:
    """What staff say is behind a door whose switch cannot tell, why they know, and who stands for it beside them.

    `found`: which of several parcels, None for all.
    """

    content: Content
    reason: str
    found: frozenset[str] | None = None
    witness: str = ""
    supervisor: bool = False
