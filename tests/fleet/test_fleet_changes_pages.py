"""The centre's pages of changes, new lockers and work: what is typed is checked, what has weight needs a fresh code."""

import json

import pytest
from test_fleet_pages import STATE, browser, db  # noqa: F401  fixtures

GOOD = {"kind": "tariff", "body": '{"free_hours": 48}', "reason": "two days", "first": "harbour-2", "watch": "30"}


@pytest.fixture
async def known(db):  # noqa: F811  the fixture
    await db.execute("truncate rollout, enrolment, assignment_change cascade")
    state = {**STATE, "rules": {"tariff": 2, "terms": 0}}
    await db.execute("update locker set state = %s", [json.dumps(state)])
    await db.execute("insert into locker (id, online, state) values ('pier-9', true, %s)", [json.dumps(state)])
    return db


async def one(db, query):  # noqa: F811  a connection
    return await (await db.execute(query)).fetchone()


async def test_O2_a_change_is_begun_halted_and_taken_back_on_its_page(browser, known):  # noqa: F811
    await browser.sign_in()
    page = await browser.page("/rollouts")
    assert "<option>terms</option>" in page.text
    begun = await browser.http.post("/rollouts", data={**GOOD, "csrf": browser.csrf})
    assert begun.status_code == 303
    where = begun.headers["location"]
    page = await browser.page(where)
    assert ("0 of 2 lockers have it" in page.text, "Under way" in page.text) == (True, True)
    for wish, said in (("halt", "Halted"), ("go-on", "Under way"), ("take-back", "Being taken back")):
        assert (await browser.http.post(where, data={"csrf": browser.csrf, "wish": wish})).status_code == 303
        assert said in (await browser.page(where)).text
    refused = await browser.http.post(where, data={"csrf": browser.csrf, "wish": "go-on"})
    assert (refused.status_code, "cannot be decided now" in refused.text) == (409, True)
    assert where in (await browser.page("/rollouts")).text
    assert await one(known, "select operator, watch_minutes, body from rollout") == ("wu.min", 30, {"free_hours": 48})


async def test_O4_another_version_of_the_program_is_begun_and_stopped_on_its_page(browser, known):  # noqa: F811
    form = {"kind": "program", "version": "0.2.0", "reason": "doors are seen sooner", "watch": "1440", "first": ""}
    await browser.sign_in()
    assert "updates = true" in (await browser.page("/rollouts")).text
    nobody = await browser.http.post("/rollouts", data={**form, "csrf": browser.csrf})
    assert (nobody.status_code, "No locker takes its program" in nobody.text) == (409, True)
    program = json.dumps({"version": "0.1.0", "updates": True})
    await known.execute("update locker set state = jsonb_set(state, '{program}', %s)", [program])
    assert "<b>0.1.0</b> \u00d7 2" in (await browser.page("/rollouts")).text
    for wrong, said in (
        ({"version": "../0.2"}, "Say which version"),
        ({"reason": ""}, "Say why"),
        ({"watch": "x"}, "0 to"),
    ):
        answer = await browser.http.post("/rollouts", data={**form, **wrong, "csrf": browser.csrf})
        assert (answer.status_code, said in answer.text) == (409, True), wrong
    begun = await browser.http.post("/rollouts", data={**form, "csrf": browser.csrf})
    where = begun.headers["location"]
    page = await browser.page(where)
    assert ("Program 0.2.0" in page.text, "Take back" in page.text, "Stop for good" in page.text) == (True, False, True)
    await known.execute("update rollout_locker set state = 'failed', why = 'it does not see A2'")
    assert "the new version does not see A2" in (await browser.page(where)).text
    last = json.dumps({"order": "x", "new": "0.2.0", "kept": False, "reason": "it is not ready"})
    await known.execute("update locker set state = jsonb_set(state, '{program,last}', %s) where id = 'pier-9'", [last])
    assert "Program 0.2.0: does not run it" in (await browser.page("/lockers/pier-9")).text
    assert "does not run it" not in (await browser.page("/lockers/harbour-2")).text
    await browser.page(where)
    assert (await browser.http.post(where, data={"csrf": browser.csrf, "wish": "take-back"})).status_code == 409
    assert (await browser.http.post(where, data={"csrf": browser.csrf, "wish": "stop"})).status_code == 303
    page = await browser.page(where)
    assert ("Stopped for good" in page.text, "Leave out" in page.text) == (True, False)


async def test_O2_a_locker_is_left_out_with_a_reason_and_brought_in_again_on_the_page(browser, known):  # noqa: F811
    await browser.sign_in()
    await browser.page("/rollouts")
    where = (await browser.http.post("/rollouts", data={**GOOD, "csrf": browser.csrf})).headers["location"]
    assert f"{where}?part=pier-9#part" in (await browser.page(where)).text
    form = {"wish": "leave-out", "locker": "pier-9", "csrf": browser.csrf}
    silent = await browser.http.post(where, data=form)
    assert (silent.status_code, "Say why" in silent.text) == (409, True)
    strange = await browser.http.post(where, data={**form, "locker": "nobody", "reason": "x"})
    assert strange.status_code == 409
    assert (await browser.http.post(where, data={**form, "reason": "torn down"})).status_code == 303
    page = await browser.page(where)
    assert ("1 left out" in page.text, "torn down" in page.text) == (True, True)
    assert "Bring in again" in (await browser.page(f"{where}?part=pier-9")).text
    back = await browser.http.post(where, data={**form, "wish": "bring-in", "csrf": browser.csrf})
    assert back.status_code == 303
    page = await browser.page(where)
    assert ("1 left out" in page.text, "Brought in again" in page.text, "torn down" in page.text) == (False, True, True)


