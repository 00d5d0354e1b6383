"""The robot of a WeCom group: a text to all, 20 a minute, and what its answers mean."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import httpx
import pytest

from links.messengers import open_messengers
from links.options import NoticeOptions
from links.wecom_messenger import AT_MOST, LONGEST_BYTES, WITHIN_S, WecomMessenger
from locker.errors import SettingsError
from locker.ports import DeliveryFault, Undelivered

MESSAGE = {"to": "group", "text": "Riverside: A1 被撬", "template": "staff-alarm", "language": "zh-CN", "id": "n1"}

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Robot:
    """The far end with its own count: it takes 20 messages in a minute of its clock and answers 45009 to more."""

    def __init__(self):
        self.now = 0.0
        self.answer = None
        self.taken = []
        self.refused = 0

    async def serve(self, reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(next(line for line in head.lower().split("\r\n") if "content-length" in line).split(":")[1])
            body = json.loads(await reader.readexactly(length))
            status, said = self.answer or (200, self._judge(body))
            payload = json.dumps(said).encode() if said is not None else b"<html>"
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload)
            await writer.drain()
        writer.close()

    def _judge(self, body):
        assert body["msgtype"] == "text"
        if sum(at > self.now - 60 for at, _ in self.taken) >= 20:
            self.refused += 1
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        self.taken.append((self.now, body["text"]["content"]))
        return {"errcode": 0, "errmsg": "ok"}


@asynccontextmanager
async def robot():
    far = Robot()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/cgi-bin/webhook/send?key=secret"
    async with httpx.AsyncClient(trust_env=False) as client:
        yield far, WecomMessenger(client, address, lambda: far.now)
    server.close()


async def test_NTF_01_a_call_to_staff_goes_to_the_group_as_a_text():
    async with robot() as (far, messenger):
        await messenger.send(MESSAGE)
    assert far.taken == [(0.0, "Riverside: A1 被撬")]


async def test_NTF_01_the_robot_is_sent_20_a_minute_and_the_rest_waits_here_not_there():
    async with robot() as (far, messenger):
        for _ in range(AT_MOST):
            await messenger.send(MESSAGE)
        far.now = 20.0
        with pytest.raises(Undelivered) as fault:
            await messenger.send(MESSAGE)
        assert (fault.value.fault, fault.value.retry_after) == (DeliveryFault.AWAY, WITHIN_S - 20)
        far.now = WITHIN_S
        await messenger.send(MESSAGE)
    assert far.refused == 0
    assert len(far.taken) == AT_MOST + 1


async def test_NTF_01_somebody_else_spent_the_minute_of_the_robot():
    async with robot() as (far, messenger):
        far.taken = [(0.0, "of another program")] * AT_MOST
        with pytest.raises(Undelivered) as fault:
            await messenger.send(MESSAGE)
    assert (fault.value.fault, fault.value.retry_after) == (DeliveryFault.AWAY, WITHIN_S)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}), DeliveryFault.SETTINGS),
        ((404, {}), DeliveryFault.SETTINGS),
        ((200, {"errcode": 40058}), DeliveryFault.AWAY),
        ((200, None), DeliveryFault.AWAY),
        ((200, []), DeliveryFault.AWAY),
        ((302, {}), DeliveryFault.AWAY),
        ((503, {"errcode": 0}), DeliveryFault.AWAY),
    ],
)
async def test_NTF_01_only_errcode_0_is_delivered_and_no_fault_holds_the_key(answer, fault):
    async with robot() as (far, messenger):
        far.answer = answer
        with pytest.raises(Undelivered) as undelivered:
            await messenger.send(MESSAGE)
    assert undelivered.value.fault is fault
    assert "secret" not in str(undelivered.value)
    assert not undelivered.value.final


async def test_NTF_01_a_long_text_is_cut_at_a_whole_letter():
    async with robot() as (far, messenger):
        await messenger.send(MESSAGE | {"text": "柜" * 1000})
    said = far.taken[0][1]
    assert said == "柜" * (LONGEST_BYTES // 3)


async def test_the_site_file_opens_the_robot_and_an_address_that_cannot_be_is_named():
    async with open_messengers(
        NoticeOptions(wecom_robot="https://qyapi.example.org/send?key=k"), lambda: NOW
    ) as messengers:
        assert isinstance(messengers.group, WecomMessenger)
        assert messengers.phone is None
    with pytest.raises(SettingsError, match=r"notices.wecom_robot"):
        async with open_messengers(NoticeOptions(wecom_robot="https://:0/send"), lambda: NOW):
            pass
