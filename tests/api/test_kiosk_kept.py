"""A visit outlives its machine: what stands on the screen is there again after a restart, and is looked at again."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kiosk_bench import COMPANY, PIN, Bench

from api.kiosk.collect_steps import Keypad
from api.kiosk.courier.fetch_steps import FetchDoor, FetchKind, FetchList, WeighParcel
from api.kiosk.courier.round_steps import MissingParcel, ReconcileRound, RoundCounts, RoundReceipt
from api.kiosk.courier.steps import (
    AskConsent,
    ChooseRecipient,
    ChooseSize,
    CompareCarrier,
    ConfirmPin,
    DepositDoor,
    NoAnswer,
    NothingFits,
    SignIn,
    TakeOneBack,
)
from api.kiosk.kept_screen import FILE, KeptScreen, as_json, from_json
from api.kiosk.state import Idle, KioskState
from api.kiosk.values import (
    DisplaySettings,
    ErrorMessage,
    FetchedParcel,
    KioskTime,
    MaskedResident,
    SignedInCourier,
    StoredParcel,
)
from locker.core.model import Flag, Size
from locker.core.parcel_words import MissingReason
from locker.labels import Carrier, TransportLabel

NOW = KioskTime(500.0, datetime(2026, 3, 1, 6, 0, tzinfo=UTC))
WANG = MaskedResident("r1", "1203", "Wang **", "01", None, reach=False)
DOOR = DepositDoor("d1", "p1", "A1", "SF1", WANG, since=490.0, at=NOW.utc)
COUNTS = RoundCounts(2, 1, 0)
ROUND = {
    "courier": SignedInCourier("c1", COMPANY, "Chen Wei"),
    "stored_parcels": (StoredParcel("A1", "1203", "SF1"),),
    "fetched": (FetchedParcel("B1", "1203", "p9", goes_out=True),),
    "display": DisplaySettings(large=True, calm=True),
}


def state(step, **more):
    return KioskState(step, "zh-CN", 499.0, **more)


@pytest.mark.parametrize(
    "kept",
    [
        state(Keypad("4071", ErrorMessage("refused.throttled", 505.0))),
        state(ChooseRecipient("SF1", "12", (WANG,), 2), **ROUND),
        state(NothingFits(ChooseSize("SF1", WANG, door=DOOR)), **ROUND),
        state(DOOR, **ROUND),
        state(CompareCarrier("YT1234567890123", Carrier.YTO, TransportLabel("Wang Ming", "138", ("1203",))), **ROUND),
        state(NoAnswer(AskConsent("SF1", WANG, Size.M, (Flag.ACCEPT,), (NOW.utc,))), **ROUND),
        state(FetchList(FetchKind.OVERDUE, ("p1",)), proved_at=498.0, **ROUND),
        state(FetchDoor(FetchKind.OUTBOUND, "p2", "A1", since=490.0, at=NOW.utc, scanned="SF2"), **ROUND),
        state(WeighParcel(FetchDoor(FetchKind.OUTBOUND, "p2", "A1", declared_g=2000), "234"), **ROUND),
        state(ReconcileRound((MissingParcel("p3", "1203", "SF3"),) * 2, COUNTS, (MissingReason.AT_DOOR,)), **ROUND),
        state(RoundReceipt("17-1AB2-7924", "proof", COUNTS, 1), **ROUND),
        state(TakeOneBack(), **ROUND),
    ],
    ids=lambda kept: type(kept.step).__name__,
)
def test_a_screen_is_kept_with_all_that_was_typed(kept):
    assert from_json(as_json(kept, NOW), NOW) == kept


def test_a_pin_is_not_kept():
    assert b"4711" not in as_json(state(SignIn(COMPANY, PIN)), NOW)
    assert b"4711" not in as_json(state(ConfirmPin(DOOR, take_back=True, typed=PIN)), NOW)


def test_times_go_on_from_the_new_start_and_the_time_without_power_counts():
    after = KioskTime(3.0, NOW.utc.replace(minute=1))
    again = from_json(as_json(state(Keypad("1")), NOW), after)
    assert again.last_touch == pytest.approx(3.0 - 61.0)


async def until_kept(bench, step=object):
    """Wait until the screen is on the disk, at such a step; its path is given back."""
    kept = KeptScreen(bench.context.journal.folder, bench.context.vault)
    bench.clock.advance(2)
    async with asyncio.timeout(20):
        while (found := kept.read(NOW)) is None or not isinstance(found.step, step):  # noqa: ASYNC110  a thread writes it
            await asyncio.sleep(0.01)
    return bench.context.journal.folder / FILE


async def after_restart(tmp_path, work):
    """The screen before and after a start of the same folder."""
    async with Bench(tmp_path) as bench:
        browser = await bench.browser().load()
        await work(bench, browser)
        path = await until_kept(bench)
        before = browser.text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return before


async def test_a_couriers_round_is_there_again_after_a_restart(tmp_path):
    async def work(bench, browser):
        await browser.touch("large", "language zh-CN")
        await browser.sign_in()
        door = await browser_deposit(bench, browser)
        await bench.shut(door)
        await browser.load()
        await browser.touch("next", "type")
        await browser.keys("JD42")

    await after_restart(tmp_path, work)
    async with Bench(tmp_path) as bench:
        again = await bench.browser().load()
        assert "JD42" in again.text
        assert 'data-text="large"' in again.page
        assert 'lang="zh-CN"' in again.page
        await again.touch("back")
        assert "已投 1 件" in again.text


async def browser_deposit(bench, browser):
    await browser.touch("type")
    await browser.keys("SF13299")
    await browser.touch("next")
    await browser.keys("1203")
    await browser.touch("size S")
    door = next(iter(bench.engine.site.visits))
    await bench.open(door)
    return door


async def test_a_deposit_under_way_is_gone_on_with_even_if_the_screen_lags_behind_its_door(tmp_path):
    async with Bench(tmp_path) as bench:
        browser = await (await bench.browser().load()).sign_in()
        kept = KeptScreen(bench.context.journal.folder, bench.context.vault)
        door = await browser_deposit(bench, browser)
        courier = await bench.context.couriers.sign_in(COMPANY, PIN)
        signed = SignedInCourier(courier.id, courier.company, courier.name)
        size = ChooseSize("SF13299", WANG)
        kept.write(replace(state(size), courier=signed, language="en"), KioskTime(0.0, bench.engine.now()))
    async with Bench(tmp_path, standing_open=[door]) as bench:
        again = await bench.browser().load()
        assert again.title == "Put the parcel in, then push the door shut"
        await bench.shut(door)
        assert (await again.load()).title == f"Stored in {door}"


@pytest.mark.parametrize("damage", [b"", b"x" * 200])
async def test_a_screen_that_cannot_be_read_is_an_idle_one(tmp_path, damage):
    async with Bench(tmp_path) as bench:
        (bench.context.journal.folder / FILE).write_bytes(damage)
        assert "collect" in (await bench.browser().load()).acts


async def test_nobody_leaves_nothing_behind(tmp_path):
    async with Bench(tmp_path) as bench:
        kept = KeptScreen(bench.context.journal.folder, bench.context.vault)
        kept.write(state(Idle()), NOW)
        kept.forget()
        assert not (bench.context.journal.folder / FILE).exists()
        kept.forget()


async def test_a_screen_that_no_page_showed_for_half_an_hour_is_nobodys_any_more(tmp_path):
    async with Bench(tmp_path) as bench:
        door, code, _ = await bench.stored("SF1")
        browser = await bench.browser().load()
        await browser.touch("collect")
        await browser.keys(code)
        await bench.open(door)
        await browser.load()
        await bench.shut(door)
        await bench.advance(1801)
        assert "collect" in (await bench.browser().load()).acts
