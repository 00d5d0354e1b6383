"""The line: silence between frames, one request at a time, commands first, and nothing sent that nobody waits for."""

import asyncio
import itertools

import pytest
from hardware_wires import Cable, Cb8aBoard

from hardware.banks import cb8a
from hardware.banks.exchange import Exchange
from hardware.banks.serial_line import LineDown, NoReply, SerialLine, gap_seconds
from hardware.framing import matching
from hardware.wire_thread import Turn


@pytest.fixture
def cable(tmp_path):
    made = Cable(tmp_path / "bus", Cb8aBoard(1, 24), Cb8aBoard(2, 24))
    yield made
    made.close()


def status(address):
    read = matching(cb8a.decode_status, lambda frame: frame if frame.address == address else None)
    return Exchange(cb8a.read_all(address), read, 7)


def test_the_gap_is_that_of_the_rule():
    assert gap_seconds(9600) == pytest.approx(0.00365 + 0.001, abs=5e-5)
    assert gap_seconds(19200) == pytest.approx(3.5 * 10 / 19200 + 0.001)
    assert gap_seconds(38400) == gap_seconds(115200) == pytest.approx(0.00275)


@pytest.mark.parametrize("answered", [True, False], ids=["after an answer", "after a failure"])
async def test_H4_the_wire_is_silent_for_the_gap_before_each_request(cable, answered):
    async with SerialLine.shared(str(cable.name), 9600) as line:
        pending = [line.request(status(1 if answered else 3), Turn.POLL) for _ in range(12 if answered else 3)]
        await asyncio.gather(*pending, return_exceptions=not answered)
    requests = [at for at, _ in cable.requests]
    before = cable.replies if answered else requests
    pauses = [after - before for before, after in zip(before, requests[1:], strict=False)]
    assert len(pauses) >= 2
    assert min(pauses) >= gap_seconds(9600)


async def test_a_command_goes_before_looks_that_wait_longer(cable):
    cable.late = 0.05
    async with SerialLine.shared(str(cable.name), 9600) as line:
        polls = [asyncio.ensure_future(line.request(status(1), Turn.POLL)) for _ in range(4)]
        await asyncio.sleep(0.02)
        await line.request(Exchange(cb8a.unlock(2, 5), None), Turn.COMMAND)
        await asyncio.gather(*polls)
    assert [request[0] for _, request in cable.requests] == [0x80, 0x8A, 0x80, 0x80, 0x80]


async def test_an_unlock_that_nobody_waits_for_any_more_is_not_sent(cable):
    cable.late = 0.05
    async with SerialLine.shared(str(cable.name), 9600) as line:
        poll = asyncio.ensure_future(line.request(status(1), Turn.POLL))
        await asyncio.sleep(0.02)
        unlock = asyncio.ensure_future(line.request(Exchange(cb8a.unlock(2, 5), None), Turn.COMMAND))
        await asyncio.sleep(0)
        unlock.cancel()
        await poll
        await line.request(status(2), Turn.POLL)
    assert [request[0] for _, request in cable.requests] == [0x80, 0x80]
    assert cable.boards[1].doors.pulses == []


async def test_silence_and_a_missing_port_are_two_faults_that_say_what_to_check(cable, tmp_path):
    async with SerialLine.shared(str(cable.name), 9600) as line:
        with pytest.raises(NoReply, match=r"address, cable and power"):
            await line.request(status(9), Turn.POLL)
    async with SerialLine.shared(str(tmp_path / "none"), 9600) as line:
        with pytest.raises(LineDown, match=r"none cannot be used.*Check its cable"):
            await line.request(status(1), Turn.POLL)
    (tmp_path / "text").write_text("no port")
    async with SerialLine.shared(str(tmp_path / "text"), 9600) as line:
        with pytest.raises(LineDown, match="cannot be used"):
            await line.request(status(1), Turn.POLL)


async def test_a_stale_port_under_a_name_that_points_elsewhere_is_opened_anew(cable):
    async with SerialLine.shared(str(cable.name), 9600) as line:
        assert await line.request(status(1), Turn.POLL)
        # The old pty stays open, but the name leads to a new one: only silence can tell.
        old = cable._far_end
        cable.plug()
        for _ in range(6):
            try:
                assert (await line.request(status(1), Turn.POLL)).address == 1
                break
            except NoReply:
                continue
        else:
            pytest.fail("the line never looked for its port again")
        import os

        os.close(old)


async def test_the_thread_ends_with_the_last_bank_of_the_line(cable):
    import threading

    line = SerialLine.shared(str(cable.name), 9600)
    async with line:
        async with line:
            await line.request(status(1), Turn.POLL)
        assert await line.request(status(2), Turn.POLL)
    while [thread for thread in threading.enumerate() if thread.name == f"line {cable.name}"]:  # noqa: ASYNC110  nothing tells us
        await asyncio.sleep(0.01)
    async with line:
        assert await line.request(status(2), Turn.POLL)


async def test_after_a_flood_of_noise_the_next_answer_is_found(cable):
    cable.garbage = bytes(range(256)) * 3
    async with SerialLine.shared(str(cable.name), 9600) as line:
        answered = [await line.request(status(n), Turn.POLL) for n, _ in itertools.product((1, 2), range(3))]
    assert [status.address for status in answered] == [1, 1, 1, 2, 2, 2]
