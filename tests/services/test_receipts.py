"""What gateways tell later: it arrived, or it did not, and then the next channel and at last staff are told."""

import pytest
from notices_bench import notices, outbox_is
from services_bench import until
from test_notices import Mailbox

from locker.services.notices import Receipt, ReceiptDesk


@pytest.fixture
async def desk(bench):
    return ReceiptDesk(bench.engine, bench.journal, bench.vault)


async def row(bench):
    (only,) = await bench.rows("select id, state, channel, receipt, receipt_at, shunned, done_at from outbox")
    return only


async def told(bench, company):
    """One arrival notice that a gateway took; its id."""
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    return company.posts[0]["id"]


async def test_R13_a_receipt_is_noted_once_however_often_it_comes(bench, company, clock, desk):
    await bench.resident()
    notice = await told(bench, company)
    token = bench.vault.receipt_token(notice)
    assert await desk.take(notice, token, Receipt.DELIVERED)
    first = await row(bench)
    clock.advance(60)
    assert await desk.take(notice, token, Receipt.DELIVERED)
    assert await desk.take(notice, token, Receipt.FAILED)
    assert await row(bench) == first
    assert (first["state"], first["receipt"]) == ("sent", "delivered")


async def test_R13_who_shows_no_token_of_this_notice_changes_nothing(bench, company, desk):
    await bench.resident()
    notice = await told(bench, company)
    before = await row(bench)
    for token in ("", "0" * 32, bench.vault.receipt_token(notice + "x"), "\udcff", "ü"):
        assert not await desk.take(notice, token, Receipt.FAILED)
    assert not await desk.take("n1.other", bench.vault.receipt_token(notice), Receipt.FAILED)
    assert await row(bench) == before


async def test_R13_what_a_gateway_could_not_deliver_goes_by_the_next_channel(bench, company, desk):
    await bench.resident(email="ming@example.org")
    mailbox = Mailbox()
    async with notices(bench, company, mail=mailbox) as sender:
        desk.wake = sender.wake
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        notice = company.posts[0]["id"]
        assert await desk.take(notice, bench.vault.receipt_token(notice), Receipt.FAILED)
        await until(lambda: mailbox.messages)
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.messages) == 1
    assert mailbox.messages[0]["id"] == notice
    now = await row(bench)
    assert (now["channel"], now["shunned"], now["receipt"]) == ("mail", "phone", "failed")


async def test_R13_with_no_channel_left_staff_see_it(bench, company, desk):
    await bench.resident()
    async with notices(bench, company) as sender:
        desk.wake = sender.wake
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        notice = company.posts[0]["id"]
        assert await desk.take(notice, bench.vault.receipt_token(notice), Receipt.FAILED)
        await outbox_is(bench, ("arrival", "failed"))
    assert len(company.messages) == 1
    (failed,) = await bench.rows("select json_extract(data, '$.fault') as fault from event where kind = 'NoticeFailed'")
    assert failed["fault"] == "refused"


async def test_a_receipt_that_comes_while_the_answer_was_lost_ends_the_sending(bench, company, clock, desk):
    await bench.resident()
    company.mode = "busy"
    async with notices(bench, company) as sender:
        desk.wake = sender.wake
        await bench.store()
        await until(lambda: company.posts)
        notice = company.posts[0]["id"]
        assert await desk.take(notice, bench.vault.receipt_token(notice), Receipt.DELIVERED)
        await outbox_is(bench, ("arrival", "sent"))
        clock.advance(600)
        await bench.quiet()
    assert (await row(bench))["receipt"] == "delivered"


async def test_a_message_bears_its_token_only_where_receipts_are_asked_for(bench, company):
    await bench.resident()
    await told(bench, company)
    assert "receipt" not in company.posts[0]
    async with notices(bench, company, receipts=True):
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))
    assert company.posts[1]["receipt"] == bench.vault.receipt_token(company.posts[1]["id"])
