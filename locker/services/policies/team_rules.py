"""The rule of teams: who of the staff serves which queue."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from locker.services.policies.rule_bodies import RuleBody, RuleKind

TeamName = Annotated[
    str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f:]+$")
]
Account = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class Queue(StrEnum):
    """What people who work on cases are called for: somebody who waits now, what is written, what is complained of."""

    CALLS = "calls"
    CHAT = "chat"
    COMPLAINTS = "complaints"


class Team(BaseModel):
    """People who serve some queues together: `members` are names of staff accounts."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    name: TeamName
    queues: Annotated[tuple[Annotated[Queue, Field(strict=False)], ...], Field(min_length=1, max_length=3)]
    members: Annotated[tuple[Account, ...], Field(min_length=1, max_length=30)]


class Teams(RuleBody):
    """Who serves which queue (STF-04). A queue without a team is served by role, as without this rule."""

    kind: ClassVar[RuleKind] = RuleKind.TEAMS

    teams: Annotated[tuple[Team, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({each.name.casefold() for each in self.teams}) != len(self.teams):
            raise ValueError("a team stands there twice")
        return self

    def serving(self, queue: Queue) -> tuple[Team, ...]:
        """The teams of a queue."""
        return tuple(each for each in self.teams if queue in each.queues)

    def members(self, queue: Queue) -> tuple[str, ...]:
        """Everybody who serves a queue, each once."""
        return tuple(dict.fromkeys(name for team in self.serving(queue) for name in team.members))
