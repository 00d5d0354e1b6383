"""Signed checkpoints of the log: daily, at each case, at stop; and receipts that find a cut-off end (N2)."""

import shutil

import pytest
from case_bench import case_bench
from services_bench import running, until
from timestamp_bench import an_authority, reply, served

from links.options import TimestampOptions
from links.timestamp_authority import open_authority
from locker.core.reasons import Refused
from locker.journal.audit import audit
from locker.journal.audit_receipts import receipt_fault
from locker.journal.event_tree import EventTree
from locker.journal.store import read_only
from locker.services.admin import run_audit
from locker.services.evidence import ChainProof
from locker.signed_note import opened_note, read_checkpoint
from locker.time_stamp import stamped_at


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        bench.proof = ChainProof(bench.engine, bench.journal, bench.vault, "riverside-1")
        yield bench


async def notes(bench):
    return {row["cause"]: row["note"] for row in await bench.rows("select cause, note from checkpoint order by size")}


async def test_N2_a_checkpoint_is_signed_daily_at_each_case_and_when_the_daemon_ends(bench, clock):
    async with running(bench.proof.run()):

        async def causes():
            clock.advance(61)
            return set(await notes(bench))

        await until(lambda: _holds(causes(), "daily"), "the daily one")
        await bench.open()
        await until(lambda: _holds(causes(), "case"), "the one of the case")
        await bench.open()
        await bench.cases.write("R1-0001", "note", "later", "staff:he.jun")
    found = await notes(bench)
    assert set(found) == {"daily", "case", "stop"}
    for note in found.values():
        text = opened_note(note, bench.proof.signer.public)
        assert read_checkpoint(text).origin == "lockerd/riverside-1"
        assert receipt_fault(bench.journal.db, note, bench.proof.signer.public) is None


async def _holds(asked, cause):
    return cause in await asked


async def test_N2_an_old_receipt_finds_the_end_cut_off_by_command(bench, capsys):
    await bench.open()
    await bench.proof.checkpoint()
    receipt = await bench.proof.receipt()
    note = await bench.proof.checkpoint()
    for text in (receipt, note):
        assert run_audit(bench.folder, text) == 0
    assert audit(bench.journal.db) == bench.journal.seq
    last = bench.journal.seq

    def cut(db):
        db.execute("drop trigger event_keep")
        db.execute("delete from event where seq > ?", [last - 2])

    await bench.journal.write(cut)
    capsys.readouterr()
    for text in (receipt, note):
        assert run_audit(bench.folder, text) == 1
        assert capsys.readouterr().out.startswith(f"event {last - 1}: is missing")


async def test_SEC_06_what_is_kept_of_the_tree_is_made_as_the_log_grows(bench):
    for _ in range(300):
        await bench.engine.note("x", "y", "test")
    await bench.proof.checkpoint()
    assert len(await bench.rows("select * from event_block")) == bench.journal.seq // 256
    db = read_only(bench.folder)
    assert EventTree(db).root() == EventTree(db, trusting=False).root()


async def test_nothing_new_means_no_new_checkpoint(bench):
    first = await bench.proof.checkpoint()
    assert await bench.proof.checkpoint() == first
    assert len(await bench.rows("select * from checkpoint")) == 1


async def test_without_its_key_a_cabinet_signs_nothing(bench):
    bench.vault.has_key = False
    with pytest.raises(Refused):
        await bench.proof.checkpoint()
    bench.vault.has_key = True


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_N2_an_authority_outside_stamps_a_checkpoint_a_day_and_one_that_is_away_is_asked_again(
    bench, clock, tmp_path, caplog
):
    ours, asked = an_authority(tmp_path / "tsa", "Our stamps"), []

    def answer(request):
        asked.append(request)
        return b"" if len(asked) == 1 else reply(ours, request)

    async def stamped():
        return len(await bench.rows("select 1 from checkpoint_stamp")) == 1

    async with served(answer) as url, open_authority(TimestampOptions(url=url, roots=ours / "roots.pem")) as authority:
        bench.proof.authority = authority
        async with running(bench.proof.run()):
            # Time stands still while a request is on its way: it would end by its own limit.
            await until(lambda: "a checkpoint is not stamped" in caplog.text, "the first try, in vain")
            clock.advance(3500)
            await bench.quiet()
            assert len(asked) == 1
            clock.advance(200)
            await until(stamped, "a stamp, an hour after the first try")
            for _ in range(20):
                clock.advance(61)
                await bench.quiet()
    assert len(asked) == 2, "once that was in vain, and once that day"
    (stamp,) = await bench.rows("select size, answer from checkpoint_stamp")
    (note,) = await bench.rows("select note from checkpoint where size = ?", stamp["size"])
    assert stamped_at(note["note"].encode(), stamp["answer"], ours / "roots.pem")
