"""The proof and the copy: whatever is changed behind our back is named, and a restored past opens nothing new."""

import sqlite3
from datetime import timedelta

import pytest
from journal_bench import DOORS, Ledger

from locker.core.deposit_right import DepositRight
from locker.core.events.right_events import DepositRightRevoked
from locker.core.messages.commands import Clear
from locker.core.messages.observations import Begun
from locker.core.model import Content, Policy, Seen
from locker.core.outcome import Draft
from locker.core.reasons import Refused
from locker.core.visits.deposit_rights import must_stand
from locker.errors import SettingsError
from locker.journal.audit import AuditFault, audit
from locker.journal.backup import backup, unpack
from locker.journal.epoch import resume
from locker.journal.folder import DATABASE
from locker.startup import restore


class HandClock:
    """A clock that the ledger moves."""

    def __init__(self, ledger):
        self._ledger = ledger

    def now(self):
        return self._ledger.now + timedelta(hours=1)

    def monotonic(self):
        return 0.0

    def synced(self):
        return True


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "data")
    ledger.folder.mkdir()
    ledger.open().begin()
    yield ledger
    ledger.close()


@pytest.fixture
def busy(ledger):
    """A cabinet with something in every table: two parcels stored, one depositing, one collected, a wrong code."""
    from locker.core.reasons import Refused

    ledger.stored()
    ledger.collected()
    ledger.deposit()
    ledger.stored()
    with pytest.raises(Refused):
        ledger.code("nobody")
    return ledger


def forged(ledger, sql):
    """What the audit says after somebody changed the file with another program."""
    forger = sqlite3.connect(ledger.journal.path)
    guards = [row[0] for row in forger.execute("select sql from sqlite_master where type = 'trigger'")]
    names = [row[0] for row in forger.execute("select name from sqlite_master where type = 'trigger'")]
    if " event " in sql:
        for name in names:
            forger.execute(f"drop trigger {name}")
    forger.execute(sql)
    if " event " in sql:
        for guard in guards:
            forger.execute(guard)
    forger.commit()
    forger.close()
    with pytest.raises(AuditFault) as found:
        audit(ledger.journal.db)
    return str(found.value)


def test_SEC_06_an_honest_folder_is_confirmed_with_the_number_of_its_events(busy):
    assert audit(busy.journal.db) == busy.journal.seq
    busy.again()
    busy.begin()
    assert audit(busy.journal.db) == busy.journal.seq


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("update event set by = 'nobody' where seq = 5", "event 5: "),
        ("update event set at = '2020-01-01T00:00:00.000Z' where seq = 7", "event 7: "),
        ("update event set data = json_set(data, '$.compartment', 'A4') where seq = 6", "event 6: "),
        ("delete from event where seq = 5", "event 5: "),
        ("delete from event where seq = 1", "event 1: "),
        ("drop trigger event_fixed", "table event event_fixed: "),
    ],
)
def test_SEC_06_a_changed_event_is_named(busy, sql, named):
    assert forged(busy, sql).startswith(named)


def test_SEC_06_the_changed_event_is_named_before_the_guard_that_was_taken_away_for_it(busy):
    forger = sqlite3.connect(busy.journal.path)
    forger.execute("drop trigger event_fixed")
    forger.execute("update event set by = 'nobody' where seq = 5")
    forger.commit()
    forger.close()
    with pytest.raises(AuditFault, match=r"^event 5: "):
        audit(busy.journal.db)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("update compartment set use = 'free' where id = 'A1'", "table compartment A1: "),
        ("delete from compartment where id = 'A1'", "table compartment A1: "),
        ("update parcel set state = 'collected' where id = 'p0000000001'", "table parcel p0000000001: "),
        ("update parcel set credentials = '[]' where id = 'p0000000001'", "table parcel p0000000001: "),
        ("update parcel set state = 'withdrawn' where state = 'collected'", "table parcel p"),
        ("delete from parcel where id = 'p0000000001'", "table parcel p0000000001: "),
        ("update compartment set visit = null", "table visit A"),
        ("update compartment set visit = json_set(visit, '$.by', 'nobody') where visit is not null", "table visit A"),
        ("update compartment set visit = '[]' where visit is not null", "table visit A"),
        ("update bucket set level = 10", "table bucket kiosk: "),
        ("delete from bucket", "table bucket kiosk: "),
        ("update resident set consent = 0", "table resident r1: "),
        (
            "update compartment set visit = (select max(visit) from compartment) where visit is null",
            "table visit A",
        ),
    ],
)
def test_SEC_06_a_changed_row_is_named(busy, sql, named):
    assert forged(busy, sql).startswith(named)


# --- backup and restore -----------------------------------------------------------------------------


def put_back(ledger, source, **said):
    ledger.close()
    cabinet = (Policy(), DOORS, HandClock(ledger))
    try:
        return restore(source, ledger.folder, cabinet, **({"force": True, "trusted": False} | said))
    finally:
        ledger.open()


