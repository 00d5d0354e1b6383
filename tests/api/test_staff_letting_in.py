"""Tokens and accounts made on the panel: a fresh code first, a secret shown once, an end, another role."""

import re
from datetime import timedelta

import pytest
from staff_bench import PASSWORD, an_office

from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


def once(page):
    return re.search(r'class="secret">([^<]+)<', page.html)[1]


async def test_a_token_is_made_with_its_scopes_and_end_and_shown_once(office):
    boss = await office.person(name="boss")
    page = await boss.get("/access/new")
    form = {"name": "intercom", "scope-read": "1", "scope-pickup": "1", "days": "30"}
    made = await boss.send(page, "/access/new-token", **{"scope-deposit": "", **form})
    token = once(made)
    assert token.startswith("lk_")
    known = office.bench.context.tokens.find(token)
    assert known.scopes >= {"read", "pickup"}
    assert known.ends_at - office.bench.clock.now() > timedelta(days=29)
    assert token not in (await boss.get("/access")).html
    assert token not in str(await office.bench.events("Noted"))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/access/new-token", {"name": "intercom"}),
        ("/access/new-token", {"name": "", "scope-read": "1"}),
        ("/access/new-token", {"name": "a:b", "scope-read": "1"}),
        ("/access/new-token", {"name": "intercom", "scope-read": "1", "days": "0"}),
        ("/access/new-token", {"name": "intercom", "scope-read": "1", "days": "9999"}),
        ("/access/new-account", {"name": "wu", "role": "owner"}),
        ("/access/new-account", {"name": "two words", "role": "operator"}),
        ("/access/new-account", {"name": "boss", "role": "operator"}),
        ("/access/new-account", {"name": "wu", "role": "operator", "days": "-1"}),
    ],
)
async def test_what_is_incomplete_or_taken_makes_nothing_and_says_so(office, path, form):
    boss = await office.person(name="boss")
    page = await boss.get("/access/new")
    before = await office.bench.events("Noted")
    csrf = page.forms[0][1]["csrf"]
    answer = await boss.post(path, csrf=csrf, **form)
    assert answer.status == 422
    assert 'role="alert"' in answer.html
    assert await office.bench.events("Noted") == before


async def test_an_account_made_on_the_panel_sets_itself_up_once(office):
    boss = await office.person(name="boss")
    made = await boss.send(await boss.get("/access/new"), "/access/new-account", name="wu", role="technician", days="")
    secret, wu = once(made), office.browser(source="192.0.2.9")
    assert "not set up yet" in (await boss.get("/access")).text
    page = await wu.post("/set-up", name="wu", secret=secret, password=PASSWORD, again=PASSWORD)
    assert (await wu.second_step(page)).status == 200
    assert "technician" in (await wu.get("/me")).text


async def test_PK_02_an_account_for_some_days_ends_by_itself_with_its_sessions(office):
    boss = await office.person(name="boss")
    made = await boss.send(await boss.get("/access/new"), "/access/new-account", name="temp", role="operator", days="2")
    temp = office.browser(source="192.0.2.9")
    await temp.second_step(
        await temp.post("/set-up", name="temp", secret=once(made), password=PASSWORD, again=PASSWORD)
    )
    office.bench.clock.advance(2 * 86400 - 600)
    assert (await temp.sign_in("temp")).status == 200
    office.bench.clock.advance(601)
    assert (await temp.get("/")).answer.url.path == "/sign-in"
    assert (await temp.sign_in("temp")).status == 401
    added = [
        each["data"]["about"] for each in await office.bench.events("Noted") if each["data"]["what"] == "staff-added"
    ]
    assert re.fullmatch(r"temp operator until 20\d\d-.*Z", added[-1])


async def test_another_role_holds_from_the_next_request_on_and_nobody_changes_their_own(office):
    boss, wu = await office.person(name="boss"), await office.person(Role.AUDITOR, name="wu")
    assert (await wu.get("/journal")).status == 200
    page = await boss.get("/access")
    csrf = page.forms[0][1]["csrf"]
    await boss.post("/access/role", csrf=csrf, key="wu", role="operator")
    assert (await wu.get("/journal")).status == 403
    for path in ("/access/role", "/access/disable"):
        assert (await boss.post(path, csrf=csrf, key="boss", role="auditor")).status == 422
    assert (await boss.get("/access")).status == 200


async def test_a_renewed_account_is_out_at_once_and_a_disabled_one_too(office):
    boss, wu = await office.person(name="boss"), await office.person(Role.OPERATOR, name="wu")
    csrf = (await boss.get("/access")).forms[0][1]["csrf"]
    made = await boss.post("/access/renew", csrf=csrf, key="wu")
    assert (await wu.get("/")).answer.url.path == "/sign-in"
    assert len(once(made).replace("-", "")) == 24
    await boss.post("/access/disable", csrf=csrf, key="wu")
    page = await office.browser(source="192.0.2.9").post(
        "/set-up", name="wu", secret=once(made), password=PASSWORD, again=PASSWORD
    )
    assert page.status == 401


@pytest.mark.parametrize("path", ["/access/new-token", "/access/new-account", "/access/renew", "/access/role"])
async def test_from_a_panel_left_alone_nobody_is_let_in(office, path):
    boss = await office.person(name="boss")
    csrf = (await boss.get("/access/new")).forms[0][1]["csrf"]
    office.bench.clock.advance(301)
    before = await office.bench.events("Noted")
    form = {"name": "intercom", "key": "boss", "role": "operator", "scope-read": "1"}
    answer = await boss.raw(path, {"csrf": csrf, **form})
    assert answer.headers["location"].startswith("/prove?next=%2Faccess")
    assert await office.bench.events("Noted") == before
    assert (await boss.get("/access/new")).answer.url.path == "/prove"
