"""What needs a person stands by cause, most pressing first; who sees to it survives a restart; shifts and notes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from case_bench import case_bench
from services_bench import BEGIN

from api.i18n import LANGUAGES
from api.staff.localized_text import LocalizedText
from api.staff.task_words import address_of, cause_sentence
from locker.core.model import (
    BankDoubt,
    Compartment,
    Content,
    Parcel,
    ParcelState,
    Policy,
    Resident,
    Seen,
    Site,
    Size,
    Use,
)
from locker.core.reasons import RefusalReason, Refused
from locker.services.duty import (
    ALARMS,
    UNSEEN_AFTER,
    Cause,
    CauseTask,
    DutyRoster,
    OwnedTask,
    TaskBoard,
    TaskFacts,
    TaskOwner,
    Urgency,
    causes,
    owner_of,
    roster_at,
    unseen,
)
from locker.services.health import HealthWarning, Subject
from locker.services.policies import NewVersion, RoundSchedule
from locker.services.rounds import DoorLook, Found, RoundKind, Rounds

NOW = BEGIN + timedelta(days=10)
HOUR = timedelta(hours=1)


class Machine:
    """A machine that wants nothing, or what a test says."""

    def __init__(self):
        self.warnings = []


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as made:
        made.machine = Machine()
        made.board = board_of(made)
        made.roster = DutyRoster(made.engine, made.journal)
        yield made


def board_of(bench):
    return TaskBoard(bench.engine, bench.journal, bench.machine, bench.work, bench.rules, "Asia/Shanghai")


def doors(n, bank="left", **more):
    return [
        Compartment(id=f"{bank[0].upper()}{each}", size=Size.M, bank=bank, seen=Seen.SHUT, **more) for each in range(n)
    ]


def parcel(name, door="", resident="r1", hours=5, **more):
    late = NOW - timedelta(hours=hours)
    return Parcel(
        id=name, state=ParcelState.STORED, compartment=door, size=Size.M, recipients=(resident,), label_hash="",
        since=late, stored_at=late, deadline=late, overdue=True, **more,
    )  # fmt: skip


def site(*compartments, parcels=(), **more):
    people = {"r1": "1203", "r2": "1203", "r3": "0907"}
    return Site(
        policy=Policy(),
        compartments={each.id: each for each in compartments},
        parcels={each.id: each for each in parcels},
        residents={name: Resident(name, unit, "0001", consent=True, reach=False) for name, unit in people.items()},
        **more,
    )


def tasks(of, **facts):
    return causes(TaskFacts(site=of, now=NOW, today=NOW.date(), **facts))


def failed(of, fault="refused: 400", unit="0907", state="failed"):
    return {"parcel": of, "unit": unit, "state": state, "last_fault": fault, "created_at": "2026-03-10T07:00:00.000Z"}


def test_STF_03_a_silent_wire_is_one_line_with_all_its_doors():
    silent = [replace(each, seen=Seen.UNSEEN) for each in doors(12, "right")]
    (line,) = tasks(site(*doors(3), *silent))
    assert (line.cause, line.about, line.n, line.urgency) == (Cause.WIRE, "right", 12, Urgency.NOW)
    assert line.doors == tuple(each.id for each in silent)


def test_STF_03_some_doors_of_a_wire_that_are_not_seen_are_one_line_too_and_not_the_wire():
    some = [replace(each, seen=Seen.UNSEEN) for each in doors(2)]
    (line,) = tasks(site(*some, *doors(5)[2:]))
    assert (line.cause, line.n, line.urgency) == (Cause.UNSEEN, 2, Urgency.TODAY)


def test_a_bank_that_is_not_believed_is_one_line_and_its_warning_is_not_said_again():
    silent = [replace(each, seen=Seen.UNSEEN) for each in doors(4)]
    warning = HealthWarning(Subject.WIRE, "left", NOW, 0.5)
    doubted = site(*silent, bank_doubts={"left": BankDoubt(frozenset(), frozenset())})
    (line,) = tasks(doubted, warnings=[warning])
    assert (line.cause, line.why) == (Cause.WIRE, "doubt")
    assert [each.cause for each in tasks(site(*doors(4)), warnings=[warning])] == [Cause.HEALTH]


def test_STF_03_what_is_overdue_is_one_line_a_unit_however_many_parcels_and_people_it_has():
    late = [parcel("p1", "L0", hours=9), parcel("p2", "L1", "r2"), parcel("p3", "L1"), parcel("p4", "L2", "r3", 2)]
    taken = [replace(each, use=Use.LOADED) for each in doors(3)]
    lines = [each for each in tasks(site(*taken, *doors(9, "other"), parcels=late)) if each.cause is Cause.OVERDUE]
    assert [(each.unit, each.n, each.doors, each.parcel) for each in lines] == [
        ("1203", 3, ("L0", "L1"), "p1"),
        ("0907", 1, ("L2",), "p4"),
    ]
    assert lines[0].since == NOW - 9 * HOUR, "since the first of them"
    assert "1203" not in lines[0].key, "a key stands in the journal: it tells of no home"


def test_what_a_person_holds_is_not_called_overdue():
    assert tasks(site(*doors(3), parcels=[parcel("p1", "L0", held="dispute")])) == []


def test_a_message_that_failed_is_part_of_the_unit_that_is_overdue_and_a_line_of_its_own_elsewhere():
    late = parcel("p1", "L0")
    lines = tasks(site(*doors(9), parcels=[late]), undelivered=[failed("p1"), failed("p7"), failed("p8"), failed("")])
    assert [(each.cause, each.why, each.about) for each in lines] == [
        (Cause.OVERDUE, "untold", ""),
        (Cause.UNTOLD, "refused: 400", ""),
        (Cause.UNTOLD, "refused: 400", ""),
        (Cause.UNTOLD, "refused: 400", "staff"),
    ]


def test_notices_that_wait_are_one_line_a_cause():
    waiting = [failed(f"p{n}", "away: x", state="waiting") for n in range(5)]
    (line,) = tasks(site(*doors(3)), undelivered=waiting)
    assert (line.cause, line.n, line.why) == (Cause.LATE, 5, "away")


def test_STO_05_the_most_pressing_comes_first_and_what_is_for_the_week_last():
    checked = replace(doors(1)[0], use=Use.CHECK, reason="opened without an order", since=NOW)
    retired = replace(doors(2)[1], use=Use.RETIRED, reason="dirty", since=NOW - HOUR)
    battery = HealthWarning(Subject.BATTERY_LOW, "", NOW, 1.0)
    camera = HealthWarning(Subject.CAMERA, "", NOW, 0.0)
    lines = tasks(
        site(checked, retired, *doors(9, "other")),
        warnings=[camera, battery],
        missing_year=2027,
        reviews={"tariff": NOW.date(), "terms": NOW.date() + timedelta(days=1)},
        clock_disbelieved=True,
    )
    assert [(each.cause, each.urgency) for each in lines] == [
        (Cause.CHECK, Urgency.NOW),
        (Cause.POWER, Urgency.NOW),
        (Cause.HEALTH, Urgency.TODAY),
        (Cause.CLOCK, Urgency.TODAY),
        (Cause.RETIRED, Urgency.WEEK),
        (Cause.YEAR, Urgency.WEEK),
        (Cause.REVIEW, Urgency.WEEK),
    ]
    assert len({each.key for each in lines}) == len(lines)


def test_STO_08_a_crowded_cabinet_is_a_task_before_parcels_are_turned_away():
    taken = [replace(each, use=Use.LOADED) for each in doors(9)]
    (line,) = tasks(site(*taken, *doors(1, "other")))
    assert (line.cause, line.n, line.about) == (Cause.BACKLOG, 9, "10")
    assert tasks(site(*taken[:8], *doors(2, "other"))) == []


def test_who_saw_to_the_same_thing_before_does_not_see_to_it_when_it_happens_again():
    owners = {"check:A1": TaskOwner("chen", NOW - HOUR)}
    before = CauseTask("check:A1", Cause.CHECK, NOW - 2 * HOUR)
    assert owner_of(before, owners) == owners["check:A1"]
    assert owner_of(replace(before, since=NOW), owners) is None
    assert owner_of(replace(before, since=None), owners) is not None


def test_only_pressing_alarms_that_nobody_has_seen_for_a_quarter_of_an_hour_call_somebody_else():
    since = NOW - UNSEEN_AFTER
    old = [CauseTask(cause.value, cause, since) for cause in Cause]
    alone = {each.cause for each in unseen([OwnedTask(each, None) for each in old], NOW)}
    assert alone == {cause for cause in ALARMS if CauseTask("", cause).urgency is Urgency.NOW}
    assert unseen([OwnedTask(each, TaskOwner("chen", NOW)) for each in old], NOW) == []
    assert unseen([OwnedTask(replace(each, since=since + timedelta(seconds=1)), None) for each in old], NOW) == []


async def forced(bench, door="A1"):
    await bench.door(door, Seen.OPEN, Seen.SHUT)
    return f"check:{door}"


async def test_STF_03_who_sees_to_a_task_is_recorded_and_survives_a_restart(bench):
    key = await forced(bench)
    bench.clock.advance(60)
    await bench.board.take(key, "wu.mei", "staff:wu.mei")
    (line,) = await bench.board.now()
    assert (line.task.key, line.owner.name) == (key, "wu.mei")
    (event,) = await bench.events("TaskTaken")
    assert (event["by"], json.loads(event["data"])) == ("staff:wu.mei", {"task": key, "owner": "wu.mei"})
    again = await bench.again()
    again.machine = bench.machine
    (line,) = await board_of(again).now()
    assert line.owner.name == "wu.mei"
    await board_of(again).take(key, "", "staff:wu.mei")
    assert (await board_of(again).now())[0].owner is None
    await again.stop()
    await bench.start()


async def test_a_task_that_there_is_not_is_taken_by_nobody_and_what_has_ended_is_forgotten(bench):
    with pytest.raises(Refused):
        await bench.board.take("check:A9", "wu.mei", "staff:wu.mei")
    key = await forced(bench)
    bench.clock.advance(1)
    await bench.board.take(key, "wu.mei", "staff:wu.mei")
    await bench.commands.clear("A1", Content.EMPTY, "staff:wu.mei")
    other = await forced(bench, "A2")
    bench.clock.advance(1)
    await bench.board.take(other, "wu.mei", "staff:wu.mei")
    assert [row["task"] for row in await bench.rows("select task from task_owner")] == [other]


async def test_somebody_else_is_called_once_about_what_nobody_has_seen(bench):
    key = await forced(bench)
    await bench.board.look()
    assert await bench.events("TaskUnseen") == []
    bench.clock.advance(UNSEEN_AFTER.total_seconds())
    for _ in range(2):
        await bench.board.look()
    (event,) = await bench.events("TaskUnseen")
    assert json.loads(event["data"]) == {"task": key, "minutes": 15}


async def test_after_a_restart_nobody_is_called_again_about_the_same_alarm(bench):
    await forced(bench)
    bench.clock.advance(UNSEEN_AFTER.total_seconds())
    await bench.board.look()
    await board_of(bench).look()
    assert len(await bench.events("TaskUnseen")) == 1


async def test_a_call_that_could_not_be_recorded_is_made_later(bench, monkeypatch):
    await forced(bench)
    bench.clock.advance(UNSEEN_AFTER.total_seconds())

    async def sealed(*_):
        raise Refused(RefusalReason.SEALED)

    with monkeypatch.context() as full:
        full.setattr(bench.engine, "record", sealed)
        with pytest.raises(Refused):
            await bench.board.look()
    await bench.board.look()
    assert len(await bench.events("TaskUnseen")) == 1


async def test_a_case_near_its_limit_is_a_task_and_a_late_one_is_for_now(bench):
    receipt = await bench.open("complaint")
    assert [each.task.cause for each in await bench.board.now()] == []
    bench.clock.advance(23 * 3600)
    (near,) = await bench.board.now()
    assert (near.task.about, near.task.why, near.task.urgency) == (receipt.number, "reply", Urgency.TODAY)
    bench.clock.advance(2 * 3600)
    (late,) = await bench.board.now()
    assert (late.task.why, late.task.urgency) == ("reply-late", Urgency.NOW)
    assert (late.task.key, near.task.key) == (f"case:{receipt.number}",) * 2


async def test_STF_03_a_note_waits_for_the_next_person_and_is_taken_over_once(bench):
    await bench.roster.write("  1205 is away\u200b until Thursday ", "staff:wu.mei")
    (note,) = await bench.roster.notes()
    assert (note.text, note.by, note.taken_by) == ("1205 is away until Thursday", "staff:wu.mei", "")
    (event,) = await bench.events("ShiftNoteWritten")
    assert "1205" not in event["data"], "what it says stands in no event"
    await bench.roster.take_over([note.id], "staff:lu.yan")
    assert (await bench.roster.notes())[0].taken_by == "staff:lu.yan"
    with pytest.raises(Refused):
        await bench.roster.take_over([note.id], "staff:he.jun")
    bench.clock.advance(31 * 86400)
    await bench.roster.write("next", "staff:wu.mei")
    assert [each.text for each in await bench.roster.notes()] == ["next"], "after a month nobody reads it any more"


@pytest.mark.parametrize("text", ["", "   ", "x" * 201])
async def test_a_note_that_says_nothing_or_too_much_is_none(bench, text):
    with pytest.raises(ValueError, match="text"):
        await bench.roster.write(text, "staff:wu.mei")
    assert await bench.events("ShiftNoteWritten") == []


async def test_STF_03_who_is_on_duty_is_known_and_nobody_works_two_shifts_at_once(bench):
    begin = bench.engine.now()
    await bench.roster.plan("wu.mei", begin, begin + 8 * HOUR, "staff:he.jun")
    await bench.roster.plan("lu.yan", begin + 8 * HOUR, begin + 16 * HOUR, "staff:he.jun")
    roster = await bench.roster.roster()
    assert ([each.staff for each in roster.now], [each.staff for each in roster.next]) == (["wu.mei"], ["lu.yan"])
    with pytest.raises(Refused):
        await bench.roster.plan("wu.mei", begin + 7 * HOUR, begin + 9 * HOUR, "staff:he.jun")
    bench.clock.advance(8 * 3600)
    assert [each.staff for each in (await bench.roster.roster()).now] == ["lu.yan"], "to the second"
    await bench.roster.cancel(roster.next[0].id, "staff:he.jun")
    assert await bench.roster.roster() == roster_at([], bench.engine.now())
    assert [row["by"] for row in await bench.events("ShiftCancelled")] == ["staff:he.jun"]


@pytest.mark.parametrize(("begins", "ends"), [(1, 1), (2, 1), (0, 25), (-9, -1)])
async def test_a_shift_that_cannot_be_worked_is_none(bench, begins, ends):
    now = bench.engine.now()
    with pytest.raises(ValueError, match="ends"):
        await bench.roster.plan("wu.mei", now + begins * HOUR, now + ends * HOUR, "staff:he.jun")
    assert await bench.events("ShiftPlanned") == []


async def test_STO_04_a_round_that_is_due_by_its_schedule_is_a_task_until_it_was_walked_to_its_end(bench, clock):
    schedule = RoundSchedule(stock_take_days=7)
    await bench.rules.add(NewVersion(1, schedule, "weekly", review_on=BEGIN.date() + timedelta(days=300)), "staff:boss")

    async def due():
        return [
            (each.task.about, each.task.since) for each in await bench.board.now() if each.task.cause is Cause.ROUND
        ]

    began = bench.engine.now()
    clock.advance(6.9 * 24 * 3600)
    assert await due() == []
    clock.advance(0.2 * 24 * 3600)
    ((kind, since),) = await due()
    assert (kind, since - began < timedelta(days=7, minutes=1)) == ("stock-take", True)
    rounds = Rounds(bench.engine, bench.journal, None)
    name = await rounds.start(RoundKind.STOCK_TAKE, "staff:boss")
    for door in bench.engine.site.compartments:
        assert len(await due()) == 1, "begun is not walked"
        await rounds.record(await rounds.find(name), door, DoorLook(Found.UNSEEN), "staff:boss")
    await rounds.end(await rounds.find(name), "staff:boss")
    assert await due() == []
    clock.advance(7.1 * 24 * 3600)
    assert len(await due()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", RoundKind)
def test_STO_04_a_round_that_is_due_is_said_in_every_language_and_leads_to_the_rounds(kind, language):
    (task,) = tasks(site(), rounds={kind.value: NOW})
    sentence = cause_sentence(site(), task, LocalizedText(language, "Asia/Shanghai", NOW))
    assert "{" not in sentence
    assert "panel." not in sentence
    assert (address_of(task), task.urgency) == ("/rounds", Urgency.TODAY)


def test_STO_04_every_kind_of_round_has_its_days_in_the_schedule():
    assert set(RoundSchedule().every) == set(RoundKind)
