"""A parcel found after a restore: its old code is dead, and a new one goes out by itself."""

import pytest
from notices_bench import PHONE, notices, outbox_is, tries
from services_bench import Bench, until

from locker.core.model import Content, Seen
from locker.core.reasons import RefusalReason, Refused
from locker.journal.audit import audit
from locker.journal.backup import backup


async def restored_with_a_parcel(bench, tmp_path):
    """A parcel stored, a backup, its door opened by staff, the backup put back: it is CHECK and its code is dead."""
    deposit = await bench.store()
    old, _ = await bench.secrets(deposit.parcel)
    copy = tmp_path / "copy"
    backup(bench.folder, copy)
    await bench.commands.open_compartment(deposit.compartment, "to look", "staff:test")
    return await bench.restored(copy), deposit, old


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
async def bench(folder, clock):
    folder.mkdir(mode=0o700)
    return await Bench(folder, clock).start()


async def test_a_parcel_confirmed_after_a_restore_gets_a_new_code_sent_by_itself(bench, company, tmp_path):
    await bench.resident(language="en")
    bench, deposit, old = await restored_with_a_parcel(bench, tmp_path)
    try:
        async with notices(bench, company):
            await outbox_is(bench, ("arrival", "waiting"))
            with pytest.raises(Refused) as refused:
                await bench.commands.pickup(source="kiosk", by="kiosk", code=old)
            assert refused.value.reason is RefusalReason.UNKNOWN_CODE
            await bench.commands.clear(deposit.compartment, Content.PARCEL, "staff:test")
            await until(lambda: company.to(PHONE))
            new, token = await bench.secrets(deposit.parcel)
            assert new != old
            message = company.to(PHONE)[-1]
            assert (message["template"], message["data"]["code"], message["data"]["token"]) == ("arrival", new, token)
            await bench.quiet()
            await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "sent"))
            assert [one["data"]["code"] for one in company.messages.values()] == [new], "the dead code was told"
        bench.clock.advance(60)
        await bench.collect(deposit)
        assert audit(bench.journal.db)
    finally:
        await bench.stop()


async def test_an_arrival_that_never_left_before_the_restore_is_not_told_beside_the_new_code(bench, company, tmp_path):
    await bench.resident(language="en")
    bench, deposit, _ = await restored_with_a_parcel(bench, tmp_path)
    try:
        company.mode = "down"
        async with notices(bench, company):
            await bench.commands.clear(deposit.compartment, Content.PARCEL, "staff:test")
            await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
            await tries(bench, 1)
            company.mode = "up"
            bench.clock.advance(600)
            await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "sent"))
        assert len(company.messages) == 1
    finally:
        await bench.stop()


async def test_a_parcel_whose_code_lives_keeps_it_when_it_is_found_again(bench, company):
    await bench.resident(language="en")
    try:
        deposit = await bench.store()
        old = await bench.secrets(deposit.parcel)
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        await bench.commands.clear(deposit.compartment, Content.PARCEL, "staff:test")
        assert await bench.secrets(deposit.parcel) == old
        assert await bench.rows("select 1 from event where kind = 'CodeRenewed'") == []
    finally:
        await bench.stop()
