"""What only delays a notice, what ends it, and that nobody else's notice suffers from it."""

import json
import logging
from datetime import timedelta

from notices_bench import PHONE, notices, outbox_is, states, tried_for_long, tries, undelivered
from services_bench import until

from locker.core.model import Seen
from locker.services.command_service import DepositActor
from locker.services.notices import outbox
from locker.vault import Vault

TEST = DepositActor("token:test")


async def failures(bench):
    rows = await bench.rows("select data from event where kind = 'NoticeFailed' order by seq")
    return [json.loads(row["data"]) for row in rows]


async def test_a_start_without_the_key_delays_what_waits_and_it_leaves_when_the_key_is_back(bench, company, clock):
    await bench.resident()
    company.mode = "down"
    async with notices(bench, company):
        deposit = await bench.store()
        await tries(bench, 1)
    company.mode = "up"
    whole, bench.vault = bench.vault, Vault.without_key()
    async with notices(bench, company):
        for _ in range(5):
            clock.advance(600)
            await bench.quiet()
        assert await states(bench) == [("arrival", "waiting")]
        assert (company.messages, (await bench.rows("select tries from outbox"))[0]["tries"]) == ({}, 1)
        bench.vault.reload_key(bench.folder, lambda _: True)
        clock.advance(60)
        await outbox_is(bench, ("arrival", "sent"))
    code, _ = whole.unseal((await bench.rows("select blob from sealed"))[0]["blob"])
    assert code in company.to(PHONE)[0]["text"]
    assert deposit.parcel == company.to(PHONE)[0]["data"]["parcel"]


async def test_a_sealed_cabinet_delays_a_notice_whose_code_it_cannot_read(bench, company, clock):
    """Another key lies in the folder, and the cabinet is sealed for it."""
    await bench.resident()
    await bench.store()
    obstacle = ["this is another key"]
    bench.engine.seal(obstacle[0], lambda: obstacle[0])
    whole, bench.vault = bench.vault, Vault(bytes(32))
    async with notices(bench, company) as sender:
        await outbox_is(bench, ("arrival", "waiting"))
        for _ in range(3):
            clock.advance(600)
            sender.wake()
            await bench.quiet()
        assert await states(bench) == [("arrival", "waiting")]
    bench.vault, obstacle[0] = whole, None
    clock.advance(10)
    await until(lambda: bench.engine.sealed is None)
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "sent"))


async def test_a_code_that_the_right_key_cannot_read_fails_and_says_so(bench, company, caplog):
    await bench.resident()
    await bench.store()
    await bench.journal.write(lambda db: db.execute("update sealed set blob = x'00'"))
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "failed"))
    assert [fault["fault"] for fault in await failures(bench)] == ["unreadable"]
    assert any(record.levelno == logging.ERROR for record in caplog.records if "notice_sender" in record.name)


async def test_a_wrong_setting_of_the_webhook_delays_and_a_refused_number_fails(bench, company, clock):
    await bench.resident()
    company.mode = 401
    async with notices(bench, company):
        deposit = await bench.store()
        await tries(bench, 1)
        assert await failures(bench) == []
        company.mode = "reject"
        clock.advance(600)
        await outbox_is(bench, ("arrival", "failed"))
    (told,) = await failures(bench)
    assert told == {
        "parcel": deposit.parcel,
        "notice": "arrival",
        "fault": "refused",
        "detail": "the phone company answered 400",
    }
    (shown,) = await undelivered(bench)
    assert (shown["parcel"], shown["state"]) == (deposit.parcel, "failed")


async def test_a_failure_stands_in_the_outbox_and_in_the_journal_or_in_neither(bench, company, clock):
    """While nothing can be recorded nothing fails: it is tried again."""
    await bench.resident()
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    await bench.commands.reopen(deposit.deposit, TEST, take_back=True)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    await bench.resident(phone="")
    sealed = ["the disk is full"]
    bench.engine.seal(sealed[0], lambda: sealed[0])
    async with notices(bench, company):
        await tries(bench, 1)
        assert await failures(bench) == []
        sealed[0] = None
        clock.advance(600)
        await until(lambda: bench.engine.sealed is None)
        clock.advance(600)
        await outbox_is(bench, ("arrival", "sent"), ("withdrawn", "failed"))
    assert [fault["fault"] for fault in await failures(bench)] == ["unreachable"]


async def test_a_mailbox_without_a_mail_server_waits_for_the_setting(bench, company):
    await bench.resident(phone="", email="ming@example.org")
    async with notices(bench, company):
        await bench.store()
        await tries(bench, 1)
    (row,) = await bench.rows("select state, last_fault from outbox")
    assert (row["state"], row["last_fault"].split(":")[0]) == ("waiting", "no-way")


