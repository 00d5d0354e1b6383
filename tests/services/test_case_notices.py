"""EXC-02, CLM-02: whoever a case is about hears that it is there and what becomes of it, each once; pictures stay."""

import pytest
from case_bench import case_bench

from locker.core.events.picture_events import SnapshotTaken
from locker.services.cases import Field, Outcome
from locker.services.evidence.snapshot_store import mark_oldest
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_plan import Audience

ME = "staff:he.jun"


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        bench.follower = NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None, Audience())
        yield bench


async def told(bench):
    await bench.follower.catch_up()
    return await bench.rows("select recipient, template from outbox order by event, id")


async def test_EXC_02_CLM_02_the_opener_hears_that_it_is_there_and_each_word_for_them(bench):
    resident = await bench.resident(unit="1202", name="Qian Li")
    number = (await bench.open("lost", unit="1202", resident=resident)).number
    await bench.open("fee", unit="1202")
    await bench.cases.write(number, "note", "between us", ME)
    await bench.cases.write(number, "reply", "We look", ME)
    await bench.cases.write(number, "apology", "Sorry", ME)
    await bench.cases.fill(number, Field.CAUSE, "unknown", ME)
    await bench.cases.close(number, Outcome.WITHDRAWN, ME)
    lines = await told(bench)
    assert {each["recipient"] for each in lines} == {resident}
    assert [each["template"] for each in lines] == ["case-opened", "case-news", "case-news", "case-news"]
    assert await told(bench) == lines


async def test_SEC_02_pictures_of_a_parcel_about_which_a_case_is_open_are_not_let_go(bench):
    await bench.resident()
    parcels = [(await bench.store(f"SF{n}")) for n in range(2)]
    for number, each in enumerate(parcels):
        event = SnapshotTaken(
            compartment=each.compartment,
            parcel=each.parcel,
            cause="stored",
            of=number + 1,
            sha256=f"{number}" * 64,
            day="2026-03-01",
            size=10,
        )
        await bench.engine.record(event, "camera")
    case = (await bench.open("damaged", parcel=parcels[0].parcel)).number
    freed, _ = await bench.journal.write(lambda db: mark_oldest(db, 100))
    assert freed == 10
    kept = await bench.rows("select parcel from snapshot where removed = 0")
    assert [each["parcel"] for each in kept] == [parcels[0].parcel]
    await bench.cases.close(case, Outcome.WITHDRAWN, ME)
    freed, _ = await bench.journal.write(lambda db: mark_oldest(db, 100))
    assert freed == 10
