"""Backups: sealed so that their thief reads nothing, when they are due, what is recorded, their restore for trial."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from shutil import which

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.backup_process import make_backup
from links.options import BackupOptions
from locker.errors import SettingsError
from locker.journal.folder import DATABASE
from locker.measures import Measure
from locker.services.backup import BackupKeeper, MadeBackup, drill_restore, recipient_faults, seal_backup, superseded
from locker.services.backup.backup_keeper import LOOK_EVERY_SECONDS
from locker.services.backup.schedule import AGAIN_AFTER, FIRST_AFTER, backup_name, next_backup
from locker.services.backup.sealing import is_sealed, unseal

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def key():
    return pyrage.x25519.Identity.generate()


def public(key):
    return str(key.to_public())


# --- sealed -------------------------------------------------------------------------------------------


async def test_N12_a_thief_of_the_backup_reads_nothing_and_the_key_opens_all(bench, tmp_path, key):
    await bench.resident(name="Wang Ming")
    deposit = await bench.store("SF1029384740192")
    code, _ = await bench.secrets(deposit.parcel)
    sealed = tmp_path / "one.age"
    seal_backup(bench.folder, sealed, [public(key)])
    assert is_sealed(sealed)
    assert sealed.stat().st_mode & 0o777 == 0o600
    for secret in (b"Wang Ming", b"SF1029384740192", code.encode(), (bench.folder / "key").read_bytes(), b"SQLite"):
        assert secret not in sealed.read_bytes()
    with pytest.raises(SettingsError, match="not opened"):
        unseal(sealed, tmp_path / "no", str(pyrage.x25519.Identity.generate()))
    found = drill_restore(sealed, f"# created today\n{key}\n")
    assert (found.fault, found.events) == ("", bench.journal.seq)
    assert list(bench.folder.glob(".backup-*")) == []


async def test_N12_each_of_several_recipients_can_open_it_alone(bench, tmp_path, key):
    other = pyrage.x25519.Identity.generate()
    sealed = tmp_path / "one.age"
    seal_backup(bench.folder, sealed, [public(key), public(other)])
    assert [drill_restore(sealed, str(each)).fault for each in (key, other)] == ["", ""]


@pytest.mark.skipif(which("age") is None, reason="age is not installed here")
async def test_it_is_a_file_that_the_program_age_opens_on_any_computer(bench, tmp_path, key):
    sealed, identity = tmp_path / "one.age", tmp_path / "key.txt"
    seal_backup(bench.folder, sealed, [public(key)])
    identity.write_text(f"{key}\n")
    words = ("--decrypt", "-i", str(identity), "-o", str(tmp_path / "plain.tar"), str(sealed))
    assert await (await asyncio.create_subprocess_exec("age", *words)).wait() == 0
    assert drill_restore(tmp_path / "plain.tar", "").fault == ""


def test_a_recipient_that_is_no_key_is_named_by_its_place(key):
    faults = recipient_faults([public(key), "age1qqqq", str(key)])
    assert [fault.partition(":")[0] for fault in faults] == ["backup.recipients[1]", "backup.recipients[2]"]
    assert str(key) not in "".join(faults), "a private key that was put there by mistake is not printed"


@pytest.mark.parametrize("damage", ["middle", "cut", "empty", "foreign"])
async def test_a_damaged_backup_is_said_to_be_so_and_leaves_nothing_behind(bench, tmp_path, key, damage):
    sealed = tmp_path / "one.age"
    seal_backup(bench.folder, sealed, [public(key)])
    whole = sealed.read_bytes()
    half = len(whole) // 2
    sealed.write_bytes(
        {
            "middle": whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :],
            "cut": whole[:half],
            "empty": b"",
            "foreign": b"not a backup at all",
        }[damage]
    )
    room = tmp_path / "room"
    room.mkdir()
    assert drill_restore(sealed, str(key), room).fault
    assert list(room.iterdir()) == []


async def test_a_folder_that_cannot_be_copied_seals_nothing_that_looks_whole(bench, tmp_path, key):
    (bench.folder / "key").unlink()
    with pytest.raises((OSError, SettingsError)):
        seal_backup(bench.folder, tmp_path / "one.age", [public(key)])


# --- when ---------------------------------------------------------------------------------------------

YEARS = {"min_value": datetime(2025, 1, 1), "max_value": datetime(2027, 1, 1)}  # noqa: DTZ001  hypothesis adds the zone
LONG_AGO = NOW - timedelta(days=40)


def due(made=None, failed=None, started=LONG_AGO, at=time(3), zone="UTC"):
    return next_backup(made, failed, started, at, zone)


def test_a_backup_is_due_at_its_hour_of_the_sites_clock():
    made = datetime(2026, 3, 10, 3, 1, tzinfo=UTC)
    assert due(made) == datetime(2026, 3, 11, 3, 0, tzinfo=UTC)
    assert due(made, zone="Asia/Shanghai") == datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
    before = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    assert due(before) == datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


def test_the_first_and_one_that_was_missed_come_soon_after_the_start():
    assert due(started=NOW) == NOW + FIRST_AFTER
    assert due(made=LONG_AGO, started=NOW) == NOW + FIRST_AFTER


def test_one_that_failed_is_tried_again_in_an_hour_until_one_is_good():
    assert due(made=LONG_AGO, failed=NOW) == NOW + AGAIN_AFTER
    assert due(failed=NOW) == NOW + AGAIN_AFTER
    assert due(made=NOW, failed=NOW - timedelta(hours=1)) > NOW + AGAIN_AFTER


@given(
    st.datetimes(timezones=st.just(UTC), **YEARS),
    st.times(),
    st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_a_day_has_one_backup_whatever_clocks_are_put_forward_and_back(made, at, zone):
    following = due(made, started=made - timedelta(days=400), at=at.replace(tzinfo=None), zone=zone)
    assert timedelta(0) < following - made <= timedelta(hours=26)


def test_the_newest_of_this_site_stay_and_nothing_of_others_goes():
    names = [backup_name("riverside", NOW + timedelta(days=day)) for day in range(5)]
    others = ["riverside-notes.txt", backup_name("hill", NOW)]
    assert superseded([*names, *others], "riverside", 2) == names[:3]
    assert superseded(names[:2], "riverside", 14) == []


# --- the keeper ---------------------------------------------------------------------------------------


class Maker:
    """The child's answers, as a test wants them."""

    def __init__(self):
        self.names = []
        self.faults = []
        self.delivered = ["/media/stick"]

    async def __call__(self, name):
        self.names.append(name)
        return MadeBackup(name, 5000, "ab" * 32, self.delivered, self.faults)


