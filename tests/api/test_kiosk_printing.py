"""A receipt on paper: offered where the cabinet prints, with what stands on the screen and nothing of anybody."""

from __future__ import annotations

import asyncio

import pytest
from kiosk_bench import Bench
from test_kiosk_round import courier_with
from test_kiosk_sending import tick_all, who

from api.kiosk.courier.round_steps import RoundCounts, RoundReceipt
from api.kiosk.messages import PrintEffect
from api.kiosk.printing import slip
from locker.slips import SlipKind
from simulator.wires.printer import ReceiptPrinterDevice
from simulator.wires.pty_cable import PtyCable


@pytest.fixture
def cable(tmp_path):
    cable = PtyCable(tmp_path / "printer")
    yield cable
    cable.close()


@pytest.fixture
async def bench(tmp_path, cable):
    pickup = f'free_hours = 72\n[printer]\ndevice = "{cable.port}"'
    async with Bench(tmp_path, pickup=pickup) as running:
        running.far_end = ReceiptPrinterDevice(cable, tmp_path / "papers")
        running.far_end.begin(asyncio.get_running_loop())
        yield running


async def test_REC_09_OB_11_a_courier_s_receipt_comes_out_on_paper_by_one_touch(bench):
    courier = await courier_with(bench, "SF1329884094417", "SF1329884019026")
    await courier.touch("finish", "print")
    assert "The slip comes out below the screen." in courier.text
    assert len(bench.far_end.papers) == 1
    assert "print" not in courier.acts
    await courier.touch("signout")


async def test_OB_11_a_sender_s_receipt_comes_out_on_paper_by_one_touch(bench):
    browser = await bench.browser().load()
    await browser.touch("send", "parcel")
    await who(browser)
    await browser.touch("contents document")
    await tick_all(browser)
    await browser.touch("continue")
    await browser.keys("1")
    await browser.touch("continue", "uninsured", "size S", "agree")
    door = next(iter(bench.engine.site.visits.values())).compartment
    await bench.open(door)
    assert "print" not in (await browser.load()).acts
    await bench.shut(door)
    await (await browser.load()).touch("print")
    assert "The slip comes out below the screen." in browser.text
    assert len(bench.far_end.papers) == 1


async def test_without_paper_the_receipt_stays_on_the_screen_and_may_be_printed_later(bench):
    courier = await courier_with(bench, "SF1329884094417")
    bench.far_end.out_of_paper = True
    await courier.touch("finish", "print")
    assert "It could not be printed. Keep the code on this screen." in courier.text
    assert '<svg class="qr"' in courier.page
    bench.far_end.out_of_paper = False
    await courier.touch("print")
    assert len(bench.far_end.papers) == 1


async def test_a_cabinet_without_a_printer_offers_no_paper(tmp_path):
    async with Bench(tmp_path) as bench:
        courier = await courier_with(bench, "SF1329884094417")
        await courier.touch("finish")
        assert "print" not in courier.acts


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
async def test_OB_11_a_slip_says_what_the_screen_says_and_names_nobody(bench, language):
    step = RoundReceipt("4187-9F3A-77C1", "Riverside Court\n4187-9F3A-77C1", RoundCounts(2, 0, 1), missing=1)
    done = ("A1 …94417", "A2 …19026")
    effect = PrintEffect(step, language, bench.engine.now(), "SF Express", done)
    printed = slip(bench.context, effect)
    said = [(line.kind, line.text, line.right) for line in printed.lines]
    assert (SlipKind.PAIR, "A1", "…94417") in said
    assert (SlipKind.QR, step.proof, "") in said
    assert (SlipKind.CODE, step.code, "") in said
    assert (SlipKind.SMALL, "+86 21 5555 0100", "") in said
    text = " ".join(f"{line.text} {line.right}" for line in printed.lines if line.kind is not SlipKind.QR)
    assert not any(word in text for word in ("Wang", "1203", "Chen Wei", "SF1329884094417", "slip.", "round."))
