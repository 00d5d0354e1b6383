"""S2: who is told what when staff put right for whom a parcel is."""

from notices_bench import PHONE, notices, outbox_is, tries

from locker.services.custody_service import CustodyService, RightRecipient

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
