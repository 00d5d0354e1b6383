"""Couriers sign in by PIN; wrong PINs slow the kiosk down, on the disk, and lock nobody out."""

import asyncio

import pytest

from locker.core.reasons import RefusalReason, Refused
from locker.services.people.courier_accounts import FORGET_ONE_AFTER, FREE_TRIES, CourierAccounts, PinTaken


@pytest.fixture
async def couriers(bench):
    couriers = CourierAccounts(bench.journal, bench.engine, bench.vault)
    await couriers.load()
    await couriers.add("SF Express", "Li Na", "1234")
    await couriers.add("顺丰速运", "王明", "1234")
    return couriers


async def wrong(couriers, times=1):
    for _ in range(times):
        assert await couriers.sign_in("SF Express", "9999") is None


async def waits(couriers, pin="9999"):
    with pytest.raises(Refused) as refused:
        await couriers.sign_in("SF Express", pin)
    assert refused.value.reason is RefusalReason.THROTTLED
    return refused.value.retry_after


async def test_a_courier_signs_in_with_company_and_pin(couriers):
    courier = await couriers.sign_in(" sf express ", "1234")
    assert (courier.company, courier.name) == ("SF Express", "Li Na")
    assert (await couriers.sign_in("顺丰速运", "1234")).name == "王明"
    assert couriers.companies() == ["SF Express", "顺丰速运"]


@pytest.mark.parametrize("pin", ["", "12345", "123", "0000", "\uff11\uff12\uff13", "x" * 1000, "\ud800"])
async def test_a_wrong_pin_signs_nobody_in(couriers, pin):
    assert await couriers.sign_in("SF Express", pin) is None
    assert await couriers.sign_in("Nobody", "1234") is None


async def test_the_wait_doubles_after_the_free_tries_up_to_a_minute(couriers, clock):
    await wrong(couriers, FREE_TRIES)
    seconds = []
    for _ in range(9):
        seconds.append(await waits(couriers))
        clock.advance(seconds[-1])
        await wrong(couriers)
    assert seconds == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_the_right_pin_waits_too_and_signs_in_afterwards(couriers, clock):
    await wrong(couriers, FREE_TRIES)
    left = await waits(couriers, "1234")
    assert left == 1
    clock.advance(left)
    assert await couriers.sign_in("SF Express", "1234")


async def test_a_try_during_the_wait_costs_nothing(couriers, clock):
    await wrong(couriers, FREE_TRIES)
    for _ in range(20):
        assert await waits(couriers) == 1
    clock.advance(1)
    assert await couriers.sign_in("SF Express", "1234")


async def test_ones_own_right_pin_buys_no_tries_at_the_pins_of_others(couriers):
    await wrong(couriers, FREE_TRIES - 1)
    assert await couriers.sign_in("SF Express", "1234")
    await wrong(couriers)
    assert await waits(couriers) == 1


async def test_wrong_pins_are_forgotten_with_time(couriers, clock):
    await wrong(couriers, FREE_TRIES)
    clock.advance(FORGET_ONE_AFTER.total_seconds() * FREE_TRIES)
    await wrong(couriers, FREE_TRIES)
    assert await waits(couriers) == 1


async def test_a_restart_does_not_end_the_wait(bench, couriers, clock):
    await wrong(couriers, FREE_TRIES)
    clock.advance(1)
    await wrong(couriers)
    await bench.stop()
    await bench.start()
    again = CourierAccounts(bench.journal, bench.engine, bench.vault)
    await again.load()
    assert await waits(again, "1234") == 2
    clock.advance(2)
    assert (await again.sign_in("SF Express", "1234")).name == "Li Na"


async def test_each_kiosk_waits_for_its_own_wrong_pins(couriers):
    await wrong(couriers, FREE_TRIES)
    assert await couriers.sign_in("SF Express", "1234", kiosk="other")


async def test_many_tries_at_once_are_counted_one_by_one(couriers):
    tries = [couriers.sign_in("SF Express", f"9{n:03d}") for n in range(50)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(answer is None for answer in answers) == FREE_TRIES
    assert sum(isinstance(answer, Refused) for answer in answers) == 50 - FREE_TRIES


@pytest.mark.parametrize("pin", ["", "123", "12345678901", "12a4", "\uff11\uff12\uff13\uff14", "12 34"])
async def test_a_pin_has_4_to_10_digits(couriers, pin):
    with pytest.raises(ValueError, match="4 to 10 digits") as wrong_pin:
        await couriers.add("SF Express", "Zhao", pin)
    assert not pin or pin not in str(wrong_pin.value)


async def test_a_pin_belongs_to_one_courier_of_a_company(couriers):
    with pytest.raises(PinTaken):
        await couriers.add("sf  express", "Zhao", "1234")
    await couriers.add("sf express", "Zhao", "5678")
    assert couriers.companies() == ["SF Express", "顺丰速运"]


async def test_a_suspended_courier_signs_in_no_more_and_the_journal_says_who_did_it(bench, couriers):
    courier = await couriers.sign_in("SF Express", "1234")
    assert await couriers.suspend(courier.id, "staff:boss")
    assert await couriers.sign_in("SF Express", "1234") is None
    assert not await couriers.suspend(courier.id, "staff:boss")
    assert couriers.companies() == ["顺丰速运"]
    notes = await bench.rows("select by, data from event where kind = 'Noted' order by seq desc limit 1")
    assert notes[0]["by"] == "staff:boss"
    assert courier.id in notes[0]["data"]
    with pytest.raises(PinTaken):
        await couriers.add("SF Express", "Zhao", "1234")


async def test_no_pin_is_on_the_disk(bench, couriers):
    await couriers.add("YTO", "Chen", "8642097531")
    await bench.stop()
    for file in bench.folder.iterdir():
        assert b"8642097531" not in file.read_bytes()
    await bench.start()


@pytest.mark.parametrize(("company", "name"), [("\u200b", "Li"), ("SF", "\u00ad"), ("SF", "-")])
async def test_a_courier_of_no_visible_name_is_refused(couriers, company, name):
    with pytest.raises(ValueError, match="company and a name"):
        await couriers.add(company, name, "1234")


async def test_a_company_written_with_what_nobody_sees_is_the_same_company(couriers):
    await couriers.add("SF\u200b Express\u00ad", "Bo", "5678")
    assert couriers.companies() == ["SF Express", "顺丰速运"]
    assert (await couriers.sign_in("SF Express", "5678")).name == "Bo"
