"""One segment an answer: what is written in one turn of the loop leaves in one piece, in order, and nothing is lost."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto

import pytest

from api.coalescing_transport import CoalescingTransport


class Wire(asyncio.Transport):
    """Notes what is sent."""

    def __init__(self):
        super().__init__()
        self.sent = []
        self.closing = False

    def write(self, data):
        assert not self.closing
        self.sent.append(bytes(data))

    def close(self):
        self.closing = True

    abort = close

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return self.closing

    def get_extra_info(self, name, default=None):
        return {"peername": ("127.0.0.1", 1)}.get(name, default)


@pytest.fixture
def wire():
    return Wire()


async def test_head_and_body_leave_in_one_piece(wire):
    line = CoalescingTransport(wire)
    line.write(b"HTTP/1.1 201 Created\r\n\r\n")
    line.write(b"{}")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"HTTP/1.1 201 Created\r\n\r\n{}"]


async def test_the_next_turn_is_the_next_piece(wire):
    line = CoalescingTransport(wire)
    for word in (b"event: one\n\n", b"event: two\n\n"):
        line.write(word)
        await asyncio.sleep(0)
    assert wire.sent == [b"event: one\n\n", b"event: two\n\n"]


async def test_what_is_changed_after_it_was_written_leaves_as_it_was(wire):
    line, text = CoalescingTransport(wire), bytearray(b"201")
    line.write(text)
    text[:] = b"500"
    await asyncio.sleep(0)
    assert wire.sent == [b"201"]


async def test_closing_sends_what_waits_and_only_once(wire):
    line = CoalescingTransport(wire)
    line.write(b"last words")
    line.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"last words"]
    assert line.is_closing()


async def test_closing_twice_closes_tls_once_so_that_it_can_still_be_asked_and_aborted():
    loop = asyncio.get_running_loop()
    below = sslproto.SSLProtocol(loop, asyncio.Protocol(), ssl.create_default_context(), None, server_side=False)
    below.connection_made(Wire())
    line = CoalescingTransport(below._get_app_transport())
    line.close()
    line.close()
    assert line.get_write_buffer_size() == 0
    line.abort()


async def test_aborting_sends_nothing_more(wire):
    line = CoalescingTransport(wire)
    line.write(b"too late")
    line.abort()
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_a_peer_that_has_gone_meanwhile_is_no_fault(wire):
    line = CoalescingTransport(wire)
    line.write(b"to nobody")
    wire.closing = True
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_who_is_there_is_asked_of_the_wire(wire):
    assert CoalescingTransport(wire).get_extra_info("peername") == ("127.0.0.1", 1)


async def test_what_the_peer_has_not_taken_is_told_with_what_still_waits_here(wire):
    line = CoalescingTransport(wire)
    line.write(b"four")
    assert line.get_write_buffer_size() == 4
    await asyncio.sleep(0)
    assert line.get_write_buffer_size() == 0
