"""How long doors were in use, by day, hour and size: spans are cut at each full hour. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.services.reports.facts import FactKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
LONGEST_GAP = timedelta(days=62)
"""Over a longer time without an event nobody was there to see what was in use."""


class Occupancy:
    """Which doors are in use since when. `doors`: the size of each."""

    def __init__(self, zone: ZoneInfo, doors: Mapping[str, str]) -> None:
        self._zone = zone
        self._doors = doors
        self.parcels: dict[str, list[str]] = {}
        self.mark: datetime | None = None

    def put(self, door: str, parcel: str) -> None:
        """A parcel lies behind this door from now on."""
        inside = self.parcels.setdefault(door, [])
        if parcel not in inside:
            inside.append(parcel)

    def take(self, parcel: str) -> None:
        """It lies there no more."""
        for door, inside in list(self.parcels.items()):
            if parcel in inside:
                inside.remove(parcel)
                if not inside:
                    del self.parcels[door]

    def advance(self, now: datetime, add: Callable[[FactKey, int, int], None]) -> None:
        """Time passes until then: what was in use, by hour and size, and for how long all doors of a size were."""
        if self.mark is None or now - self.mark > LONGEST_GAP:
            self.mark = now
            return
        used: dict[str, int] = {}
        for door in self.parcels:
            size = self._doors.get(door, "")
            used[size] = used.get(size, 0) + 1
        for begin, seconds in _hours(self.mark, now):
            local = begin.astimezone(self._zone)
            day, hour = local.date().isoformat(), f"{local.hour:02d}"
            for size, count in used.items():
                add(FactKey("occupied", day, size=size, part=hour), 0, count * seconds)
                if count >= self.built(size):
                    add(FactKey("full", day, size=size, part=hour), 0, seconds)
        self.mark = max(now, self.mark)

    def built(self, size: str) -> int:
        """How many doors of this size there are."""
        return sum(each == size for each in self._doors.values())

    def state(self) -> dict[str, object]:
        """What is kept over a restart."""
        return {"parcels": self.parcels, "mark": rfc3339(self.mark) if self.mark else ""}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take it up again; doors that were taken away since are not in use."""
        parcels, mark = state["parcels"], state["mark"]
        assert isinstance(parcels, dict), "as it was written"
        self.parcels = {door: list(inside) for door, inside in parcels.items() if door in self._doors}
        self.mark = moment(str(mark)) if mark else None


def _hours(begin: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """The pieces of a span, none of which reaches over a full hour, in whole seconds."""
    begin, end = begin.astimezone(UTC).replace(microsecond=0), end.astimezone(UTC).replace(microsecond=0)
    while begin < end:
        full = begin.replace(minute=0, second=0) + HOUR
        piece = min(full, end)
        yield begin, int((piece - begin).total_seconds())
        begin = piece
