"""From a locked data folder to an engine: key, journal, site, trusted time, and what to do if one is missing."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from locker.core.events.door_events import Restored
from locker.core.events.record import moment
from locker.core.outcome import Draft
from locker.engine import Engine
from locker.errors import SettingsError
from locker.journal import epoch
from locker.journal.answers import load_answers
from locker.journal.backup import (
    STAGE,
    backup,
    finish_restore,
    newest_good,
    put_in_place,
    refuse_standing,
    touched_since,
    unpack,
)
from locker.journal.codec import UnreadableRecord
from locker.journal.folder import DATABASE
from locker.journal.rows import load
from locker.journal.schema import STEPS, tables_number
from locker.journal.store import CannotWrite, Journal, JournalBroken
from locker.key_check import KeyAlone, open_vault, refuse_key_alone
from locker.trusted_clock import TrustedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from locker.core.model import Compartment, Policy
    from locker.core.place import Place
    from locker.ports import Clock
    from locker.pulse_order import PulseOrder
    from locker.vault import Vault


log = logging.getLogger(__name__)

BEFORE_TABLES = "before-tables-"


def open_engine(
    journal: Journal,
    clock: Clock,
    policy: Policy,
    built: Sequence[Compartment],
    act: Callable[[PulseOrder], None],
    places: Sequence[Place] = (),
) -> tuple[Engine, Vault]:
    """Open the journal and make the engine on it; `act` gives a door its pulse.

    Without its key, or where nothing can be written, the engine begins sealed and heals by itself.
    Raises SettingsError when there is nothing sound to begin with.
    """
    _go_on_with_a_restore(journal.folder)
    full, (vault, unkeyed) = _open_with_key(journal)
    time = TrustedClock(clock, moment(journal.at) if journal.at else None)
    try:
        site, answers = load(journal.db, policy, built), load_answers(journal.db, time.now())
    except (UnreadableRecord, sqlite3.DatabaseError) as broken:
        raise SettingsError([f"storage.data: {broken}; {_remedy(journal.folder)}"]) from broken
    since = {name: replace(c, since=time.now()) for name, c in site.compartments.items() if c.since is None}
    site = replace(site, compartments={**site.compartments, **since}, places={place.id: place for place in places})
    engine = Engine(site, journal, time, act, answers)
    if full is not None:
        engine.seal(full)
    if unkeyed is not None and (reason := unkeyed()) is not None:
        engine.seal(reason, until=unkeyed)
    return engine, vault


def _go_on_with_a_restore(folder: Path) -> None:
    try:
        finish_restore(folder)
    except OSError as fault:
        raise SettingsError([f"storage.data: a restore cannot be finished: {fault.strerror}"]) from fault


def _open_with_key(journal: Journal) -> tuple[str | None, tuple[Vault, Callable[[], str | None] | None]]:
    """Why the journal cannot be written, the vault, and what tells whether its key is there. Raises SettingsError."""
    try:
        refuse_key_alone(journal.folder)
        return _open_journal(journal), open_vault(journal)
    except KeyAlone as lost:
        raise SettingsError([f"storage.data: {lost}; {_remedy(journal.folder)}"]) from lost
    except (OSError, CannotWrite) as fault:
        raise SettingsError([f"storage.data: {journal.folder} cannot be used: {fault}"]) from fault


def _open_journal(journal: Journal) -> str | None:
    """Open it, or open it for reading and say why it cannot be written. Raises SettingsError."""
    _copy_before_migration(journal.folder)
    try:
        journal.open()
    except CannotWrite as full:
        try:
            journal.open_read_only()
        except JournalBroken as broken:
            raise SettingsError([f"storage.data: {broken}"]) from broken
        return str(full)
    except JournalBroken as broken:
        raise SettingsError([f"storage.data: {broken}; {_remedy(journal.folder)}"]) from broken
    return None


def _copy_before_migration(folder: Path) -> None:
    """Keep a backup of tables that are about to change, the newest such one alone; known as one to go back to.

    Each step is one transaction, so the tables change whole or not at all: a disk without room for the copy starts too.
    """
    number = tables_number(folder / DATABASE)
    if not 0 < number < len(STEPS):
        return
    copy = folder / f"{BEFORE_TABLES}{number}.backup"
    try:
        for old in folder.glob(f"{BEFORE_TABLES}*.backup"):
            old.unlink()  # also of a start that a power cut stopped right here
        backup(folder, copy)
    except (OSError, SettingsError) as fault:
        log.warning("the tables change without a copy of before: %s", fault)


def _remedy(folder: Path) -> str:
    good = newest_good(folder)
    return f"restore the backup {good}" if good is not None else "no good backup is known here"


def restore(
    source: Path,
    folder: Path,
    cabinet: tuple[Policy, Sequence[Compartment], Clock],
    *,
    force: bool,
    trusted: bool,
) -> int:
    """Put a backup back and record Restored; how many compartments became CHECK.

    All is prepared aside, so that a power cut leaves the old folder or the new one with its record.
    `trusted`: nothing happened since, where no later event can be read. Raises SettingsError.
    """
    policy, built, clock = cabinet
    _go_on_with_a_restore(folder)
    if not force:
        refuse_standing(folder)
    stage = folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    unpack(source, stage)
    later = touched_since(stage, folder / DATABASE)
    journal = Journal(stage, threads=False)
    try:
        journal.open()
        site = load(journal.db, policy, built)
        every = set() if trusted else set(site.compartments)
        touched = every if later is None else later & set(site.compartments)
        draft = Draft(site, TrustedClock(clock, moment(journal.at) if journal.at else None).now())
        draft.add(Restored(compartments=tuple(sorted(touched)), rights_ended=later is not None or not trusted))
        journal.append_durably(draft.outcome(), "command-line")
        journal.write_now(lambda db: epoch.renew(db, journal.seq))
    except (CannotWrite, JournalBroken) as fault:
        raise SettingsError([f"storage.data: {fault}"]) from fault
    finally:
        journal.close()
    put_in_place(stage, folder)
    return len(touched)
