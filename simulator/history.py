"""A cabinet's history: parcels that were deposited and collected, through the real rules into a real journal."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import lockerd
from locker.core.messages.commands import Collect, Deposit, SaveResident
from locker.core.messages.observations import Begun, SwitchesSeen, Tick
from locker.core.model import Seen
from locker.core.reasons import Refused
from locker.core.rules import Message, decide
from locker.services.notices import NOTICE_FOLLOWER
from simulator import history_records
from simulator.random_visitors import COMPANIES, VISITING_RESIDENTS, VisitingResident, size_of_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.core.outcome import Outcome
    from locker.ports import Clock
    from lockerd import Daemon, Settings

CYCLES_IN_A_TRANSACTION = 10
FILL_LEVEL = 0.7
BETWEEN_VISITS = timedelta(seconds=100)
DWELL = timedelta(hours=5)
BETWEEN_CYCLES = timedelta(hours=2)
# Those who visit live on a few floors; a house that fills a cabinet for years has hundreds of flats more.
NEIGHBOURS = tuple(
    VisitingResident(f"{floor:02d}{door:02d}", f"Neighbour {floor}-{door}", f"+86137{floor:04d}{door:04d}", "zh-CN")
    for floor in range(12, 42)
    for door in range(1, 9)
)


class NotEmpty(Exception):
    """The folder holds something: history is not written over it."""


@dataclass(frozen=True, slots=True)
class _StoredParcel:
    """A parcel that waits for its recipient."""

    compartment: str
    code_hash: str


class HistoryWriter:
    """Writes cycles of deposits and pickups; `at` is the moment that has been reached, up to `ends`."""

    def __init__(self, daemon: Daemon, begins: datetime, ends: datetime, seed: int | None) -> None:
        self._daemon = daemon
        self._site = daemon.engine.site
        self._db: Database | None = None
        self._rng = random.Random(seed)
        self.at = begins
        self._ends = ends
        self._parcels = 0
        self._cycles = 0

    def first_start(self, db: Database) -> list[str]:
        """The first start: every door is seen shut, and residents are enrolled. Gives their ids."""
        self._db = db
        self._decide(Begun(version=lockerd.VERSION), "cabinet")
        self._decide(SwitchesSeen(dict.fromkeys(self._site.compartments, Seen.SHUT)), "cabinet")
        for resident in (*VISITING_RESIDENTS, *NEIGHBOURS):
            self._decide(
                SaveResident(
                    by="history",
                    id=self._daemon.engine.new_id("r"),
                    unit=resident.unit,
                    name=resident.name,
                    phone=resident.phone,
                    language=resident.language,
                    email="",
                    consent=True,
                    reach=False,
                ),
                "history",
            )
        return list(self._site.residents)

    def write_cycle(self, db: Database, residents: list[str], most: int) -> int:
        """Couriers fill the cabinet, residents empty it. Gives how many parcels that were, at most `most`."""
        self._db = db
        wanted = min(most, max(1, int(len(self._site.compartments) * FILL_LEVEL)))
        per_cycle = self._parcels / self._cycles if self._parcels else wanted / 2
        until = self.at + (self._ends - self.at) / max(1.0, most / per_cycle)
        stored = [parcel for _ in range(wanted) if (parcel := self._deposit(self._rng.choice(residents)))]
        self.at += DWELL
        self._rng.shuffle(stored)
        for parcel in stored:
            self._collect(parcel)
        self.at = max(self.at + BETWEEN_CYCLES, until)
        self._tick()
        for outcome, name in history_records.sign_ins(self._site, self._moment):
            self._append(outcome, name)
        history_records.make_room(db)
        self._parcels += len(stored)
        self._cycles += 1
        return len(stored)

    def _deposit(self, resident: str) -> _StoredParcel | None:
        engine, vault = self._daemon.engine, self._daemon.context.vault
        secrets = vault.mint(self._daemon.settings.pickup.code_digits)
        tracking = f"SF{self._rng.randrange(10**12):012d}"
        parcel = engine.new_id("p")
        self._tick()
        try:
            self._decide(
                Deposit(
                    by="courier:history",
                    parcel=parcel,
                    size=size_of_parcel(self._rng),
                    recipients=(resident,),
                    label_hash=vault.label_hash(tracking),
                    code_hash=secrets.code_hash,
                    token_hash=secrets.token_hash,
                    sealed=secrets.sealed,
                    tracking=tracking,
                    unit=self._site.residents[resident].unit,
                    company=self._rng.choice(COMPANIES),
                    courier="Courier",
                ),
                "courier:history",
            )
        except Refused:
            # No compartment of that size is left in this cycle, as it happens to couriers.
            return None
        compartment = self._site.parcels[parcel].compartment
        self._open_and_close(compartment)
        return _StoredParcel(compartment, secrets.code_hash)

    def _collect(self, parcel: _StoredParcel) -> None:
        self._tick()
        pickup = self._daemon.engine.new_id("k")
        collect = Collect(by="kiosk", pickup=pickup, hash=parcel.code_hash, token=False, source="kiosk", second=None)
        self._decide(collect, "kiosk")
        self._open_and_close(parcel.compartment)

    def _open_and_close(self, compartment: str) -> None:
        self.at += timedelta(seconds=self._rng.uniform(0.5, 2))
        self._decide(SwitchesSeen({compartment: Seen.OPEN}), "cabinet")
        self.at += timedelta(seconds=self._rng.uniform(5, 40))
        self._decide(SwitchesSeen({compartment: Seen.SHUT}), "cabinet")
        self.at += BETWEEN_VISITS

    def _tick(self) -> None:
        self._decide(Tick(synced=True), "cabinet")

    def _decide(self, message: Message, by: str) -> None:
        assert self._db is not None
        outcome = decide(self._site, message, self._moment)
        recorded = self._append(outcome, by)
        self._site = outcome.site
        history_records.write_notices(self._db, recorded, outcome.after, self._rng)
        taken = history_records.pictures(recorded, self._site, self._moment)
        if taken is not None:
            self._append(taken, history_records.CAMERA)

    @property
    def _moment(self) -> datetime:
        """The moment that has been reached, in the whole milliseconds of the journal."""
        return self.at.replace(microsecond=self.at.microsecond // 1000 * 1000)

    def _append(self, outcome: Outcome, by: str) -> list[Recorded]:
        assert self._db is not None
        if not outcome.events:
            return []
        recorded = self._daemon.journal.append_into(self._db, outcome, by)
        self._daemon.journal.settle(recorded)
        return recorded


async def write_history(
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
        writer = HistoryWriter(daemon, now - _span(settings, parcels), now - timedelta(hours=1), seed)
        residents = await daemon.journal.write(writer.first_start)
        done = 0
        while done < parcels:
            done += await daemon.journal.write(partial(_write_cycles, writer, residents, parcels - done))
            progress(done)
        await daemon.journal.write(lambda db: _mark_notices_sent(db, daemon.journal.seq))
        history_records.save_kept_pictures(daemon.journal.db, folder)


def _write_cycles(writer: HistoryWriter, residents: list[str], left: int, db: Database) -> int:
    done = 0
    for _ in range(CYCLES_IN_A_TRANSACTION):
        if done >= left:
            break
        done += writer.write_cycle(db, residents, left - done)
    return done


def _span(settings: Settings, parcels: int) -> timedelta:
    """An upper bound of how long so many parcels take; a cycle that finds little room takes as long as any."""
    cycles = parcels / max(1, int(len(settings.compartment) * FILL_LEVEL) // 2) + 2
    return (DWELL + BETWEEN_CYCLES) * cycles + parcels * 2 * (BETWEEN_VISITS + timedelta(minutes=1)) + timedelta(days=1)


def _mark_notices_sent(db: Database, seq: int) -> None:
    """These parcels are history: no notice of them may leave now."""
    db.execute(
        "insert into follower (name, seq) values (?, ?) on conflict (name) do update set seq = excluded.seq",
        [NOTICE_FOLLOWER, seq],
    )


class ProgressBar:
    """A progress bar on stderr."""

    WIDTH = 40

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._shown = -1

    def __call__(self, done: int) -> None:
        """Draw it, if it moved."""
        percent = 100 * done // self._whole
        if percent == self._shown:
            return
        self._shown = percent
        filled = self.WIDTH * done // self._whole
        end = "\n" if done >= self._whole else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (self.WIDTH - filled)}] {percent:3d} % {done} of {self._whole}{end}")
        sys.stderr.flush()


class WallClock:
    """The machine's own wall clock, for a history that is written without a world."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Nothing waits here."""
        return 0.0

    def synced(self) -> bool:
        """A history is written with a trusted clock."""
        return True
