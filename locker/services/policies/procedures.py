"""Standard procedures (STF-08): step by step, in each language, with who answers for them; as delivered until changed.

A step may begin with the name of its drawing in brackets (STF-07), which then stands beside it: `[label] Scan …`.

Each is a kind of rule of its own, so each has its versions (what changed, who, why) and its own day of review.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, StringConstraints

from locker.services.policies.rule_bodies import Language, Line, RuleBody, RuleKind

if TYPE_CHECKING:
    from collections.abc import Mapping


StepLine = Annotated[
    str, StringConstraints(min_length=1, max_length=140, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]+$")
]
StepLines = dict[Language, Annotated[tuple[StepLine, ...], Field(max_length=12)]]


class Procedure(RuleBody):
    """How something is done here. `responsible`: whose task it is, empty: as the page says."""

    steps: StepLines = Field(default_factory=dict)
    responsible: Line = ""

    def told(self, language: str) -> tuple[str, ...]:
        """The steps in this language, else in the first in which they are written."""
        written = {str(name): lines for name, lines in self.steps.items()}
        return written.get(language) or next(iter(written.values()), ())


_AS_DELIVERED = Path(__file__).parent / "procedures_as_delivered"
_LANGUAGES: tuple[Language, ...] = ("en", "zh-CN", "zh-TW")


@cache
def _delivered(language: Language) -> Mapping[str, list[str]]:
    """The steps of every procedure in one language."""
    read: Mapping[str, list[str]] = tomllib.loads((_AS_DELIVERED / f"{language}.toml").read_text(encoding="utf-8"))
    return read


def _steps(kind: RuleKind) -> StepLines:
    return {language: tuple(_delivered(language)[kind.value]) for language in _LANGUAGES}


class DepositProcedure(Procedure):
    """How a parcel is taken in."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_DEPOSIT
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_DEPOSIT))


class PickupProcedure(Procedure):
    """How a parcel is given out."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_PICKUP
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_PICKUP))


class ComplaintProcedure(Procedure):
    """How a complaint is dealt with."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_COMPLAINT
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_COMPLAINT))


class LossProcedure(Procedure):
    """How loss and damage are dealt with."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_LOSS
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_LOSS))


class EmergencyProcedure(Procedure):
    """What is done in an emergency."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_EMERGENCY
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_EMERGENCY))


class InspectionProcedure(Procedure):
    """How the cabinet is looked after."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_INSPECTION
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_INSPECTION))


class JamProcedure(Procedure):
    """What is done at a door that does not open."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_JAM
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_JAM))


class PowerProcedure(Procedure):
    """What is done while the power is out."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_POWER
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_POWER))


class UnknownProcedure(Procedure):
    """What becomes of a parcel whose recipient nobody knows."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_UNKNOWN
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_UNKNOWN))


class CollectProcedure(Procedure):
    """How a resident collects, as it is shown to people at the screen."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_COLLECT
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_COLLECT))


class SendProcedure(Procedure):
    """How a resident sends or returns, as it is shown to people at the screen."""

    kind: ClassVar[RuleKind] = RuleKind.SOP_SEND
    steps: StepLines = Field(default_factory=partial(_steps, RuleKind.SOP_SEND))


PROCEDURES: tuple[type[Procedure], ...] = (
    *(DepositProcedure, PickupProcedure, ComplaintProcedure, LossProcedure, EmergencyProcedure),
    *(InspectionProcedure, JamProcedure, PowerProcedure, UnknownProcedure, CollectProcedure, SendProcedure),
)
_DRAWN = re.compile(r"\[([a-z]{1,20})\] *")


def drawn_step(line: str) -> tuple[str, str]:
    """The name of a step's drawing, empty for none, and its words: a line may begin with `[label]` or another."""
    found = _DRAWN.match(line)
    return ("", line) if found is None else (found[1], line[found.end() :])
