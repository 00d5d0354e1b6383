"""One door of the world: leaf, latch, coil and switch, and what may be wrong with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class DoorFault(StrEnum):
    """What may be wrong with one door. `forced` happens once and does not stay."""

    JAMMED = "jammed"
    COIL_DEAD = "coil-dead"
    SWITCH_DEAD = "switch-dead"
    SWITCH_STUCK_SHUT = "switch-stuck-shut"
    SWITCH_STUCK_OPEN = "switch-stuck-open"
    BOUNCY = "bouncy"
    FORCED = "forced"


class NotPossible(Exception):
    """A hand cannot do this to the door as it stands; the text is a sentence."""


@dataclass
class Door:
    """The true state of one door. A door that stands open is never latched; `wide` is for the drawing only."""

    id: str
    bank: str
    open: bool = False
    latched: bool = True
    coil: bool = False
    load: str | None = None
    wide: bool = False
    bounced: bool = False
    common_lost: bool = False
    faults: set[DoorFault] = field(default_factory=set)

    @property
    def contact(self) -> bool:
        """True when the switch's contact says shut. A cut wire, its own or the common one, says open."""
        if self.common_lost or self.faults & {DoorFault.SWITCH_DEAD, DoorFault.SWITCH_STUCK_OPEN}:
            return False
        if DoorFault.SWITCH_STUCK_SHUT in self.faults:
            return True
        return self.open == self.bounced

    @property
    def coil_works(self) -> bool:
        """True when current in the coil would release the latch."""
        return not self.faults & {DoorFault.JAMMED, DoorFault.COIL_DEAD}

    def spring(self) -> bool:
        """The latch lets go and the leaf springs ajar. True when it was shut before."""
        was_shut = not self.open
        self.open, self.latched = True, False
        return was_shut

    def pull(self) -> bool:
        """A hand pulls. True when the leaf moved out of its frame. Raises NotPossible while latched."""
        if self.latched:
            raise NotPossible(f"Door {self.id} is latched.")
        self.wide = True
        return self.spring()

    def push(self) -> None:
        """A hand pushes the door shut. Raises NotPossible if it is shut."""
        if not self.open:
            raise NotPossible(f"Door {self.id} is shut.")
        self.open, self.wide = False, False
        self.latched = not (self.coil and self.coil_works)

    def put(self, load: str) -> None:
        """A hand puts something in. Raises NotPossible."""
        self._reach_in()
        if self.load is not None:
            raise NotPossible(f"Something is in compartment {self.id} already.")
        self.load = load

    def take(self) -> str:
        """A hand takes out what is inside. Raises NotPossible."""
        self._reach_in()
        if self.load is None:
            raise NotPossible(f"Compartment {self.id} is empty.")
        taken, self.load = self.load, None
        return taken

    def _reach_in(self) -> None:
        if not self.open:
            raise NotPossible(f"Door {self.id} is shut.")

    def state(self) -> dict[str, Any]:
        """The door as `GET /doors` gives it."""
        return {"open": self.open, "latched": self.latched, "coil": self.coil, "load": self.load}

    def restore(self, stored: Any) -> None:
        """Stand as a file says, which a person may have edited. Raises ValueError naming what is wrong."""
        if not isinstance(stored, dict):
            raise ValueError(f"{self.id}: must be a table of open, latched, coil, load")  # noqa: TRY004  one kind for all faults of the file
        is_open, load = stored.get("open", False), stored.get("load")
        latched = stored.get("latched", not is_open)
        if not isinstance(is_open, bool) or not isinstance(latched, bool):
            raise ValueError(f"{self.id}: open and latched must be true or false")  # noqa: TRY004  see above
        if load is not None and not isinstance(load, str):
            raise ValueError(f"{self.id}: load must be null or a text")
        self.open, self.load = is_open, load
        self.latched = latched and not is_open
