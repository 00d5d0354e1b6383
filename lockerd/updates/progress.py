"""How far an update is: a phase on disk before each act, so that whoever comes after a power cut goes on with it.

    staged > copied > switched > good
        |                 |
        v                 v
    reverted            back > reverted, or broken

What is written first is what is about to be done; each act may be done again. `copied`: a backup stands, nothing was
switched yet. `switched`: the new version is put in place, started and judged. `back`: the old version is put back, with
its database where that was migrated, started, and judged by the same rule. Three phases are ends.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.durable_files import write_file

if TYPE_CHECKING:
    from pathlib import Path


class Phase(StrEnum):
    """How far it is."""

    STAGED = "staged"
    COPIED = "copied"
    SWITCHED = "switched"
    BACK = "back"
    GOOD = "good"
    REVERTED = "reverted"
    BROKEN = "broken"

    @property
    def ended(self) -> bool:
        """True when nothing is to be done any more."""
        return self in {Phase.GOOD, Phase.REVERTED, Phase.BROKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One update, from which release to which, and what is needed to judge it and to go back.

    `version`: what the old one calls itself. `doors`: those that it saw. `sealed`: it could not record. `schema`: the
    number of its tables. `copy`: the backup of before. `reason`: why the new one was not kept. `within`: the seconds
    that a version was given to see its doors, which hold after a power cut as well; 0 in files of before. `order`: the
    operator's, if it came by one.
    """

    phase: Phase
    old: str
    new: str
    version: str
    doors: tuple[str, ...] = ()
    sealed: bool = False
    schema: int = 0
    copy: str = ""
    reason: str = ""
    within: float = 0.0
    order: str = ""


def load_progress(file: Path) -> Progress | None:
    """What is under way or ended last; None when there was never an update."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    known = {each.name for each in fields(Progress)}  # a later release may have written more
    return Progress(
        **{key: value for key, value in told.items() if key in known}
        | {"phase": Phase(told["phase"]), "doors": tuple(told["doors"])}
    )


def save_progress(file: Path, progress: Progress) -> None:
    """Keep it, durable when this returns."""
    write_file(file, json.dumps(asdict(progress), indent=1).encode(), 0o644)
