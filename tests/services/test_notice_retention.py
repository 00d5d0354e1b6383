"""The words of notices go when they are older than the rule says; that they were said stays."""

from notices_bench import notices, outbox_is

from locker.services.notices import NoticeRetention
from locker.services.policies import NewVersion, Retention, RuleBook

DAY = 86400


async def said(bench):
    return [bool(row["said"]) for row in await bench.rows("select said from outbox order by event")]


async def test_NTF_10_words_are_kept_as_long_as_the_rule_says_and_the_row_for_good(bench, company, clock):
    await bench.resident()
    rules = RuleBook(bench.journal, bench.engine)
    await rules.add(NewVersion(1, Retention(notices_days=30), "a short memory"), "staff:boss")
    retention = NoticeRetention(bench.engine, bench.journal, rules, lambda: True)
    async with notices(bench, company):
        await bench.store("SF1")
        await outbox_is(bench, ("arrival", "sent"))
        clock.advance(29 * DAY)
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "sent"), ("overdue", "sent"), ("arrival", "sent"))
    await retention.look()
    assert all(await said(bench))
    clock.advance(2 * DAY)
    await retention.look()
    assert (await said(bench))[0] is False
    assert (await said(bench))[-1] is True
    assert [row["state"] for row in await bench.rows("select state from outbox")] == ["sent"] * 3
    written = []
    bench.journal.db.conn.set_trace_callback(written.append)
    await retention.look()
    bench.journal.db.conn.set_trace_callback(None)
    assert [sql for sql in written if "update outbox" in sql] == [], "what was looked at once is not written again"


async def test_days_are_believed_only_when_the_clock_is(bench, company, clock):
    await bench.resident()
    rules = RuleBook(bench.journal, bench.engine)
    async with notices(bench, company):
        await bench.store("SF1")
        await outbox_is(bench, ("arrival", "sent"))
    clock.advance(400 * DAY)
    await NoticeRetention(bench.engine, bench.journal, rules, lambda: False).look()
    assert all(await said(bench))