@pytest.fixture
def maker():
    return Maker()


@pytest.fixture
async def keeper(bench, maker):
    return BackupKeeper(bench.engine, bench.journal, "riverside", time(3), "UTC", maker)


async def kinds(bench):
    rows = await bench.rows("select kind from event where kind like '%ackup%' or kind = 'RestoreDrilled' order by seq")
    return [row["kind"] for row in rows]


async def test_a_good_backup_is_recorded_and_its_age_counts_over_a_restart(bench, clock, keeper, maker):
    assert await keeper.read() == {Measure.BACKUP_FAILED: 0, Measure.BACKUP_DRILLED: 0}
    await keeper.make_now()
    clock.advance(7200)
    again = BackupKeeper(bench.engine, bench.journal, "riverside", time(3), "UTC", maker)
    await again.load()
    for each in (keeper, again):
        assert (await each.read())[Measure.BACKUP_AGE_SECONDS] == pytest.approx(7200, abs=5)
    assert maker.names[0].startswith("riverside-2026")
    assert await kinds(bench) == ["BackupMade"]


async def test_a_stick_that_is_out_is_told_once_and_a_good_one_ends_it(bench, clock, keeper, maker):
    maker.faults, maker.delivered = ["/media/stick: is the stick in?"], []
    for _ in range(5):
        await keeper.make_now()
        clock.advance(3600)
    assert await kinds(bench) == ["BackupFailed"]
    assert (await keeper.read())[Measure.BACKUP_FAILED] == 1
    maker.faults, maker.delivered = [], ["/media/stick"]
    await keeper.make_now()
    assert await kinds(bench) == ["BackupFailed", "BackupMade"]
    assert (await keeper.read())[Measure.BACKUP_FAILED] == 0


