"""The residents' phones: where notices arrive, and a phone company that may be out of order."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simulator.world.pulse_log import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.world.world_loop import WorldClock
    from simulator.world.world_store import WorldStore


class PhoneFault(StrEnum):
    """What the phone company does wrong: hangs up, is late, or refuses for good."""

    DOWN = "down"
    SLOW = "slow"
    REJECT = "reject"


SLOW_S = 10.0


def same_number(number: str) -> str:
    """One spelling of a phone number: its digits. Anything else that is written to stays as it is."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return digits if digits and "@" not in number else number.strip()


class Phones:
    """Messages by number, each id once."""

    def __init__(self, shelf: WorldStore, clock: WorldClock, watcher: Callable[[], None] = lambda: None) -> None:
        self._shelf = shelf
        self._clock = clock
        self._watcher = watcher
        self._messages: dict[str, dict[str, Any]] = {}
        self._by_number: dict[str, list[dict[str, Any]]] = {}
        self.faults = {PhoneFault(kind) for kind in shelf.load("phone-faults") or ()}
        for line in shelf.lines("phones"):
            self._file(line["to"], line["message"])

    def receive(self, message_id: str, to: str, content: dict[str, Any]) -> dict[str, Any]:
        """A message arrives; a repeated id is the same message, the first one stays."""
        if message_id in self._messages:
            return self._messages[message_id]
        message = {"id": message_id, "at": rfc3339(self._clock.now()), **content}
        self._shelf.add("phones", {"to": to, "message": message})
        self._file(to, message)
        self._watcher()
        return message

    @property
    def count(self) -> int:
        """How many messages have arrived."""
        return len(self._messages)

    def of(self, number: str) -> list[dict[str, Any]]:
        """The messages of one phone, oldest first."""
        return list(self._by_number.get(same_number(number), ()))

    def all(self) -> dict[str, list[dict[str, Any]]]:
        """Every phone that ever got a message, by its digits."""
        return dict(self._by_number)

    def set_fault(self, fault: PhoneFault, on: bool) -> None:
        """The phone company breaks or is mended."""
        if on:
            self.faults.add(fault)
        else:
            self.faults.discard(fault)
        self._shelf.store("phone-faults", sorted(self.faults))
        self._watcher()

    def _file(self, to: str, message: dict[str, Any]) -> None:
        self._messages[message["id"]] = message
        self._by_number.setdefault(same_number(to), []).append(message)
