"""What recipients are told of a parcel that staff keep at a place without a door, and of its way back behind one."""

from notices_bench import PHONE, notices, outbox_is
from services_bench import Seen, Size

from locker.core.place import Place, PlaceKind
from locker.services.custody_service import CustodyService, PlacedParcel
from locker.services.notices.notice_ladder import Ladder

SHELF = Place("shelf", "Shelf", PlaceKind.SHELF, 5)
HOUR = 3600


def custody_of(bench):
    bench.engine.site.places["shelf"] = SHELF
    return CustodyService(bench.engine, bench.journal, bench.directory, bench.vault)


async def put(bench, custody):
    told = PlacedParcel(place="shelf", tracking="SF9", company="SF", courier="Li", size=Size.M, unit="1203")
    return await custody.put(told, "staff:chen")


async def test_a_parcel_that_staff_keep_is_told_without_a_code_and_reminded_of_by_nobody(bench, company, clock):
    await bench.resident(language="en")
    async with notices(bench, company, ladder=Ladder()):
        await put(bench, custody_of(bench))
        await outbox_is(bench, ("with-staff", "sent"))
        for _ in range(4):
            clock.advance(24 * HOUR)
            await bench.quiet()
        await outbox_is(bench, ("with-staff", "sent"))
    (message,) = company.to(PHONE)
    assert "Staff at" in message["text"]
    assert "code" not in message["data"]


async def test_a_parcel_that_goes_behind_a_door_is_told_of_like_one_that_came(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        custody = custody_of(bench)
        told = await put(bench, custody)
        await custody.move(told.parcel, "A3", "staff:chen")
        await bench.door("A3", Seen.OPEN, Seen.SHUT)
        await outbox_is(bench, ("with-staff", "sent"), ("arrival", "sent"))
    code, _ = await bench.secrets(told.parcel)
    assert company.to(PHONE)[-1]["data"]["code"] == code


async def test_REL_11_a_parcel_that_moves_to_the_desk_and_back_behind_its_door_is_told_of_each_time(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        custody, deposit = custody_of(bench), await bench.store()
        door = deposit.compartment
        await custody.move(deposit.parcel, "shelf", "staff:chen")
        await bench.door(door, Seen.OPEN, Seen.SHUT)
        await custody.move(deposit.parcel, door, "staff:chen")
        await bench.door(door, Seen.OPEN, Seen.SHUT)
        await outbox_is(bench, ("arrival", "sent"), ("with-staff", "sent"), ("moved", "sent"))
