"""Several pieces of one shipment are one notice: when all are here, when their courier goes, or soon after."""

import json

from notices_bench import PHONE, notices, outbox_is
from services_bench import until

from locker.core.events.courier_events import CourierRoundEnded
from locker.core.model import Consent, Seen, Size
from locker.services.command_service import DepositActor, DepositRequest
from locker.services.notices.shipment_notices import HOLD, tells
from locker.services.notices.shipments import shipment_of

COURIER = DepositActor("courier:c1", "SF")


async def piece(bench, number, pieces=3, shipment="s1", unit="1203"):
    """One piece, stored."""
    request = DepositRequest(
        by="courier:c1",
        tracking=f"SF100{number}",
        company="SF",
        courier="Chen Wei",
        size=Size.M,
        unit=unit,
        consent=Consent.GIVEN,
        details=json.dumps({"piece": number, "pieces": pieces, "shipment": shipment}),
    )
    answer = await bench.commands.deposit(request)
    await bench.door(answer.compartment, Seen.OPEN, Seen.SHUT)
    return answer


async def test_REC_07_three_pieces_are_one_notice_with_the_code_that_opens_all(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        first = await piece(bench, 1)
        await outbox_is(bench, ("arrival", "waiting"))
        second = await piece(bench, 2)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
        assert company.posts == []
        third = await piece(bench, 3)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "obsolete"), ("arrival", "sent"))
    (told,) = company.to(PHONE)
    assert "3 of 3 pieces of this shipment are here." in told["text"]
    assert told["data"]["pieces"] == 3
    assert len({first.parcel, second.parcel, third.parcel}) == 3


async def test_REC_07_when_the_courier_goes_with_a_piece_missing_what_is_here_is_told(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        stored = [(await piece(bench, number)).parcel for number in (1, 2)]
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
        await bench.engine.record(CourierRoundEnded(company="SF", stored=tuple(stored)), "courier:c1")
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "sent"))
    assert "2 of 3 pieces of this shipment are here." in company.to(PHONE)[0]["text"]


async def test_REC_07_nobody_waits_longer_than_a_while_for_a_piece_that_does_not_come(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company) as sender:
        await piece(bench, 1)
        await outbox_is(bench, ("arrival", "waiting"))
        bench.clock.advance(HOLD.total_seconds() + 1)
        sender.wake()
        await outbox_is(bench, ("arrival", "sent"))
        await piece(bench, 2, pieces=2)
    assert "1 of 3 pieces" in company.to(PHONE)[0]["text"]


async def test_REC_07_the_piece_that_was_to_tell_is_taken_back_and_another_one_tells(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        first = await piece(bench, 1)
        second = await piece(bench, 2)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
        await bench.commands.reopen(second.deposit, COURIER, take_back=True)
        await bench.door(second.compartment, Seen.OPEN, Seen.SHUT)
        await until(lambda: company.posts, "the other piece is told of")
    (told,) = [each for each in company.to(PHONE) if each["template"] == "arrival"]
    assert told["data"]["parcel"] == first.parcel
    assert "1 of 3 pieces" in told["text"]


async def test_REC_07_a_single_parcel_is_told_at_once(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert "pieces" not in company.to(PHONE)[0]["text"]


async def test_REC_07_two_shipments_of_one_household_are_two_notices(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        for number, shipment in ((1, "a"), (2, "b"), (3, "a"), (4, "b")):
            await piece(bench, number, pieces=2, shipment=shipment)
        await until(lambda: len(company.to(PHONE)) == 2, "both are told")
        await outbox_is(bench, *[("arrival", "obsolete")] * 2, *[("arrival", "sent")] * 2)


async def test_REC_07_while_pieces_are_awaited_another_parcel_is_told_at_once(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await piece(bench, 1)
        await outbox_is(bench, ("arrival", "waiting"))
        await bench.store("SF-ALONE")
        await outbox_is(bench, ("arrival", "waiting"), ("arrival", "sent"))


async def test_REC_07_a_restart_tells_nobody_of_a_shipment_that_is_still_being_put_in(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await piece(bench, 1)
        await outbox_is(bench, ("arrival", "waiting"))
    async with notices(bench, company):
        await piece(bench, 2)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
        assert company.posts == []
        await piece(bench, 3)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "obsolete"), ("arrival", "sent"))
    (told,) = company.to(PHONE)
    assert "3 of 3 pieces" in told["text"]


async def test_REC_07_the_piece_that_was_to_tell_is_fetched_before_and_another_one_tells(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        first = await piece(bench, 1)
        second = await piece(bench, 2)
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "waiting"))
        await bench.collect(second)
        await until(lambda: company.posts, "the other piece is told of")
    (told,) = [each for each in company.to(PHONE) if each["template"] == "arrival"]
    assert told["data"]["parcel"] == first.parcel


async def test_REC_07_shipments_of_two_households_with_one_mark_are_two(bench, company):
    await bench.resident(language="en")
    await bench.resident("1208", "Zhao Min", "+8613800000002", language="en")
    async with notices(bench, company):
        first = await piece(bench, 1, pieces=2)
        other = await piece(bench, 2, pieces=2, unit="1208")
        await outbox_is(bench, ("arrival", "waiting"), ("arrival", "waiting"))
    for each in (first.parcel, other.parcel):
        shipment = await bench.journal.read(lambda db, one=each: shipment_of(db, one))
        assert shipment.here == (each,)
        assert await bench.journal.read(lambda db, one=each: tells(db, one)), "each household is reminded of its own"