WRONG = [
    ({"kind": "nothing"}, "Choose a rule"),
    ({"body": "{"}, "no JSON object"),
    ({"body": "[1]"}, "no JSON object"),
    ({"body": '{"a": NaN}'}, "no JSON object"),
    ({"body": '{"a": 1e999}'}, "no JSON object"),
    ({"body": '{"a": "\\u0000"}'}, "no JSON object"),
    ({"body": '{"a": "\\ud800"}'}, "no JSON object"),
    ({"body": json.dumps({"a": "x" * 9000})}, "too long"),
    ({"reason": ""}, "Say why"),
    ({"first": "harbour-2 unknown"}, "is not here"),
    ({"watch": "99999"}, "10,080"),
    ({"starts_at": "soon"}, "These times"),
    ({"starts_at": "0001-01-01T00:00+14:00"}, "These times"),
    ({"starts_at": "2026-03-02T08:00", "ends_at": "2026-03-01T08:00"}, "These times"),
]


async def test_O2_what_cannot_be_a_change_is_said_and_what_was_typed_stays(browser, known):  # noqa: F811
    await browser.sign_in()
    await browser.page("/rollouts")
    for wrong, said in WRONG:
        answer = await browser.http.post("/rollouts", data={**GOOD, **wrong, "csrf": browser.csrf})
        assert (answer.status_code, said in answer.text) == (409, True), wrong
        assert 'value="two days"' in answer.text or "reason" in wrong
    assert await one(known, "select count(*) from rollout") == (0,)


async def test_X10_neither_a_change_nor_a_token_without_a_fresh_code(browser, known):  # noqa: F811
    await browser.sign_in()
    await browser.page("/rollouts")
    await known.execute("update session set proved_at = now() - interval '6 minutes'")
    for path, form in (("/rollouts", GOOD), ("/enrolment", {"locker": "new-1"})):
        answer = await browser.http.post(path, data={**form, "csrf": browser.csrf, "code": "1"})
        assert (answer.status_code, "This code is not right" in answer.text) == (409, True)
    assert await one(known, "select (select count(*) from rollout), (select count(*) from enrolment)") == (0, 0)


async def test_O3_a_token_is_shown_once_and_who_waits_is_listed(browser, known):  # noqa: F811
    await browser.sign_in()
    await browser.page("/enrolment")
    refused = await browser.http.post("/enrolment", data={"locker": "a b", "csrf": browser.csrf})
    assert (refused.status_code, "letters, digits" in refused.text) == (409, True)
    made = await browser.http.post("/enrolment", data={"locker": "new-1", "csrf": browser.csrf})
    (name, secret) = await one(known, "select id, encode(secret, 'hex') from enrolment")
    assert f"{name}.{secret}" in made.text
    page = await browser.page("/enrolment")
    assert (secret in page.text, "new-1" in page.text) == (False, True)
    for body in (b"", b"{}", b"x" * 20_000):
        assert (await browser.http.post("/enrol", content=body)).status_code in {403, 413}


async def test_PK_07_who_goes_is_said_on_the_page_of_a_locker_and_moved_on_the_page_of_work(browser, known):  # noqa: F811
    await browser.sign_in()
    await browser.page("/lockers/harbour-2")
    form = {"csrf": browser.csrf, "person": "Chen Lin", "note": "door A2", "area": "north"}
    assert (await browser.http.post("/lockers/harbour-2/work", data=form)).status_code == 303
    assert "Chen Lin goes" in (await browser.page("/")).text
    await browser.http.post("/lockers/pier-9/work", data={**form, "person": "", "note": ""})
    await known.execute("""update locker set state = jsonb_set(state, '{free,M}', '4') where id = 'pier-9'""")
    await known.execute("update locker set state = jsonb_set(state, '{doors}', '{}') where id = 'pier-9'")
    page = await browser.page("/lockers/harbour-2")
    assert ("Room at" in page.text, "/lockers/pier-9" in page.text) == (True, True)
    await browser.page("/work")
    moved = {"csrf": browser.csrf, "before": "Chen Lin", "person": "Li Na", "note": "ill"}
    assert (await browser.http.post("/work", data=moved)).status_code == 303
    page = await browser.page("/work")
    assert ("Li Na" in page.text, "ill" in page.text) == (True, True)
    nothing = await browser.http.post("/work", data={**moved, "before": "Nobody"})
    assert (nothing.status_code, "nothing to move" in nothing.text) == (409, True)
    wrong = await browser.http.post("/lockers/harbour-2/work", data={**form, "person": "x" * 65})
    assert wrong.status_code == 409


async def test_a_change_that_is_not_there_is_a_page(browser):  # noqa: F811
    await browser.sign_in()
    for path in ("/rollouts/none", "/rollouts/%00"):
        answer = await browser.page(path)
        assert (answer.status_code, "<h1>" in answer.text) == (404, True)
