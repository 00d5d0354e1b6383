"""Follower and sender of notices as the daemon runs them, and what a test asks of their outbox."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from services_bench import running, until

from links.messengers import open_messengers
from links.options import NoticeOptions
from locker.options import SiteOptions
from locker.services.notices import outbox
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_ladder import LadderClimber
from locker.services.notices.notice_plan import Audience
from locker.services.notices.notice_sender import NoticeSender
from locker.services.notices.notice_templates import read_catalogue
from locker.services.notices.notice_writer import NoticeWriter
from locker.services.policies import RuleBook

SITE = SiteOptions(
    id="riverside-1",
    name="Riverside Court, lobby",
    address="12 River Road",
    timezone="Asia/Shanghai",
    languages=["zh-CN", "zh-TW", "en"],
    help_phone="+86 21 5555 0100",
)
CATALOGUE = read_catalogue()
PHONE = "+8613800000001"


def writer(bench, site=SITE, rules=None, receipts=False):
    rules = rules or RuleBook(bench.journal, bench.engine)
    return NoticeWriter(bench.engine, bench.vault, site, 72, CATALOGUE, rules, receipts=receipts)


@asynccontextmanager
async def notices(
    bench,
    company,
    site=SITE,
    mail=None,
    ladder=None,
    collected=False,
    wishes=None,
    staff=(),
    link=None,
    options=None,
    picture=None,
    **more,
):
    """Follower, sender and, where one is named, ladder as the daemon runs them, to a real phone company."""
    async with open_messengers(options or NoticeOptions(webhook=company.address), bench.engine.now) as opened:
        messengers = replace(opened, mail=mail)
        sender = NoticeSender(
            bench.journal,
            bench.engine,
            bench.directory,
            site,
            writer(bench, site, **more),
            messengers,
            lambda: 0.5,
            [*staff, *(options.reports if options else [])],
            wishes=wishes,
            link=link,
            picture=picture,
        )
        asked = options.audience(len(staff)) if options else Audience(collected=collected)
        follower = NoticeFollower(bench.journal, bench.engine, bench.directory, sender.wake, asked)
        climbers = [LadderClimber(bench.engine, bench.journal, ladder, bench.clock.synced).run()] if ladder else []
        async with running(follower.run(), sender.run(), *climbers):
            yield sender


async def states(bench):
    rows = await bench.rows("select template, state from outbox order by event, id")
    return [(row["template"], row["state"]) for row in rows]


async def outbox_is(bench, *expected):
    async def same():
        return await states(bench) == list(expected)

    try:
        await until(same, "the outbox")
    except AssertionError:
        assert await states(bench) == list(expected)


async def collected_once_told(bench, tracking="SF1"):
    """Stored, and collected when its recipient was told: what is collected before that is told to nobody."""
    deposit = await bench.store(tracking)

    async def told():
        sql = "select state from outbox where parcel = ? and template = 'arrival'"
        return [row["state"] for row in await bench.rows(sql, deposit.parcel)] == ["sent"]

    await until(told, f"the arrival of {tracking} is told")
    await bench.collect(deposit)


async def tries(bench, count):
    async def so_many():
        rows = await bench.rows("select tries from outbox where state = 'waiting' and last_fault <> ''")
        return [row["tries"] for row in rows] == [count]

    await until(so_many, f"try {count}")


async def tried_for_long(bench):
    """Time passes until a notice that waits has been tried so often that staff are told."""

    async def so_often():
        bench.clock.advance(60)
        rows = await bench.rows("select max(tries) as n from outbox where state = 'waiting' and last_fault <> ''")
        return (rows[0]["n"] or 0) >= outbox.MANY_TRIES

    await until(so_often, "many tries")


async def undelivered(bench):
    """What staff are shown."""
    return await bench.journal.read(lambda db: outbox.undelivered_notices(db, bench.engine.now()))


@asynccontextmanager
async def carrier_system(away=0):
    """A real HTTP server of a carrier that notes headers and body of what it is told; `away` times it has no time."""
    heard, refusals = [], [None] * away

    async def answer(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head.splitlines()[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        if refusals:
            refusals.pop()
            writer.write(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return writer.close()
        heard.append((headers, body))
        writer.write(b"HTTP/1.1 204 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/events", heard
    finally:
        server.close()
