"""SLA-01, STF-04 on the panel and by the machine API: waits in red, lists of calls, teams and what waits for them."""

import pytest
from staff_bench import an_office

from locker.services.cases import CaseRequest, Source
from locker.services.people import Role
from locker.services.policies import Queue, Teams

LIST = (
    "uniqueid,calldate,wait,disposition,queue,src\n"
    "1,2026-03-01 07:00:00,12,ANSWERED,desk,13800000001\n"
    "2,2026-03-01 07:05:00,1:20,ANSWERED,desk,13800000002\n"
    "3,soon,5,ANSWERED,desk,13800000003\n"
    "4,2026-03-01 07:09:00,9,perhaps,desk,13800000004\n"
)
CALL = {"call": "1", "time": "2026-03-01T00:00:00+08:00", "waited_s": 12.5, "answered": True, "queue": "desk"}


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        office.calls = office.bench.context.cases.calls
        yield office


async def sent(browser, content, name="calls.csv"):
    form = (await browser.get("/cases/calls")).form("/cases/calls")
    answer = await browser.http.post(
        "/cases/calls", data={"csrf": form["csrf"]}, files={"file": (name, content)}, headers={"Origin": browser.base}
    )
    return await browser.get("/cases/calls") if answer.is_redirect else answer


async def test_SLA_01_a_list_is_looked_at_taken_over_shown_in_red_and_taken_back(office):
    desk = await office.person(Role.OPERATOR, "chen")
    assert "Nobody called in the last 30 days." in (await desk.get("/cases/calls")).text
    page = await sent(desk, LIST.encode("gb18030"))
    assert "2 calls can be taken over" in page.text
    assert "4 soon This is no time." in page.text
    assert "5 perhaps Write yes or no." in page.text
    assert await office.calls.waits(7) == [], "nothing is changed yet"
    page = await desk.send(page, "/cases/calls/take", source="  ")
    assert (page.status, "Name the exchange" in page.text) == (422, True)
    page = await desk.send(page, "/cases/calls/take", source="desk phone")
    assert "People wait 46 s on average, longer than 30 s." in page.text
    assert "13800000001" not in page.html
    assert 'class="loud"' in page.html
    cases = await desk.get("/cases")
    assert 'class="loud"' in cases.html
    assert "46 s" in cases.text
    page = await desk.send(await desk.get("/cases/calls"), "/cases/calls/undo")
    assert "Nobody called in the last 30 days." in page.text
    assert "taken back" in page.text


async def test_SLA_01_a_file_that_is_none_is_refused_in_a_sentence(office):
    desk = await office.person(Role.OPERATOR)
    for content, said in (
        (b"", "The file is empty."),
        (b"a,b\n1,2\n", "The first row does not name these columns: time, waited, answered."),
        (b"time,waited,answered\n" + b"2026-03-01 07:00:00,1,yes\n" * 2001, "more than 2000 calls"),
    ):
        answer = await sent(desk, content)
        assert answer.status_code == 422
        assert said in answer.text
    csrf = (await desk.get("/cases/calls")).form("/cases/calls")["csrf"]
    gone = await desk.post("/cases/calls/take", csrf=csrf, source="x")
    assert (gone.status, "Send it again" in gone.text) == (409, True)
    assert (await desk.post("/cases/calls/undo", csrf=csrf, list="none")).status == 200
    looking = await (await office.person(Role.AUDITOR)).get("/cases/calls")
    assert (looking.status, looking.has_form("/cases/calls")) == (200, False)


async def test_SLA_01_a_program_hands_calls_over_all_or_none_and_reads_the_waits(office):
    exchange, reader = await office.bench.client("staff"), await office.bench.client("read")
    wrong = {"source": "pbx", "calls": [CALL, CALL | {"call": "2", "time": "2030-01-01T00:00:00Z"}, CALL]}
    answer = await exchange.post("/call-records", json=wrong)
    assert answer.status_code == 422
    assert [each["detail"] for each in answer.json()["errors"]] == [
        "calls[1].time lies in the future.",
        "calls[2].call stands in the list twice.",
    ]
    unreadable = await exchange.post("/call-records", json={"source": "pbx", "calls": [CALL | {"waited_s": -1}]})
    assert unreadable.json()["errors"][0]["field"] == "calls[0].waited_s"
    assert (await reader.get("/answer-waits")).json()["ways"] == []
    good = {"source": "pbx", "calls": [CALL, CALL | {"call": "2", "answered": False}]}
    taken = (await exchange.post("/call-records", json=good)).json()
    assert (taken["taken"], taken["known"]) == (2, 0)
    again = (await exchange.post("/call-records", json=good)).json()
    assert again == {"list": "", "taken": 0, "known": 2}
    told = (await reader.get("/answer-waits?days=7")).json()
    assert (told["all"]["average_s"], told["all"]["unanswered"], told["limit_s"], told["all"]["late"]) == (
        12.5,
        1,
        30,
        False,
    )
    assert (await exchange.delete(f"/call-records/{taken['list']}")).json() == {"list": taken["list"]}
    assert (await exchange.delete(f"/call-records/{taken['list']}")).status_code == 409
    assert (await exchange.delete("/call-records/none")).status_code == 404


async def test_STF_04_teams_are_written_in_lines_and_the_page_of_duty_says_what_waits_for_whom(office):
    boss = await office.person(Role.SUPERVISOR, "he.jun")
    await office.account("wu.mei", Role.OPERATOR)
    form = await boss.get("/rules/teams/write")
    lines = "Front desk: calls chat: wu.mei\nClaims\uff1a complaints: he.jun"
    preview = await boss.send(form, "/rules/teams/preview", teams=lines, reason="who serves")
    page = await boss.send(preview, "/rules/teams/add")
    assert "Front desk Calls, Chat: wu.mei" in page.text
    body = office.bench.context.rules.body(Teams)
    assert [(each.name, each.members) for each in body.teams] == [("Front desk", ("wu.mei",)), ("Claims", ("he.jun",))]
    for wrong in ("Front desk", "Desk: mail: wu.mei", "Desk: calls:"):
        refused = await boss.send(form, "/rules/teams/preview", teams=wrong, reason="x")
        assert (refused.status, "A line is a team" in refused.text) == (422, True)
    service = office.bench.context.cases.service
    await service.open_case(CaseRequest(kind="help", source=Source.KIOSK, by="kiosk"))
    await service.open_case(CaseRequest(kind="fee", source=Source.STAFF, by="staff:he.jun"))
    duty = await boss.get("/duty")
    assert "Calls Front desk, nobody on duty 1 waits, since 0 min" in duty.text
    assert "Complaints Claims, nobody on duty 1 waits" in duty.text
    assert "Chat Front desk, nobody on duty nothing waits" in duty.text
    await boss.send(duty, "/duty/shift", staff="wu.mei", begins="2026-03-01T07:00", ends="2026-03-01T23:00")
    assert "Front desk, on duty: wu.mei" in (await boss.get("/duty")).text
    assert 'aria-pressed="true">Calls' in (await boss.get("/cases?queue=calls")).html
    found = {queue: (await boss.get(f"/cases?queue={queue}")).html.count('id="case-') for queue in ("", *Queue, "x")}
    assert found == {"": 2, "calls": 1, "chat": 0, "complaints": 1, "x": 2}
