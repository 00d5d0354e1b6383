"""SLA-01: how long people wait until somebody answers, at the touchscreen and by records of a telephone exchange."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from case_bench import case_bench

from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import LIMIT, MOST_CALLS, CallFault, NoCallList, Source, read_calls, together

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEAD = ("uniqueid", "calldate", "wait", "disposition", "queue", "src")
ME = "staff:he.jun"


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        yield bench


def row(call="1", time="2026-03-01 09:00:00", wait="12", answered="ANSWERED", queue="desk", src="+8613800000001"):
    return (call, time, wait, answered, queue, src)


def listed(*rows, head=HEAD, now=NOW):
    return read_calls([head, *rows], ZONE, now)


def calls_of(bench, *rows):
    return read_calls([HEAD, *rows], ZONE, bench.engine.now()).calls


def test_SLA_01_a_list_of_calls_is_read_as_its_exchange_spells_it():
    found = listed(
        row("a"),
        row("b", "2026-03-01T01:00:00Z", "0:41", "NO ANSWER"),
        row("c", "2026/03/01 09:00", "12.5", "yes", ""),
        row("d", "2026-03-01T09:00:00+08:00", "00:01:05", "1"),
        ("", "", "", "", "", ""),
    )
    assert found.faults == ()
    first, second, third, fourth = found.calls
    assert {each.at for each in found.calls} == {datetime(2026, 3, 1, 1, tzinfo=UTC)}, "without an offset: at the site"
    assert [each.waited.total_seconds() for each in found.calls] == [12, 41, 12.5, 65]
    assert [each.answered for each in found.calls] == [True, False, True, True]
    assert (first.line, second.line, third.queue, fourth.queue) == (2, 3, "", "desk")


def test_SLA_01_a_list_in_chinese_and_one_without_numbers_of_calls_are_read():
    head = ("来电号码", "开始时间", "等待时长", "是否接听")
    same = ("13800000001", "2026-03-01 09:00:00", "8", "是")
    found = listed(same, same, ("13800000002", "2026-03-01 09:00:00", "9", "否"), head=head)
    assert [each.answered for each in found.calls] == [True, True, False]
    assert len({each.call for each in found.calls}) == 3, "two calls that say the same are two"
    again = listed(same, same, head=head)
    assert [each.call for each in again.calls] == [each.call for each in found.calls[:2]], "and the same ones again"


@pytest.mark.parametrize(
    ("wrong", "fault", "column"),
    [
        ({"time": "yesterday"}, CallFault.TIME, "time"),
        ({"time": "0001-01-01 00:00:00"}, CallFault.TIME, "time"),
        ({"time": "2026-03-01 16:06:00"}, CallFault.TIME_AHEAD, "time"),
        ({"time": "2024-03-01 09:00:00"}, CallFault.TIME_OLD, "time"),
        ({"wait": "soon"}, CallFault.WAITED, "waited"),
        ({"wait": "-3"}, CallFault.WAITED, "waited"),
        ({"wait": "99999"}, CallFault.WAITED, "waited"),
        ({"wait": ""}, CallFault.SHORT, "waited"),
        ({"answered": "perhaps"}, CallFault.ANSWERED, "answered"),
        ({"queue": "q" * 41}, CallFault.QUEUE, "queue"),
        ({"call": "c" * 41}, CallFault.CALL, "call"),
        ({"call": "good"}, CallFault.TWICE, "call"),
    ],
)
def test_SLA_01_each_line_at_fault_is_named_with_its_column_and_cell_and_the_others_stand(wrong, fault, column):
    found = listed(row("good"), row(**{"call": "bad", **wrong}), row("fine"))
    assert [each.call for each in found.calls] == ["good", "fine"]
    (one,) = found.faults
    assert (one.line, one.fault, one.column) == (3, fault, column)
    assert one.cell == ("2" if fault is CallFault.TWICE else next(iter(wrong.values()))[:40])


def test_SLA_01_a_file_that_is_no_list_of_calls_says_what_it_lacks():
    with pytest.raises(NoCallList) as lacking:
        listed(row(), head=("a", "time", "b", "c", "d", "e"))
    assert lacking.value.columns == ("waited", "answered")
    with pytest.raises(NoCallList) as long:
        listed(*[row(str(n)) for n in range(MOST_CALLS + 1)])
    assert long.value.columns == ()
    with pytest.raises(NoCallList):
        read_calls([], ZONE, NOW)


async def test_SLA_01_the_average_is_of_what_was_answered_at_the_screen_and_on_the_phone(bench):
    help_asked = (await bench.open("help", by="kiosk", source=Source.KIOSK)).number
    await bench.open("help", by="kiosk", source=Source.KIOSK)
    await bench.open("complaint")
    bench.clock.advance(20)
    await bench.cases.write(help_asked, "reply", "On my way", ME)
    at = bench.engine.now().astimezone(ZONE).isoformat()
    rows = [row("a", at, "10"), row("b", at, "40"), row("c", at, "600", "missed"), row("d", at, "70", queue="")]
    await bench.work.calls.take("pbx", calls_of(bench, *rows), ME)
    bench.clock.advance(1)
    kiosk, plain, desk = await bench.work.calls.waits(7)
    assert (kiosk.way, kiosk.answered, kiosk.unanswered, kiosk.average) == ("kiosk", 1, 1, timedelta(seconds=20))
    assert (desk.way, desk.answered, desk.unanswered, desk.average) == ("desk", 2, 1, timedelta(seconds=25))
    assert (desk.longest, desk.late, plain.way, plain.late) == (timedelta(seconds=40), False, "", True)
    every = together([kiosk, plain, desk])
    assert (every.answered, every.unanswered, every.average) == (4, 2, timedelta(seconds=35))
    assert every.late, f"longer than {LIMIT}"
    bench.clock.advance(8 * 86_400)
    assert await bench.work.calls.waits(7) == []
    assert together([]).average is None


async def test_SLA_01_the_same_calls_twice_count_once_and_a_list_is_taken_back_whole(bench):
    desk, at = bench.work.calls, bench.engine.now().isoformat()
    first = await desk.take("pbx", calls_of(bench, row("a", at), row("b", at)), ME)
    assert (first.taken, first.known) == (2, 0)
    more = calls_of(bench, row("b", at), row("c", at, "50"))
    assert await desk.known("pbx", more) == 1
    second = await desk.take("pbx", more, ME)
    assert (second.taken, second.known) == (1, 1)
    assert (await desk.take("pbx", more, ME)).taken == 0, "nothing new is no import"
    other = await desk.take("pbx 2", calls_of(bench, row("a", at)), ME)
    assert other.taken == 1, "another exchange counts on its own"
    assert [(each.source, each.records, each.undone) for each in await desk.lists()] != []
    await desk.undo(second.id, ME)
    bench.clock.advance(1)
    (wait,) = await desk.waits(7)
    assert (wait.answered, wait.longest) == (3, timedelta(seconds=12))
    for key, reason in ((second.id, RefusalReason.NOT_NOW), ("i-none", RefusalReason.UNKNOWN)):
        with pytest.raises(Refused) as refused:
            await desk.undo(key, ME)
        assert refused.value.reason is reason
    assert (await desk.take("pbx", more, ME)).taken == 1, "what was taken back may come again"
    with pytest.raises(ValueError, match="source"):
        await desk.take(" ", more, ME)
    kinds = [each["kind"] for each in await bench.rows("select kind from event where kind like 'CallRecords%'")]
    assert kinds == ["CallRecordsImported"] * 3 + ["CallRecordsUndone", "CallRecordsImported"]


async def test_SLA_01_who_called_is_kept_nowhere_and_old_calls_go(bench):
    desk, at = bench.work.calls, bench.engine.now().isoformat()
    await desk.take("pbx", calls_of(bench, row("old", at)), ME)
    bench.clock.advance(401 * 86_400)
    await desk.take("pbx", calls_of(bench, row("new", bench.engine.now().isoformat())), ME)
    kept = await bench.rows("select * from call_record")
    assert [each["call"] for each in kept] == ["new"]
    assert len(await bench.rows("select * from call_import")) == 1
    assert "13800000001" not in str(kept) + str(await bench.rows("select data from event"))
