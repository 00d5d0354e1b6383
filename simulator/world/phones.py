"""The residents' phones: where notices arrive, and a phone company that may be out of order."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.world.world_store import WorldStore
    from simulator.world.world_time import WorldClock


class PhoneFault(StrEnum):
    """What the phone company does wrong: hangs up, is late, or refuses for good."""

    DOWN = "down"
    SLOW = "slow"
    REJECT = "reject"


SLOW_S = 10.0
SHORTEST_NATIONAL, LONGEST_COUNTRY_CODE = 8, 3


def same_number(number: str) -> str:
    """One spelling of a phone number: its digits. Anything else that is written to stays as it is."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return digits if digits and "@" not in number else number.strip()


def _one_phone(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer:
        return True
    rest = longer.removesuffix(shorter.removeprefix("00").removeprefix("0"))
    return longer.isdigit() and len(shorter) >= SHORTEST_NATIONAL and len(rest) <= LONGEST_COUNTRY_CODE


class Phones:
    """Messages by number, each id once."""

    def __init__(self, store: WorldStore, clock: WorldClock, on_change: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self._messages: dict[str, dict[str, Any]] = {}
        self._by_number: dict[str, list[dict[str, Any]]] = {}
        self.faults = {PhoneFault(kind) for kind in store.load("phone-faults") or ()}
        for line in store.lines("phones"):
            self._add(line["to"], line["message"])

    def receive(self, message_id: str, to: str, content: dict[str, Any]) -> dict[str, Any]:
        """A message arrives; a repeated id is the same message, the first one stays."""
        if message_id in self._messages:
            return self._messages[message_id]
        message = {"id": message_id, "at": rfc3339(self._clock.now()), **content}
        self._store.append("phones", {"to": to, "message": message})
        self._add(to, message)
        self._on_change()
        return message

    @property
    def count(self) -> int:
        """How many messages have arrived."""
        return len(self._messages)

    def of(self, number: str) -> list[dict[str, Any]]:
        """The messages of one phone, oldest first; with or without its country code it is one phone."""
        wanted = same_number(number)
        found = [messages for known, messages in self._by_number.items() if _one_phone(wanted, known)]
        return sorted((message for messages in found for message in messages), key=lambda message: str(message["at"]))

    def all(self) -> dict[str, list[dict[str, Any]]]:
        """Every phone that ever got a message, by its digits."""
        return dict(self._by_number)

    def set_fault(self, fault: PhoneFault, on: bool) -> None:
        """The phone company breaks or is mended."""
        if on:
            self.faults.add(fault)
        else:
            self.faults.discard(fault)
        self._store.save("phone-faults", sorted(self.faults))
        self._on_change()

    def _add(self, to: str, message: dict[str, Any]) -> None:
        self._messages[message["id"]] = message
        self._by_number.setdefault(same_number(to), []).append(message)
