"""S2: who is told what when staff put right for whom a parcel is."""

import json

from notices_bench import PHONE, notices, outbox_is, tries

from locker.core.messages.observations import Tick
from locker.services.custody_service import CustodyService, RightRecipient
from locker.services.notices.notice_ladder import Ladder, LadderClimber

OTHER = "+8613900000002"


async def reassigned(bench, parcel, unit="0907"):
    custody = CustodyService(bench.engine, bench.journal, bench.directory, bench.vault)
    return await custody.reassign(parcel, RightRecipient(unit=unit), "typed wrongly", "staff:chen")


async def test_S2_whose_it_is_gets_a_code_and_who_was_told_before_hears_that_it_was_a_mistake(bench, company):
    await bench.resident(language="en")
    await bench.resident(unit="0907", name="Zhao Rui", phone=OTHER, language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        await reassigned(bench, deposit.parcel)
        await outbox_is(bench, ("arrival", "sent"), ("not-yours", "sent"), ("arrival", "sent"))
    code, _ = await bench.secrets(deposit.parcel)
    first, mistake = company.to(PHONE)
    (told,) = company.to(OTHER)
    assert told["data"]["code"] == code != first["data"]["code"]
    assert "a mistake" in mistake["text"]
    assert code not in str(mistake)


async def test_S2_a_notice_that_still_waits_never_tells_the_new_code_to_whoever_had_the_parcel_before(bench, company):
    await bench.resident(language="en")
    await bench.resident(unit="0907", name="Zhao Rui", phone=OTHER, language="en")
    deposit = await bench.store()
    company.mode = "down"
    async with notices(bench, company):
        await tries(bench, 1)
    await reassigned(bench, deposit.parcel)
    company.mode = "up"
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "obsolete"), ("not-yours", "sent"), ("arrival", "sent"))
    code, _ = await bench.secrets(deposit.parcel)
    assert code not in str(company.to(PHONE))


async def test_S2_nobody_is_told_of_a_mistake_who_had_not_heard_of_the_parcel(bench, company):
    await bench.resident(language="en")
    await bench.resident(unit="0907", name="Zhao Rui", phone=OTHER, language="en")
    deposit = await bench.store()
    await reassigned(bench, deposit.parcel)
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "obsolete"), ("not-yours", "obsolete"), ("arrival", "sent"))
    assert company.to(PHONE) == []


async def test_S2_whose_it_is_is_reminded_as_if_it_had_come_when_they_got_it(bench, clock):
    await bench.resident(language="en")
    await bench.resident(unit="0907", name="Zhao Rui", phone=OTHER, language="en")
    deposit = await bench.store()
    climber = LadderClimber(bench.engine, bench.journal, Ladder((24, 48), 1), clock.synced)

    async def after(hours):
        clock.advance(hours * 3600)
        bench.engine.observe(Tick(synced=True))
        await bench.quiet()
        await climber.look()
        await climber.look()
        rows = await bench.rows("select data from event where kind = 'ReminderDue' order by seq")
        return [json.loads(row["data"])["rung"] for row in rows]

    assert await after(25) == ["24"]
    await reassigned(bench, deposit.parcel)
    assert await after(23.5) == ["24"], "stored for two days, theirs for less than one"
    assert await after(1) == ["24", "24"]
    assert await after(24) == ["24", "24", "48"]
    assert await after(23) == ["24", "24", "48", "last"]
