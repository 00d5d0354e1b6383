"""A database keeps a check value of its key: the one without the other, or with another's, opens nothing."""

import asyncio
import contextlib
import secrets

import pytest
from engine_bench import DOORS, EngineBench, refused
from virtual import VirtualClock, virtually

from locker.core.messages.commands import Collect
from locker.core.messages.observations import Begun, SwitchesSeen
from locker.core.model import Policy, Seen
from locker.errors import SettingsError
from locker.journal.audit import audit
from locker.journal.backup import backup
from locker.journal.store import Journal
from locker.services.admin import run_backup
from locker.startup import open_engine
from locker.vault import KEY_FILE


@contextlib.asynccontextmanager
async def started(folder):
    """What `lockerd run` opens, its switches seen shut."""
    journal, pulses = Journal(folder, threads=False), []
    try:
        engine, vault = open_engine(journal, VirtualClock(), Policy(), DOORS, pulses.append)
        actor = asyncio.create_task(engine.run())
        engine.observe(Begun("test"))
        engine.observe(SwitchesSeen({door.id: Seen.SHUT for door in DOORS}))
        await engine.heartbeat()
        try:
            yield engine, vault, journal
        finally:
            actor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await actor
    finally:
        journal.close()


async def with_a_parcel(folder):
    """A cabinet that keeps one parcel; its code."""
    bench = await EngineBench(folder).start()
    told = await bench.stored()
    await bench.kill()
    return bench.secrets[told.parcel].code


async def fetch(engine, vault, code):
    hashed = vault.code_hash(code)
    return await engine.ask(Collect(by="kiosk", pickup="k1", hash=hashed, token=False, source="kiosk"))


@pytest.mark.parametrize("wrong", ["missing", "another", "damaged"])
@pytest.mark.parametrize("before", [False, True], ids=["with a check value", "of before check values"])
def test_a_database_without_its_key_is_sealed_and_heals_when_the_right_file_is_back(tmp_path, wrong, before):
    async def life():
        code = await with_a_parcel(tmp_path)
        if before:
            forget_check(tmp_path)
        key = tmp_path / KEY_FILE
        right = key.read_bytes()
        if wrong == "missing":
            key.unlink()
        else:
            key.write_bytes(secrets.token_bytes(32) if wrong == "another" else right[:31])
        async with started(tmp_path) as (engine, vault, journal):
            assert "key" in engine.sealed
            assert "back from a backup" in engine.sealed
            assert await refused(fetch(engine, vault, code)) == "sealed"
            await asyncio.sleep(60)
            assert engine.sealed
            key.write_bytes(right)
            await asyncio.sleep(6)
            assert engine.sealed is None
            assert (await fetch(engine, vault, code)).openings
            audit(journal.db)

    virtually(life)


def forget_check(folder):
    journal = Journal(folder, threads=False)
    journal.open()
    journal.write_now(lambda db: db.execute("delete from meta where key = 'key-check'"))
    journal.close()


@pytest.mark.parametrize("left", ["nothing", "an empty file", "an empty database"])
def test_a_key_whose_database_is_gone_is_refused_and_what_to_do_is_said(tmp_path, left):
    async def life():
        folder, copy = tmp_path / "data", tmp_path / "copy"
        folder.mkdir()
        await with_a_parcel(folder)
        backup(folder, copy)
        for file in folder.glob("locker.db*"):
            file.unlink()
        if left == "an empty file":
            (folder / "locker.db").touch()
        elif left == "an empty database":
            journal = Journal(folder, threads=False)
            journal.open()
            journal.close()
        for _ in range(2):
            with pytest.raises(SettingsError, match="restore a backup, or move the key away") as said:
                async with started(folder):
                    pass
            assert f"restore the backup {copy}" in str(said.value)
        (folder / KEY_FILE).rename(tmp_path / "key")
        async with started(folder) as (engine, _, journal):
            assert engine.sealed is None, "a new locker, as a person said"
            assert journal.seq

    virtually(life)


def test_a_folder_of_before_gets_its_check_value_and_is_held_to_it(tmp_path):
    async def life():
        await with_a_parcel(tmp_path)
        forget_check(tmp_path)
        async with started(tmp_path) as (engine, vault, journal):
            assert engine.sealed is None
            stands = journal.db.execute("select value from meta where key = 'key-check'").fetchone()
            assert stands == (vault.check_value,)
            journal.write_now(lambda db: db.execute("delete from sealed"))
        (tmp_path / KEY_FILE).write_bytes(secrets.token_bytes(32))
        async with started(tmp_path) as (engine, _, _):
            assert engine.sealed

    virtually(life)


@pytest.mark.parametrize("cut", ["before the check value", "before the key", "after the key"])
def test_a_first_start_that_was_cut_short_goes_on_by_itself(tmp_path, cut):
    async def life():
        journal = Journal(tmp_path, threads=False)
        journal.open()
        if cut != "before the check value":
            journal.close()
            journal = Journal(tmp_path, threads=False)
            open_engine(journal, VirtualClock(), Policy(), DOORS, lambda _: None)
        journal.close()
        if cut == "before the key":
            (tmp_path / KEY_FILE).unlink()
        async with started(tmp_path) as (engine, vault, _):
            assert engine.sealed is None
        async with started(tmp_path) as (engine, again, _):
            assert engine.sealed is None
            assert again.check_value == vault.check_value

    virtually(life)


def test_a_backup_with_a_key_that_opens_nothing_is_not_made(tmp_path):
    async def life():
        folder = tmp_path / "data"
        folder.mkdir()
        await with_a_parcel(folder)
        assert run_backup(folder, tmp_path / "good") == 0
        (folder / KEY_FILE).write_bytes(secrets.token_bytes(32))
        with pytest.raises(SettingsError, match="key"):
            run_backup(folder, tmp_path / "bad")
        assert not (tmp_path / "bad").exists()

    virtually(life)
