"""Events folded into facts: what must be remembered of parcels and doors that are here, and nothing of the past. Pure.

The same events give the same facts, however often they are read and wherever the reading was interrupted.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.record import moment
from locker.services.reports.fact_handlers import HANDLERS
from locker.services.reports.facts import Fact, FactKey
from locker.services.reports.occupancy import Occupancy
from locker.services.reports.parcel_seen import Origin, ParcelSeen
from locker.services.reports.touchpoints import channel_of, party_of, touch_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locker.core.events.record import Recorded

_NEVER = "1970-01-01T00:00:00.000Z"
QUEUE = timedelta(seconds=30)
"""Whoever begins so soon after somebody else has ended was waiting."""


class FactFold:
    """Takes events in order, gives facts. `doors`: sizes by compartment; `origin`: finds who brought an old parcel."""

    def __init__(self, timezone: str, doors: Mapping[str, str], origin: Callable[[str], Origin]) -> None:
        self._zone = ZoneInfo(timezone)
        self._origin = origin
        self.occupancy = Occupancy(self._zone, doors)
        self.parcels: dict[str, ParcelSeen] = {}
        self.pulses: dict[str, int] = {}
        self.staff_doors: dict[str, list[str]] = {}
        self.cases: dict[str, list[str]] = {}
        self.free_at = ""
        self.messages_upto = 0
        self._facts: dict[FactKey, list[int]] = {}
        self._at = ""
        self._now = moment(_NEVER)
        self._day = ""

    def take(self, line: Recorded) -> None:
        """Fold one more event in."""
        self._clock(line.at)
        body = line.body()
        if (touch := touch_of(line.kind, line.by)) is not None:
            channel = str(body["source"]) if line.kind == "CaseOpened" else channel_of(line.by)
            self.add("touch", channel=channel, part=touch.part)
        if (party := party_of(line.kind, line.by, str(body.get("cause", "")))) is not None:
            self.add("decided", part=f"{party.value}.{line.kind}")
        if line.by.startswith("staff:"):
            self.add("staff", who=line.by.removeprefix("staff:"), part=line.kind)
        if (handler := HANDLERS.get(line.kind)) is not None:
            handler(self, line.by, body)

    def advance(self, now: datetime) -> None:
        """Time passes until then."""
        self.occupancy.advance(now, self._add)

    def drain(self) -> list[Fact]:
        """The facts since the last time, each key once."""
        facts = [Fact(key, n, seconds) for key, (n, seconds) in self._facts.items()]
        self._facts = {}
        return facts

    def pending(self) -> list[Fact]:
        """The facts that were not drained yet."""
        return [Fact(key, n, seconds) for key, (n, seconds) in self._facts.items()]

    def state(self) -> str:
        """All that is remembered, as it is kept over a restart."""
        kept = {
            "parcels": {name: asdict(seen) for name, seen in self.parcels.items()},
            "pulses": self.pulses,
            "staff_doors": self.staff_doors,
            "cases": self.cases,
            "free_at": self.free_at,
            "messages_upto": self.messages_upto,
            "occupancy": self.occupancy.state(),
        }
        return json.dumps(kept, separators=(",", ":"))

    def restore(self, text: str) -> None:
        """Take it up again."""
        kept = json.loads(text)
        self.parcels = {name: ParcelSeen(**seen) for name, seen in kept["parcels"].items()}
        self.pulses, self.staff_doors, self.cases = kept["pulses"], kept["staff_doors"], kept["cases"]
        self.free_at, self.messages_upto = kept["free_at"], kept["messages_upto"]
        self.occupancy.restore(kept["occupancy"])

    def message(self, at: str, template: str, channel: str, n: int) -> None:
        """So many notices of one kind left by one channel."""
        day = moment(at).astimezone(self._zone).date().isoformat()
        self._add(FactKey("message", day, channel=channel, part=template), n, 0)

    # --- what handlers use ----------------------------------------------------------------------

    @property
    def at(self) -> str:
        """When the event happened that is being folded in."""
        return self._at

    def add(
        self,
        what: str,
        *,
        n: int = 1,
        seconds: float = 0,
        size: str = "",
        company: str = "",
        channel: str = "",
        who: str = "",
        part: str = "",
    ) -> None:
        """One more fact of this day."""
        self._add(FactKey(what, self._day, size, company, channel, who, part), n, int(seconds))

    def since(self, at: str) -> float:
        """Seconds from a moment until the event that is being folded in; 0 where there was no such moment."""
        return max(0.0, (self._now - moment(at)).total_seconds()) if at else 0.0

    def put(self, door: str, parcel: str) -> None:
        """The parcel lies behind this door."""
        self.advance(self._now)
        if door:
            self.occupancy.put(door, parcel)

    def left(self, parcel: str) -> ParcelSeen | None:
        """It is not here any more; what was remembered of it."""
        self.advance(self._now)
        self.occupancy.take(parcel)
        return self.parcels.pop(parcel, None)

    def origin_of(self, parcel: str) -> Origin:
        """Who brought it."""
        seen = self.parcels.get(parcel)
        return Origin(seen.company, seen.courier, tuple(seen.people)) if seen else self._origin(parcel)

    def month_user(self, what: str, person: str) -> None:
        """Somebody without a name did this in this month."""
        self._add(FactKey(what, f"{self._day[:7]}-01", who=person), 1, 0)

    def queue(self, by: str) -> None:
        """Somebody begins at the touchscreen: right behind somebody else, or not."""
        if channel_of(by) == "kiosk":
            waited = bool(self.free_at) and self.since(self.free_at) <= QUEUE.total_seconds()
            self.add("begun", part="waited" if waited else "free")

    def _clock(self, at: str) -> None:
        self._at, self._now = at, moment(at)
        self._day = self._now.astimezone(self._zone).date().isoformat()

    def _add(self, key: FactKey, n: int, seconds: int) -> None:
        found = self._facts.setdefault(key, [0, 0])
        found[0] += n
        found[1] += seconds