def test_a_backup_is_one_private_file_and_codes_go_on_working_after_a_restore(ledger, tmp_path):
    parcel = ledger.stored()
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert put_back(ledger, copy) == 0
    ledger.do(Begun(version="test"))
    ledger.see(**{d.id: "shut" for d in DOORS})
    ledger.code(parcel)
    assert ledger.site.parcels[parcel].state.value == "collecting"
    assert ledger.vault.unseal(ledger.rows("select blob from sealed")[0][0])[0] == ledger.secrets[parcel].code
    assert audit(ledger.journal.db) == ledger.journal.seq
    assert "Restored" in [kind for (kind,) in ledger.rows("select kind from event")]


def test_a_restore_begins_another_epoch_at_its_event(ledger, tmp_path):
    """Numbers behind the backup are given again, so a number alone says nothing to who read them before."""
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    head = ledger.journal.seq
    ledger.stored()
    read, before = ledger.journal.seq, ledger.journal.epoch
    assert ledger.again().journal.epoch == before, "a start does not"
    put_back(ledger, copy)
    assert ledger.journal.epoch not in {"", before}
    seen = [resume(ledger.journal.db, before, seq, ledger.journal.seq) for seq in (read, head, head - 2)]
    assert seen == [(head, True), (head, True), (head - 2, True)]
    assert ledger.rows("select kind from event where seq = ?", head + 1) == [("Restored",)]


def test_what_was_touched_after_the_backup_is_CHECK_and_its_old_code_stays_dead(ledger, tmp_path):
    from locker.core.reasons import Refused

    untouched, taken = ledger.stored(), ledger.stored()
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    name, still = ledger.place(taken), ledger.place(untouched)
    ledger.code(taken)
    ledger.see(**{name: "open"})
    ledger.see(**{name: "shut"})
    assert put_back(ledger, copy) == 1
    ledger.do(Begun(version="test"))
    ledger.see(**{d.id: "shut" for d in DOORS})
    assert ledger.site.compartments[name].use.value == "check"
    assert ledger.site.compartments[still].use.value == "loaded"
    with pytest.raises(Refused, match="unknown-code"):
        ledger.code(taken)
    ledger.do(Clear(by="s", compartment=name, content=Content.PARCEL))
    ledger.later(2)
    with pytest.raises(Refused, match="unknown-code"):
        ledger.code(taken)
    ledger.later(2)
    ledger.code(untouched)
    assert audit(ledger.journal.db) == ledger.journal.seq


def test_N5_a_right_that_was_called_back_after_the_backup_stays_so_though_no_door_was_touched(ledger, tmp_path):
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    until = ledger.now + timedelta(days=31)
    draft = Draft(ledger.site, ledger.now)
    draft.add(DepositRightRevoked(right="sf/R-1", company="SF", name="R-1", until=until))
    ledger.append(draft.outcome())
    assert put_back(ledger, copy) == 0
    with pytest.raises(Refused) as why:
        must_stand(ledger.site, DepositRight("SF", "R-1", 1, until, made_at=ledger.now), ledger.now)
    assert why.value.reason.value == "right-revoked"
    assert audit(ledger.journal.db) == ledger.journal.seq


@pytest.mark.parametrize(("trusted", "checked"), [(False, 4), (True, 0)])
def test_where_nothing_can_be_read_every_compartment_is_CHECK_unless_said_otherwise(ledger, tmp_path, trusted, checked):
    ledger.stored()
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    ledger.close()
    for file in ledger.folder.iterdir():
        if file.is_file():
            file.unlink()
    cabinet = (Policy(), DOORS, HandClock(ledger))
    assert restore(copy, ledger.folder, cabinet, force=False, trusted=trusted) == checked
    ledger.open()
    assert sum(c.use.value == "check" for c in ledger.site.compartments.values()) == checked


def test_a_restore_goes_only_into_an_empty_folder_unless_forced(ledger, tmp_path):
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    ledger.stored()
    events = ledger.rows("select * from event")
    with pytest.raises(SettingsError):
        put_back(ledger, copy, force=False)
    assert ledger.rows("select * from event") == events


def test_a_backup_replaces_nothing_and_a_damaged_one_is_refused(ledger, tmp_path):
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    with pytest.raises(SettingsError):
        backup(ledger.folder, copy)
    raw = bytearray(copy.read_bytes())
    at = raw.index(b"DoorsSeen")
    raw[at : at + 9] = b"DoorsSeem"
    copy.write_bytes(raw)
    with pytest.raises(SettingsError):
        unpack(copy, tmp_path / "parts")
    assert not (tmp_path / "parts").exists()
    copy.write_bytes(b"not a backup")
    with pytest.raises(SettingsError):
        unpack(copy, tmp_path / "parts")
    assert not (tmp_path / "parts").exists()


def test_what_a_forced_restore_replaces_is_kept_beside(ledger, tmp_path):
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    ledger.stored()
    put_back(ledger, copy)
    kept = sqlite3.connect(ledger.folder / "replaced-1" / DATABASE)
    assert kept.execute("select count(*) from event where kind = 'ParcelStored'").fetchone() == (1,)
    kept.close()
    assert {c.seen for c in ledger.site.compartments.values()} <= set(Seen)
