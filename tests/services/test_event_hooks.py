"""Events to programs outside by signed webhooks: in order, each until it was taken, what is refused set aside."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from services_bench import running, until
from standardwebhooks import Webhook

from links.messengers import signer
from links.options import WebhookOptions
from links.webhook_messenger import open_webhook
from locker.errors import SettingsError
from locker.services.fleet import EventHook, EventHooks, UnknownHook
from locker.services.fleet.event_hooks import wait_after
from lockerd.webhook_wiring import webhook_faults

SECRET = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl"


class FarEnd:
    """A real HTTP server that answers as it is told to and notes what came."""

    def __init__(self):
        self.status = 204
        self.refuses = frozenset()
        self.heard = []

    @property
    def seqs(self):
        return [event["seq"] for _, _, event in self.heard]

    @asynccontextmanager
    async def serving(self):
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/events"
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head.splitlines()[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        event = json.loads(body)
        status = 422 if event["type"] in self.refuses else self.status
        if status < 300:
            self.heard.append((headers, body, event))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def far_end():
    async with FarEnd().serving() as far_end:
        yield far_end


@asynccontextmanager
async def sending(bench, far_end, hook, now=lambda: datetime.now(UTC)):
    way = open_webhook(far_end.url, "webhook[0].url", signer(SECRET, now), "the far end")
    async with way as messenger, running(hook.run(messenger)):
        yield


def a_hook(bench, *kinds):
    return EventHook(bench.journal, bench.engine, "tower-3", "erp", kinds)


async def note(bench, *texts):
    for text in texts:
        await bench.engine.note("looked", text, "staff:chen.lin")


async def test_D2_every_event_leaves_once_in_order_signed_and_names_nobody(bench, far_end):
    hook = a_hook(bench)
    await hook.state()
    before = bench.journal.seq
    await bench.resident()
    await bench.collect(await bench.store())
    async with sending(bench, far_end, hook):
        await until(lambda: far_end.seqs and far_end.seqs[-1] == bench.journal.seq)
    assert far_end.seqs == list(range(before + 1, bench.journal.seq + 1))
    judge = Webhook(SECRET)
    for headers, body, event in far_end.heard:
        assert judge.verify(body, headers) == event
        assert headers["webhook-id"] == JSONFormat().read(CloudEvent, body).get_id() == event["id"]
    said = b"".join(body for _, body, _ in far_end.heard).decode()
    for secret in ("chen.lin", "1203", "Wang Ming", "86138", "SF1"):
        assert secret not in said


async def test_D2_a_far_end_that_was_away_gets_all_and_only_the_kinds_it_wants(bench, far_end, clock):
    hook, far_end.status = a_hook(bench, "Noted"), 503
    await hook.state()
    async with sending(bench, far_end, hook):
        await note(bench, "a")
        await bench.resident()
        await note(bench, "b")
        await until(lambda: _fault(hook))
        state = await hook.state()
        assert (state.behind > 0, state.fault) == (True, "away: the far end answered 503")
        far_end.status = 204
        await until(lambda: _moved(clock, lambda: len(far_end.heard) == 2))
        await until(lambda: _caught_up(hook))
    assert {event["type"] for _, _, event in far_end.heard} == {"lockerd.Noted"}


async def test_D2_what_is_refused_for_good_is_set_aside_and_can_be_sent_again(bench, far_end):
    hook, far_end.refuses = a_hook(bench), frozenset({"lockerd.Noted"})
    await hook.state()
    await note(bench, "a")
    refused = bench.journal.seq
    await bench.resident()
    async with sending(bench, far_end, hook):
        await until(lambda: _caught_up(hook))
        (letter,) = (await hook.state()).dead
        assert (letter.seq, letter.why) == (refused, "refused: the far end answered 422")
        assert refused not in far_end.seqs
        assert await hook.send_dead() == 1
        await until(lambda: not hook._again)
        assert len((await hook.state()).dead) == 1
        far_end.refuses = frozenset()
        await hook.send_dead()
        await until(lambda: refused in far_end.seqs)
        await until(lambda: not hook._again)
        assert (await hook.state()).dead == ()


async def test_D2_a_replay_sends_the_same_ids_again_and_a_restart_goes_on_where_it_was(bench, far_end):
    hook = a_hook(bench)
    await hook.state()
    before = bench.journal.seq
    await note(bench, "a", "b")
    async with sending(bench, far_end, hook):
        await until(lambda: _caught_up(hook))
        await hook.replay(before)
        await until(lambda: len(far_end.heard) == 4)
    ids = [event["id"] for _, _, event in far_end.heard]
    assert ids[:2] == ids[2:]
    await note(bench, "c")
    again = a_hook(bench)
    async with sending(bench, far_end, again):
        await until(lambda: _caught_up(again))
    assert far_end.seqs[4:] == [bench.journal.seq]
    with pytest.raises(ValueError, match=r"^after: "):
        await again.replay(bench.journal.seq + 1)


def test_D2_a_far_end_is_tried_again_within_an_hour_whatever_it_asks_for():
    assert [wait_after(*each) for each in ((0, 0), (5, 0), (600, 0), (5, 60))] == [5, 10, 600, 60]
    assert wait_after(0, 999_999_999) == 3600


def test_a_webhook_of_the_site_file_is_named_once_signed_and_of_kinds_that_there_are():
    good = {"name": "erp", "url": "https://erp.example.org/x", "secret": SECRET}
    options = [WebhookOptions(**good), WebhookOptions(**good, kinds=["Noted", "Nothing"])]
    assert list(webhook_faults(options)) == [
        "webhook[0].name: erp stands more than once",
        "webhook[1].name: erp stands more than once",
        "webhook[1].kinds: no event is of the kind Nothing, see docs/events.md",
    ]
    assert SECRET not in repr(options)
    for wrong in ({"secret": ""}, {"secret": "short"}, {"name": "A B"}, {"url": "ftp://x"}):
        with pytest.raises((ValueError, SettingsError)):
            WebhookOptions(**{**good, **wrong})
    with pytest.raises(UnknownHook):
        EventHooks().named("erp")


async def _fault(hook):
    return (await hook.state()).fault


async def _caught_up(hook):
    return (await hook.state()).behind == 0


def _moved(clock, true):
    clock.advance(5)
    return true()
