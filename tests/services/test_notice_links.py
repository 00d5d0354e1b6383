"""The link to a resident's own page: in the notice where the site has such a page, and nowhere else."""

import pytest
from notices_bench import PHONE, notices, outbox_is

from locker.journal.backup import backup
from locker.services.people import ResidentLinks

URL = "https://locker.example.org/p/"


@pytest.fixture
def links(bench):
    return ResidentLinks(bench.journal, bench.engine, bench.directory, bench.vault)


def link_of(links):
    return lambda db, resident, now: URL + links.offer(db, resident, now)


async def test_UX_07_the_notice_holds_the_link_and_the_table_only_its_hash(bench, company, links):
    resident = await bench.resident(language="en")
    async with notices(bench, company, link=link_of(links)):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    (message,) = company.to(PHONE)
    link = message["data"]["link"]
    assert message["text"].endswith(link)
    token = link.removeprefix(URL)
    assert await links.resident_of_link(token) == resident
    dump = await bench.journal.read(lambda db: "\n".join(db.conn.iterdump()))
    assert token not in dump
    (kept,) = await bench.rows("select said from outbox")
    assert kept["said"].endswith("••••")


async def test_UX_07_each_notice_to_one_resident_holds_the_same_link_and_another_resident_another(
    bench, company, links
):
    await bench.resident(language="en")
    await bench.resident(name="Li Na", phone="+8613800000002", language="en")
    async with notices(bench, company, link=link_of(links)):
        await bench.store("SF1")
        await bench.store("SF2")
        await outbox_is(bench, *[("arrival", "sent")] * 4)
    mine = {message["data"]["link"] for message in company.to(PHONE)}
    hers = {message["data"]["link"] for message in company.to("+8613800000002")}
    assert (len(mine), len(hers)) == (1, 1)
    assert mine != hers


async def test_SEC_07_without_such_a_page_no_notice_holds_a_link(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    (message,) = company.to(PHONE)
    assert "link" not in message["data"]
    assert "://" not in message["text"]
    assert await bench.rows("select * from resident_link") == []


async def test_SEC_01_a_restore_ends_every_link_and_device_for_nobody_knows_which_were_ended_since(bench, tmp_path):
    resident = await bench.resident(language="en")

    def links_of(one):
        return ResidentLinks(one.journal, one.engine, one.directory, one.vault)

    async def told(one):
        links = links_of(one)
        return await one.journal.write(lambda db: links.offer(db, resident, one.engine.now()))

    token = await told(bench)
    device = (await links_of(bench).enter(token, "0001")).device
    assert await links_of(bench).resident_of_device(device) == resident
    backup(bench.folder, tmp_path / "copy")
    again = await bench.restored(tmp_path / "copy")
    assert await links_of(again).resident_of_link(token) is None
    assert await links_of(again).resident_of_device(device) is None
    assert await told(again) != token
    await again.stop()
