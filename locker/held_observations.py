"""What was seen while nothing could be recorded: in order, and no more of it than still says something.

A cabinet may be sealed for days, and a wire that comes and goes tells the same every few seconds. Kept is what differs
from the door's last word, and of a door that goes to and fro the first `REPEATS` rounds: a further one changes nothing
any more that the rules could learn from. However a door behaves, `MOST` of its changes are kept, and of those left out
at least that it was open and that it could not be seen.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from locker.core.messages.observations import Begun, Observation, SwitchesSeen
from locker.core.model import Seen

if TYPE_CHECKING:
    from locker.core.model import Site

REPEATS = 4
LONGEST_ROUND = 4
MOST = 64


class HeldObservations:
    """A queue. Its size is bounded by the number of doors, not by time."""

    def __init__(self) -> None:
        self._next = 0
        self._others: dict[int, Observation] = {}
        self._looks: OrderedDict[int, dict[str, Seen]] = OrderedDict()
        self._of_door: dict[str, list[tuple[int, Seen]]] = {}

    def __len__(self) -> int:
        return len(self._others) + len(self._looks)

    def hold(self, observation: Observation, site: Site) -> None:
        """Keep it behind all others, if it says anything new; `site` is the cabinet as it was last recorded."""
        if not isinstance(observation, SwitchesSeen):
            if observation not in self._others.values():
                self._others[self._number()] = observation
            return
        new = {
            door: value
            for door, value in observation.doors.items()
            if door in site.compartments and value is not self._last(door, site)
        }
        if not new:
            return
        number = self._number()
        self._looks[number] = new
        for door, value in tuple(new.items()):
            self._of_door.setdefault(door, []).append((number, value))
            self._fold(door)

    def first(self) -> Observation | None:
        """What was seen first of all that is held; None when nothing is."""
        numbers = [next(iter(held)) for held in (self._others, self._looks) if held]
        if not numbers:
            return None
        number = min(numbers)
        return self._others.get(number) or SwitchesSeen(dict(self._looks[number]))

    def drop_first(self) -> None:
        """It is recorded."""
        number = min(next(iter(held)) for held in (self._others, self._looks) if held)
        if number in self._others:
            del self._others[number]
            return
        for door in tuple(self._looks[number]):
            self._forget(door, 0)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _last(self, door: str, site: Site) -> Seen:
        """What is known of the door when all that is held has been recorded. A start knows nothing of any door."""
        if self._of_door.get(door):
            return self._of_door[door][-1][1]
        if any(isinstance(one, Begun) for one in self._others.values()):
            return Seen.UNSEEN
        return site.compartments[door].seen

    def _fold(self, door: str) -> None:
        words = self._of_door[door]
        values = [value for _, value in words]
        for length in range(2, LONGEST_ROUND + 1):
            tail = values[-length:]
            if values[-length * (REPEATS + 1) :] == tail * (REPEATS + 1):
                self._leave_out(door, len(words) - length, len(words))
                return
        if len(words) > MOST:
            self._shorten(door)

    def _shorten(self, door: str) -> None:
        """Leave out, in the younger half, what stands there once more before the last word."""
        words = self._of_door[door]
        told = set[Seen]()
        for place in range(len(words) - 2, MOST // 2 - 1, -1):
            if words[place][1] in told or words[place][1] is words[place + 1][1]:
                self._leave_out(door, place, place + 1)
            else:
                told.add(words[place][1])

    def _leave_out(self, door: str, begin: int, end: int) -> None:
        for place in range(end - 1, begin - 1, -1):
            self._forget(door, place)

    def _forget(self, door: str, place: int) -> None:
        number, _ = self._of_door[door].pop(place)
        look = self._looks[number]
        del look[door]
        if not look:
            del self._looks[number]
        if not self._of_door[door]:
            del self._of_door[door]
