"""The code reader's wire: what is held before it reaches the daemon's own driver."""

from __future__ import annotations

import asyncio

import pytest

from hardware.scanner import SerialScanner
from simulator.cable import Cable, NoCable
from simulator.reader import LineScanner


async def test_a_scan_reaches_the_driver_through_a_serial_port(tmp_path):
    cable = Cable(tmp_path / "reader")
    heard = []

    async def listen():
        async for text in SerialScanner(str(tmp_path / "reader"), 9600).texts():
            heard.append(text)  # noqa: PERF401  it never ends

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(5):
            while heard[-1:] != ["PL1.ABCDEF"]:
                LineScanner(cable).show("PL1.ABCDEF")
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        cable.close()
    assert set(heard) == {"PL1.ABCDEF"}


def test_a_link_that_a_killed_process_left_is_taken_over(tmp_path):
    port = tmp_path / "reader"
    port.symlink_to("/dev/pts/99999")
    cable = Cable(port)
    assert port.exists()
    cable.close()
    assert not port.is_symlink()


@pytest.mark.parametrize("kind", ["file", "device"])
def test_what_is_no_link_of_ours_is_left_alone(tmp_path, kind):
    port = tmp_path / "reader"
    if kind == "file":
        port.write_text("precious")
    else:
        port.symlink_to("/dev/null")
    with pytest.raises(NoCable, match="reader"):
        Cable(port)
    assert port.read_text() == ("precious" if kind == "file" else "")


def test_nobody_listens_for_a_long_time(tmp_path):
    cable = Cable(tmp_path / "reader")
    told = [LineScanner(cable).show("x" * 400) for _ in range(2000)]
    assert told[0] is True
    assert told[-1] is False
    cable.close()