async def test_one_place_of_two_that_fails_is_a_fault_although_there_is_a_backup(bench, keeper, maker):
    maker.faults = ["far: no route to host"]
    await keeper.make_now()
    assert await kinds(bench) == ["BackupMade", "BackupFailed"]
    again = BackupKeeper(bench.engine, bench.journal, "riverside", time(3), "UTC", maker)
    await again.load()
    assert (await again.read())[Measure.BACKUP_FAILED] == 1


async def test_backups_are_made_by_themselves_but_not_while_somebody_is_at_a_door(bench, clock, keeper, maker):
    await bench.resident()
    await bench.deposit()
    running = asyncio.create_task(keeper.run())

    async def minutes(count):
        for _ in range(count):
            clock.advance(LOOK_EVERY_SECONDS)
            for _ in range(20):
                await asyncio.sleep(0.001)

    await asyncio.sleep(0.01)
    await minutes(11)
    visits = len(bench.engine.site.visits)
    assert (visits > 0) == (maker.names == [])
    await minutes(40)
    assert len(maker.names) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_O15_a_drill_is_a_month_good_and_a_bad_one_is_none(bench, clock, keeper, maker, tmp_path, key):
    await keeper.make_now()
    clock.advance(35 * 86400)
    assert (await keeper.read())[Measure.DRILL_AGE_SECONDS] == pytest.approx(35 * 86400, abs=5)
    (tmp_path / "bad.age").write_bytes(b"nothing")
    await keeper.drilled_now(drill_restore(tmp_path / "bad.age", str(key)), "staff:chen")
    assert (await keeper.read())[Measure.DRILL_AGE_SECONDS] > 30 * 86400
    seal_backup(bench.folder, tmp_path / "good.age", [public(key)])
    await keeper.drilled_now(drill_restore(tmp_path / "good.age", str(key)), "staff:chen")
    again = BackupKeeper(bench.engine, bench.journal, "riverside", time(3), "UTC", maker)
    await again.load()
    for each in (keeper, again):
        found = await each.read()
        assert found[Measure.DRILL_AGE_SECONDS] < 60
        assert found[Measure.BACKUP_DRILLED] == 1


async def test_where_none_are_asked_for_nothing_is_measured_and_a_command_says_why(bench):
    keeper = BackupKeeper(bench.engine, bench.journal, "riverside", time(3), "UTC", None)
    assert await keeper.read() == {}
    with pytest.raises(SettingsError, match="recipients"):
        await keeper.make_now()


async def test_what_a_power_cut_left_of_the_last_backup_is_gone_with_the_next(bench, keeper):
    for name in (".backup-old", ".sealed-old"):
        (bench.folder / name).mkdir()
        (bench.folder / name / DATABASE).write_bytes(b"a copy that nobody needs")
    await keeper.make_now()
    assert [each.name for each in bench.folder.iterdir() if each.name.startswith(".")] == []


# --- the child ----------------------------------------------------------------------------------------


def options(key, *places):
    return BackupOptions.model_validate({"recipients": [public(key)], "place": list(places)})


async def test_N12_the_child_seals_and_delivers_beside_the_daemon(bench, tmp_path_factory, key):
    stick = tmp_path_factory.mktemp("stick")
    await bench.resident()
    asked = options(key, {"kind": "folder", "path": str(stick), "same_disk": True})
    made = await make_backup(asked, bench.folder, "riverside", "riverside-20260310T030000Z.age")
    assert made.faults == []
    [file] = stick.iterdir()
    assert (file.name, file.stat().st_size) == (made.name, made.size)
    assert drill_restore(file, str(key)).events == bench.journal.seq
    assert sorted(each.name for each in bench.folder.iterdir() if each.name.startswith(".")) == []


async def test_the_child_says_in_a_sentence_what_did_not_work(bench, tmp_path, key):
    asked = options(key, {"kind": "folder", "path": str(tmp_path / "nowhere")})
    made = await make_backup(asked, bench.folder, "riverside", "x.age")
    assert (list(made.delivered), made.faults) == (
        [],
        [f"{tmp_path / 'nowhere'}: there is no such folder; is the stick in?"],
    )