async def test_a_refused_number_is_tried_once_more_after_a_start_and_none_at_all_is_not(bench, company):
    await bench.resident()
    await bench.resident(unit="7", name="Li Na", phone="")
    company.mode = "reject"
    async with notices(bench, company):
        await bench.store()
        await bench.store("SF2", unit="7")
        await outbox_is(bench, ("arrival", "failed"), ("arrival", "failed"))
    company.mode = "up"
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "failed"))
        assert len(await failures(bench)) == 2


class Careless:
    """A way out with a mistake in it: what it raises is of no family of ours."""

    def __init__(self):
        self.taken = []

    async def send(self, message):
        if message["to"] == "müller@example.org":
            raise UnicodeEncodeError("ascii", message["to"], 1, 2, "ordinal not in range(128)")
        self.taken.append(message["to"])


async def test_one_notice_that_meets_a_fault_of_the_program_is_marked_and_the_others_go_on(bench, company, caplog):
    await bench.resident(phone="", email="müller@example.org")
    await bench.resident(unit="7", name="Li Na", phone="", email="na@example.org")
    mail = Careless()
    async with notices(bench, company, mail=mail):
        await bench.store()
        await tries(bench, 1)
        await bench.store("SF2", unit="7")
        await outbox_is(bench, ("arrival", "waiting"), ("arrival", "sent"))
    assert mail.taken == ["na@example.org"]
    (row,) = await bench.rows("select last_fault from outbox where state = 'waiting'")
    assert row["last_fault"] == "inside: UnicodeEncodeError"
    assert "müller" not in caplog.text


async def test_a_row_that_cannot_be_understood_is_marked_and_the_others_go_on(bench, company):
    await bench.resident()
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    await bench.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values ('x', 0, 'r', 'of-a-later-version', '', '2026-03-01T08:00:00.000Z', 0, 'waiting', '', '')"
        )
    )
    async with notices(bench, company):
        await bench.store("SF2")
        await outbox_is(bench, ("of-a-later-version", "failed"), ("arrival", "sent"), ("arrival", "sent"))
    assert [fault["notice"] for fault in await failures(bench)] == ["of-a-later-version"]


async def test_a_notice_whose_event_is_gone_is_marked_and_the_others_go_on(bench, company):
    await bench.resident()
    now = "2026-03-01T08:00:00.000Z"
    await bench.journal.write(
        lambda db: db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values ('x', 0, 'staff:1', 'staff-alarm', '', ?, 0, 'waiting', '', ?)",
            [now, now],
        )
    )
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("staff-alarm", "waiting"), ("arrival", "sent"))
        await until(lambda: _marked(bench))


async def _marked(bench):
    (row,) = await bench.rows("select last_fault from outbox where id = 'x'")
    return row["last_fault"] == "inside: TypeError"


async def test_what_no_end_of_a_parcel_makes_obsolete_fails_after_a_week_and_is_then_shown_for_one(
    bench, company, clock
):
    await bench.resident()
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        company.mode = "down"
        await bench.commands.reopen(deposit.deposit, TEST, take_back=True)
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        await tries(bench, 1)
        clock.advance(timedelta(days=6).total_seconds())
        await tried_for_long(bench)
        assert await states(bench) == [("arrival", "sent"), ("withdrawn", "waiting")]
        clock.advance(timedelta(days=1).total_seconds())

        async def failed():
            clock.advance(60)
            return (await states(bench))[-1] == ("withdrawn", "failed")

        await until(failed)
    assert [row["template"] for row in await undelivered(bench)] == ["withdrawn"]
    clock.advance(timedelta(days=8).total_seconds())
    assert await undelivered(bench) == []


async def test_staff_see_no_failed_arrival_of_a_parcel_that_was_collected(bench, company):
    await bench.resident(phone="")
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "failed"))
        assert len(await undelivered(bench)) == 1
        await bench.collect(deposit)
        assert await undelivered(bench) == []


async def test_how_many_wait_are_late_and_failed(bench, company, clock):
    await bench.resident(phone="")
    await bench.resident(unit="7", name="Li Na")
    company.mode = "down"
    async with notices(bench, company):
        await bench.store()
        await bench.store("SF2", unit="7")
        await tried_for_long(bench)
    counts = await bench.journal.read(lambda db: outbox.notice_counts(db, bench.engine.now()))
    assert counts == {"waiting": 1, "late": 1, "failed": 1}
