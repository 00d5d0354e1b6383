"""STF-04: teams serve queues of calls, chat and complaints, and a new case goes to who is on duty."""

from datetime import timedelta

import pytest
from case_bench import case_bench

from locker.services.cases import KINDS, Source, queue_of
from locker.services.duty import DutyRoster
from locker.services.people import Role
from locker.services.policies import NewVersion, Queue, Team, Teams

ME = "staff:he.jun"
ONE = '{"name": "A", "queues": ["chat"], "members": ["a"]}'
DESK = Team(name="Front desk", queues=(Queue.CALLS, Queue.CHAT), members=("wu.mei", "lin.tao"))
CLAIMS = Team(name="Claims", queues=(Queue.COMPLAINTS,), members=("lu.yan",))


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        for name, role in (("lin.tao", Role.OPERATOR), ("bo.repair", Role.TECHNICIAN)):
            await bench.staff.add(name, role, "staff:test")
        bench.roster = DutyRoster(bench.engine, bench.journal)
        yield bench


async def serve(bench, *teams):
    await bench.rules.add(NewVersion(len(bench.rules.versions(Teams.kind)) + 1, Teams(teams=teams), "who serves"), ME)


async def on_duty(bench, name, hours=8):
    now = bench.engine.now()
    await bench.roster.plan(name, now, now + timedelta(hours=hours), ME)


async def owner(bench, kind, source=Source.STAFF):
    receipt = await bench.open(kind, source=source)
    return (await bench.cases.whole(receipt.number)).case.owner


@pytest.mark.parametrize(
    ("kind", "source", "queue"),
    [
        ("help", Source.KIOSK, Queue.CALLS),
        ("help", Source.PHONE, Queue.CALLS),
        ("help", Source.RESIDENT, Queue.CHAT),
        ("courier-feedback", Source.COURIER, Queue.CHAT),
        ("complaint", Source.PHONE, Queue.COMPLAINTS),
        ("lost", Source.KIOSK, Queue.COMPLAINTS),
    ],
)
def test_STF_04_every_case_stands_in_one_queue(kind, source, queue):
    assert queue_of(KINDS[kind], source) is queue


async def test_STF_04_a_case_goes_to_the_team_of_its_queue_to_whoever_has_the_fewest(bench):
    await serve(bench, DESK, CLAIMS)
    assert [await owner(bench, "help", Source.KIOSK) for _ in range(3)] == ["lin.tao", "wu.mei", "lin.tao"]
    assert await owner(bench, "complaint") == "lu.yan"
    assert await owner(bench, "lost") == "lu.yan"


async def test_STF_04_who_is_on_duty_goes_before_who_is_not_until_the_shift_ends(bench):
    await serve(bench, DESK, CLAIMS)
    await on_duty(bench, "wu.mei")
    assert [await owner(bench, "help", Source.KIOSK) for _ in range(2)] == ["wu.mei", "wu.mei"]
    bench.clock.advance(9 * 3600)
    assert await owner(bench, "help", Source.KIOSK) == "lin.tao"


async def test_STF_04_somebody_who_waits_is_answered_by_who_is_here_a_complaint_by_its_team(bench):
    await serve(bench, DESK, CLAIMS)
    await on_duty(bench, "he.jun")
    assert await owner(bench, "help", Source.KIOSK) == "he.jun", "the desk is at home, and somebody waits"
    assert await owner(bench, "help", Source.RESIDENT) == "lin.tao"
    assert await owner(bench, "complaint") == "lu.yan"


async def test_STF_04_without_teams_it_goes_by_role_and_duty_and_a_danger_always_does(bench):
    assert await owner(bench, "complaint") in {"wu.mei", "lin.tao"}
    assert await owner(bench, "emergency") in {"he.jun", "lu.yan"}
    await on_duty(bench, "lu.yan")
    assert await owner(bench, "lost") == "lu.yan"
    await serve(bench, Team(name="All", queues=tuple(Queue), members=("wu.mei",)))
    assert await owner(bench, "emergency") == "lu.yan", "no team changes who answers a danger"


async def test_STF_04_whoever_may_not_work_on_cases_or_has_left_gets_none(bench):
    await serve(bench, Team(name="Desk", queues=tuple(Queue), members=("bo.repair", "nobody.here", "wu.mei")))
    assert await owner(bench, "complaint") == "wu.mei"
    await bench.staff.disable("wu.mei", "test")
    assert await owner(bench, "complaint") == "lin.tao"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"teams": [{"name": "A", "queues": [], "members": ["a"]}]}', "teams.0.queues"),
        ('{"teams": [{"name": "A", "queues": ["mail"], "members": ["a"]}]}', "teams.0.queues.0"),
        ('{"teams": [{"name": "A", "queues": ["chat"], "members": ["Not A Name"]}]}', "teams.0.members.0"),
        ('{"teams": [{"name": "A: B", "queues": ["chat"], "members": ["a"]}]}', "teams.0.name"),
        (f'{{"teams": [{ONE}, {ONE}]}}', "body"),
    ],
)
def test_STF_04_a_team_that_cannot_be_is_refused_by_its_field(body, field):
    with pytest.raises(ValueError, match=f"^{field}:"):
        Teams.read(body)
