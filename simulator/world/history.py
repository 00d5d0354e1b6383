"""A cabinet's past: parcels that came and were collected, through the real rules into a real journal."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import lockerd
from locker.core.commands import Collect, Deposit, SaveResident
from locker.core.model import Seen
from locker.core.observations import Begun, SwitchesSeen, Tick
from locker.core.reasons import Refused
from locker.core.rules import Message, decide
from locker.services.notices import NOTICE_FOLLOWER
from simulator.world.random_visitors import COMPANIES, TENANTS, size_of_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from locker.ports import Clock
    from lockerd import Daemon, Settings

ROUNDS_IN_A_TRANSACTION = 10
FULL = 0.7
APART = timedelta(seconds=100)
DWELL = timedelta(hours=5)
RESTS = timedelta(hours=2)


class NotEmpty(Exception):
    """The folder holds something: history is not written over it."""


@dataclass(frozen=True, slots=True)
class _Inside:
    """A parcel that waits for its recipient."""

    compartment: str
    code_hash: str


class Past:
    """Writes rounds of deposits and pickups; `at` is the moment that is being lived through, up to `ends`."""

    def __init__(self, daemon: Daemon, begins: datetime, ends: datetime, seed: int | None) -> None:
        self._daemon = daemon
        self._site = daemon.engine.site
        self._db: Database | None = None
        self._chance = random.Random(seed)
        self.at = begins
        self._ends = ends
        self._come = 0
        self._rounds = 0

    def open_for_business(self, db: Database) -> list[str]:
        """The first start: every door is seen shut, and people move in. The ids of the residents."""
        self._db = db
        self._live(Begun(version=lockerd.VERSION), "cabinet")
        self._live(SwitchesSeen(dict.fromkeys(self._site.compartments, Seen.SHUT)), "cabinet")
        for tenant in TENANTS:
            self._live(
                SaveResident(
                    by="history",
                    id=self._daemon.engine.new_id("r"),
                    unit=tenant.unit,
                    name=tenant.name,
                    phone=tenant.phone,
                    language=tenant.language,
                    email="",
                    consent=True,
                    reach=False,
                ),
                "history",
            )
        return list(self._site.residents)

    def round(self, db: Database, residents: list[str], most: int) -> int:
        """Couriers fill the cabinet, residents empty it; how many parcels came and went, at most `most`."""
        self._db = db
        wanted = min(most, max(1, int(len(self._site.compartments) * FULL)))
        usual = self._come / self._rounds if self._come else wanted / 2
        until = self.at + (self._ends - self.at) / max(1.0, most / usual)
        inside = [held for _ in range(wanted) if (held := self._deposit(self._chance.choice(residents)))]
        self.at += DWELL
        self._chance.shuffle(inside)
        for held in inside:
            self._collect(held)
        self.at = max(self.at + RESTS, until)
        self._tick()
        self._come += len(inside)
        self._rounds += 1
        return len(inside)

    def _deposit(self, resident: str) -> _Inside | None:
        engine, vault = self._daemon.engine, self._daemon.context.vault
        secrets = vault.mint(self._daemon.settings.pickup.code_digits)
        tracking = f"SF{self._chance.randrange(10**12):012d}"
        parcel = engine.new_id("p")
        self._tick()
        try:
            self._live(
                Deposit(
                    by="courier:history",
                    parcel=parcel,
                    size=size_of_parcel(self._chance),
                    recipients=(resident,),
                    label_hash=vault.label_hash(tracking),
                    code_hash=secrets.code_hash,
                    token_hash=secrets.token_hash,
                    sealed=secrets.sealed,
                    tracking=tracking,
                    unit=self._site.residents[resident].unit,
                    company=self._chance.choice(COMPANIES),
                    courier="Courier",
                ),
                "courier:history",
            )
        except Refused:
            # No compartment of that size is left in this round, as it happens to couriers.
            return None
        compartment = self._site.parcels[parcel].compartment
        self._open_and_shut(compartment)
        return _Inside(compartment, secrets.code_hash)

    def _collect(self, held: _Inside) -> None:
        self._tick()
        pickup = self._daemon.engine.new_id("k")
        collect = Collect(by="kiosk", pickup=pickup, hash=held.code_hash, token=False, source="kiosk", second=None)
        self._live(collect, "kiosk")
        self._open_and_shut(held.compartment)

    def _open_and_shut(self, compartment: str) -> None:
        self.at += timedelta(seconds=self._chance.uniform(0.5, 2))
        self._live(SwitchesSeen({compartment: Seen.OPEN}), "cabinet")
        self.at += timedelta(seconds=self._chance.uniform(5, 40))
        self._live(SwitchesSeen({compartment: Seen.SHUT}), "cabinet")
        self.at += APART

    def _tick(self) -> None:
        self._live(Tick(synced=True), "cabinet")

    def _live(self, message: Message, by: str) -> None:
        assert self._db is not None
        at = self.at.replace(microsecond=self.at.microsecond // 1000 * 1000)
        outcome = decide(self._site, message, at)
        if outcome.events:
            self._daemon.journal.settle(self._daemon.journal.append_into(self._db, outcome, by))
        self._site = outcome.site


async def fill(
    settings: Settings, clock: Clock, parcels: int, seed: int | None, progress: Callable[[int], None]
) -> None:
    """Write `parcels` collected parcels into the settings' empty data folder, ending at the clock's now.

    Raises NotEmpty, and SettingsError as the daemon does.
    """
    folder: Path = settings.storage.data
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(f"--data: {folder} is not empty")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lockerd.opened(settings, clock, threads=False) as daemon:
        now = clock.now()
        past = Past(daemon, now - _span(settings, parcels), now - timedelta(hours=1), seed)
        residents = await daemon.journal.write(past.open_for_business)
        done = 0
        while done < parcels:
            done += await daemon.journal.write(partial(_rounds, past, residents, parcels - done))
            progress(done)
        await daemon.journal.write(lambda db: _all_told(db, daemon.journal.seq))


def _rounds(past: Past, residents: list[str], left: int, db: Database) -> int:
    done = 0
    for _ in range(ROUNDS_IN_A_TRANSACTION):
        if done >= left:
            break
        done += past.round(db, residents, left - done)
    return done


def _span(settings: Settings, parcels: int) -> timedelta:
    """An upper bound of how long so many parcels take; a round that finds little room takes as long as any."""
    rounds = parcels / max(1, int(len(settings.compartment) * FULL) // 2) + 2
    return (DWELL + RESTS) * rounds + parcels * 2 * (APART + timedelta(minutes=1)) + timedelta(days=1)


def _all_told(db: Database, seq: int) -> None:
    """The past was told to its residents at the time: no notice of it may leave now."""
    db.execute(
        "insert into follower (name, seq) values (?, ?) on conflict (name) do update set seq = excluded.seq",
        [NOTICE_FOLLOWER, seq],
    )


class Bar:
    """A progress bar on stderr."""

    WIDE = 40

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._shown = -1

    def __call__(self, done: int) -> None:
        """Draw it, if it moved."""
        percent = 100 * done // self._whole
        if percent == self._shown:
            return
        self._shown = percent
        filled = self.WIDE * done // self._whole
        end = "\n" if done >= self._whole else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (self.WIDE - filled)}] {percent:3d} % {done} of {self._whole}{end}")
        sys.stderr.flush()


class PlainClock:
    """The machine's own wall clock, for a past that is written without a world."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Nothing waits here."""
        return 0.0

    def synced(self) -> bool:
        """The past is believed."""
        return True
