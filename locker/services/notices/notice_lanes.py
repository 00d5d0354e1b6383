"""Which notice goes next: of each lane (one phone, one mailbox) the oldest, and no two of a lane at once."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from locker.services.notices.outbox import Notice


@dataclass(slots=True)
class _Lane:
    """Its notices in the order of their events; `token` names its one entry in the heap that counts."""

    notices: deque[Notice] = field(default_factory=deque)
    token: int = -1


class NoticeLanes:
    """All notices that wait, as the last look at the outbox found them and as deliveries have gone since.

    A notice that was sent frees its lane for the next without another look; looking again after each
    would cost the square of how many wait.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._heap: list[tuple[datetime, int, str]] = []
        self._tokens = itertools.count()
        self._out: dict[str, str] = {}
        self._moved: set[str] = set()
        self._done: set[str] = set()

    def is_out(self, name: str) -> bool:
        """True while a notice of this lane is on its way."""
        return name in self._out

    def look_begins(self) -> None:
        """From here on the outbox is read: what lanes do meanwhile is newer than what is read."""
        self._moved = set(self._out)
        self._done = set()

    def look_ended(self, found: Mapping[str, Sequence[Notice]]) -> None:
        """Take what a look has found. A lane that moved meanwhile keeps what it knows and gets what is new."""
        for name in self._lanes.keys() - found.keys() - self._moved:
            del self._lanes[name]
        for name, notices in found.items():
            lane = self._lanes.setdefault(name, _Lane())
            kept = list(lane.notices) if name in self._moved else []
            known = {one.id for one in kept} | self._done | {self._out.get(name)}
            new = [one for one in notices if one.id not in known]
            lane.notices = deque(sorted([*kept, *new], key=_place))
            self._line_up(name)

    def take(self, now: datetime) -> tuple[str, Notice] | None:
        """Take the next notice that is due out of a lane that is free; None when nothing is."""
        due = self.next_due()
        if due is None or due > now:
            return None
        name = heapq.heappop(self._heap)[2]
        notice = self._lanes[name].notices.popleft()
        self._out[name] = notice.id
        self._moved.add(name)
        return name, notice

    def give_back(self, name: str, notice: Notice, due: datetime | None, *, tried: bool = True) -> None:
        """Let the lane go on: with this notice again when it waits until `due`, else with the next."""
        del self._out[name]
        lane = self._lanes.setdefault(name, _Lane())
        if due is None:
            self._done.add(notice.id)
        else:
            again = replace(notice, due_at=due, tries=notice.tries + tried)
            older = itertools.takewhile(lambda one: _place(one) < _place(notice), lane.notices)
            lane.notices.insert(sum(1 for _ in older), again)
        self._line_up(name)

    def next_due(self) -> datetime | None:
        """When the next notice of a free lane is due; None when none waits."""
        while self._heap:
            due, token, name = self._heap[0]
            lane = self._lanes.get(name)
            if lane is not None and lane.token == token and lane.notices and name not in self._out:
                return due
            heapq.heappop(self._heap)
        return None

    def _line_up(self, name: str) -> None:
        lane = self._lanes[name]
        if not lane.notices:
            del self._lanes[name]
        elif name not in self._out:
            lane.token = next(self._tokens)
            heapq.heappush(self._heap, (lane.notices[0].due_at, lane.token, name))


def _place(notice: Notice) -> tuple[int, str]:
    return notice.event, notice.id
