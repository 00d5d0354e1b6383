"""What residents wish: how they are told, and what couriers may do, also while nobody is at home.

The rows are written beside an event that says only that wishes were saved; what they are stands in their table alone.
"""

from __future__ import annotations

import json
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.service_events import Noted
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

CHANNELS = ("phone", "mail")
DAY_MINUTES = 24 * 60
BACK_AT = time(22)
"""On the day after somebody was away what was kept for them is due at this hour."""


@dataclass(frozen=True, slots=True)
class Away:
    """The first and the last day on which nobody is at home, as the site counts them.

    `keep`: what comes is stored and kept until then; else couriers are told to come again.
    """

    first: date = field(repr=False)
    last: date = field(repr=False)
    keep: bool = False

    def covers(self, day: date) -> bool:
        """True on a day on which nobody is at home."""
        return self.first <= day <= self.last

    def due(self, timezone: str) -> datetime:
        """Until when is kept what came meanwhile, in UTC."""
        back = datetime.combine(self.last + timedelta(days=1), BACK_AT, ZoneInfo(timezone))
        return back.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`channels`: which is tried first; those left out come behind. `quiet`: from and to, in minutes of the day.

    `at_once`: that a parcel is here is told in quiet hours too. `in_person`: couriers hand it over, and to nobody else.
    `assisted`: staff help at the cabinet, and look after what is not fetched.
    `lobby`: the screen in the lobby may say, masked, that something waits for them. `pilot`: they try new functions.
    `crm`: their card may go to the operator's customer system.
    """

    channels: tuple[str, ...] = CHANNELS
    quiet: tuple[int, int] | None = field(default=None, repr=False)
    at_once: bool = False
    in_person: bool = False
    away: Away | None = None
    assisted: bool = False
    lobby: bool = False
    pilot: bool = False
    crm: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        """Every channel, the wished ones first."""
        return (*self.channels, *(one for one in CHANNELS if one not in self.channels))


NO_WISHES = Wishes()


def wishes(
    channels: tuple[str, ...],
    quiet: tuple[int, int] | None,
    *,
    at_once: bool,
    in_person: bool = False,
    away: Away | None = None,
    assisted: bool = False,
    lobby: bool = False,
    pilot: bool = False,
    crm: bool = False,
) -> Wishes:
    """Wishes as somebody says them. Raises ValueError for a channel or an hour that there is not."""
    if len(set(channels)) != len(channels) or not set(channels) <= set(CHANNELS):
        raise ValueError(f"channels are some of {', '.join(CHANNELS)}, each once")
    if quiet is not None and not all(0 <= minute < DAY_MINUTES for minute in quiet):
        raise ValueError("quiet hours are minutes of a day, 0 to 1439")
    return Wishes(
        channels,
        quiet if quiet and quiet[0] != quiet[1] else None,
        at_once,
        in_person,
        away,
        assisted,
        lobby,
        pilot,
        crm,
    )


class WishRegister:
    """The wishes of all residents, from memory. Lives on the loop."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._wishes: dict[str, Wishes] = {}

    async def load(self) -> None:
        """Read the whole table."""
        self._wishes = await self._journal.read(_all)

    def of(self, resident: str) -> Wishes:
        """What this resident wishes; the usual when nothing was said."""
        return self._wishes.get(resident, NO_WISHES)

    async def save(self, resident: str, wished: Wishes, by: str) -> None:
        """Keep them. Raises Refused while sealed."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            begin, end = wished.quiet or (None, None)
            away = wished.away
            days = (away.first.isoformat(), away.last.isoformat(), int(away.keep)) if away else (None, None, 0)
            told = (resident, json.dumps(wished.channels), begin, end, int(wished.at_once))
            db.execute(
                "insert or replace into wish (resident, channels, quiet_from, quiet_to, at_once, in_person, away_first,"
                " away_last, away_keep, assisted, lobby, pilot, crm) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *told,
                    int(wished.in_person),
                    *days,
                    int(wished.assisted),
                    int(wished.lobby),
                    int(wished.pilot),
                    int(wished.crm),
                ],
            )
            return Noted(what="wishes-saved", about=resident), None

        await self._engine.record_with(work, by)
        self._wishes[resident] = wished

    def forget(self, resident: str) -> None:
        """Know nothing of this resident any more; the row goes with the resident's own."""
        self._wishes.pop(resident, None)


@dataclass(frozen=True, slots=True)
class WishedDeposit:
    """What the recipients of one parcel wish of its courier: to come again, to hand it over, to let it lie longer."""

    refused: bool = False
    in_person: bool = False
    keep_until: datetime | None = None


class DepositWishes:
    """What couriers are told of the wishes of residents: never that nobody is at home."""

    def __init__(self, register: WishRegister, timezone: str) -> None:
        """`timezone`: where days are counted, the site's."""
        self._register = register
        self._timezone = timezone

    def of(self, recipients: Sequence[str], now: datetime) -> WishedDeposit:
        """What holds for a parcel of these residents now. Who of several is at home takes it for the others."""
        wished = [self._register.of(each) for each in recipients]
        today = now.astimezone(ZoneInfo(self._timezone)).date()
        away = [each.away for each in wished if each.away is not None and each.away.covers(today)]
        everybody = bool(wished) and len(away) == len(wished)
        kept = [each.due(self._timezone) for each in away if each.keep]
        return WishedDeposit(
            refused=everybody and not kept,
            in_person=any(each.in_person for each in wished),
            keep_until=max(kept) if everybody and kept else None,
        )


def _all(db: Database) -> dict[str, Wishes]:
    names = "resident, channels, quiet_from, quiet_to, at_once, in_person, away_first, away_last, away_keep"
    names += ", assisted, lobby, pilot, crm"
    return {row[0]: _wishes(*row[1:]) for row in db.execute(f"select {names} from wish").fetchall()}  # noqa: S608  own names


def _wishes(
    channels: str,
    begin: int | None,
    end: int | None,
    at_once: int,
    in_person: int,
    first: str | None,
    last: str | None,
    keep: int,
    assisted: int,
    lobby: int,
    pilot: int,
    crm: int,
) -> Wishes:
    away = Away(date.fromisoformat(first), date.fromisoformat(last), bool(keep)) if first and last else None
    quiet = (begin, end) if begin is not None and end is not None else None
    flags = (bool(assisted), bool(lobby), bool(pilot), bool(crm))
    return Wishes(tuple(json.loads(channels)), quiet, bool(at_once), bool(in_person), away, *flags)
