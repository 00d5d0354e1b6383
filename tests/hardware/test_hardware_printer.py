"""The receipt printer: what is drawn, what goes over the wire, and what is said when no paper comes."""

from __future__ import annotations

import asyncio
import io
import os
import tty

import pytest
from PIL import Image, ImageOps

from hardware.decode import Decoder
from hardware.options import PrinterOptions
from hardware.printers.escpos import STRIP_ROWS, EscPosPrinter, has_paper, raster_commands
from hardware.printers.slip_drawing import drawn
from locker.errors import HardwareFault
from locker.slips import LONGEST_SLIP, Slip, SlipKind, SlipLine
from simulator.wires.printer import ReceiptPrinterDevice
from simulator.wires.pty_cable import PtyCable

DOTS = 384
PROOF = "Riverside Court, lobby\n4187-9F3A-77C1 2026-11-28T14:32:00Z\n" + "ab" * 32
SLIP = Slip(
    "zh-CN",
    (
        SlipLine(SlipKind.TITLE, "交接凭证"),
        SlipLine(SlipKind.RULE),
        SlipLine(SlipKind.PAIR, "A2", "…94417"),
        SlipLine(SlipKind.QR, PROOF),
        SlipLine(SlipKind.CODE, "4187-9F3A-77C1"),
    ),
)


@pytest.fixture
def far_end(tmp_path):
    """A printer that speaks ESC/POS, on a wire of its own."""
    cable = PtyCable(tmp_path / "printer")
    device = ReceiptPrinterDevice(cable, tmp_path / "papers")
    yield device, cable
    cable.close()


def printer_at(cable, **more):
    return EscPosPrinter(PrinterOptions(device=str(cable.port)), **more)


def test_OB_11_a_picture_goes_over_the_wire_in_strips_that_a_cheap_printer_holds():
    rows = bytes(range(256)) * 3
    sent = raster_commands(rows[: 48 * 2], DOTS, cuts=False)
    assert sent == b"\x1b@" + b"\x1dv0\x00\x30\x00\x02\x00" + rows[:96] + b"\x1bd\x05"
    long = raster_commands(b"\x55" * 48 * (STRIP_ROWS + 1), DOTS, cuts=True)
    assert long.count(b"\x1dv0\x00\x30\x00") == 2
    assert long.endswith(b"\x55" * 48 + b"\x1bd\x05\x1dVB\x00")
    with pytest.raises(ValueError, match="no whole rows"):
        raster_commands(b"\x00" * 47, DOTS, cuts=False)


@pytest.mark.parametrize(
    ("answer", "paper"),
    [(b"\x12", True), (b"\x1e", True), (b"\x72", False), (b"\x7e", False), (b"", None), (b"\x00", None), (b"?", None)],
)
def test_what_a_printer_says_of_its_paper(answer, paper):
    assert has_paper(answer) is paper


def test_OB_11_the_qr_code_of_a_slip_is_read_from_the_paper():
    paper = ImageOps.invert(drawn(SLIP, DOTS).convert("L"))
    assert PROOF in Decoder().quick(ImageOps.expand(paper, 40, 255))


@pytest.mark.parametrize("text", ["W" * 90, "Riverside Court Property Services and everybody else " * 3, "包裹" * 60])
def test_nothing_runs_over_the_edge_of_the_paper(text):
    one = drawn(Slip("zh-CN", (SlipLine(SlipKind.TEXT, "W"),)), DOTS)
    paper = drawn(Slip("zh-CN", (SlipLine(SlipKind.TEXT, text), SlipLine(SlipKind.PAIR, text, "14:32"))), DOTS)
    assert paper.height > 3 * one.height
    assert paper.crop((DOTS - 1, 0, DOTS, paper.height)).getbbox() is None, "a letter is cut off at the right"


def test_a_slip_has_an_end_whatever_it_is_told():
    endless = Slip("en", (SlipLine(SlipKind.CODE, "9" * 400),) * (LONGEST_SLIP + 5))
    assert drawn(endless, DOTS).height <= 8000


async def test_OB_11_what_is_drawn_comes_out_of_the_printer(far_end):
    device, cable = far_end
    device.begin(asyncio.get_running_loop())
    await printer_at(cable).print_slip(SLIP)
    (path,) = device.papers
    with Image.open(io.BytesIO(path.read_bytes())) as paper:
        assert ImageOps.invert(paper).point(bool, "1").tobytes() == drawn(SLIP, DOTS).tobytes()


async def test_OB_06_UX_01_a_printer_without_paper_says_so_and_prints_again_with_a_new_roll(far_end):
    device, cable = far_end
    device.begin(asyncio.get_running_loop())
    printer = printer_at(cable)
    device.out_of_paper = True
    with pytest.raises(HardwareFault, match="there is no paper"):
        await printer.print_slip(SLIP)
    with pytest.raises(HardwareFault, match="there is no paper"):
        await printer.check()
    assert device.papers == []
    device.out_of_paper = False
    await printer.check()
    await printer.print_slip(SLIP)
    assert len(device.papers) == 1


async def test_a_printer_that_is_not_there_is_a_sentence(tmp_path):
    printer = EscPosPrinter(PrinterOptions(device=str(tmp_path / "lp0")))
    with pytest.raises(HardwareFault, match=r"Check its cable, power and paper\."):
        await printer.check()


async def test_a_printer_that_takes_nothing_holds_nobody_up(tmp_path):
    far, near = os.openpty()
    tty.setraw(near)
    try:
        printer = EscPosPrinter(PrinterOptions(device=os.ttyname(near), paper_mm=80), patience=0.2)
        with pytest.raises(HardwareFault, match="takes nothing"):
            await printer.print_slip(SLIP)
    finally:
        os.close(far)
        os.close(near)
