"""Who is let in can be seen and shut out again: tokens with an end, couriers, sessions one by one."""

import pytest
from staff_bench import an_office

from api.staff.browser_names import browser_name
from locker.services.people import Role, Scope

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def device(office, name, agent, source):
    browser = office.browser(source=source)
    browser.http.headers["User-Agent"] = agent
    await browser.sign_in(name)
    return browser


async def account(office, name):
    await office.account(name, Role.OPERATOR)
    await office.bench.context.staff.sessions.end_all(name)  # the one in which the password was chosen


async def two_devices(office, name="chen"):
    await account(office, name)
    return await device(office, name, FIREFOX, "192.168.1.5"), await device(office, name, PHONE, "192.168.1.6")


def csrf_of(page):
    return next(fields["csrf"] for _, fields in page.forms if "csrf" in fields)


def is_out(page):
    return page.answer.url.path == "/sign-in"


async def test_a_token_that_has_ended_answers_exactly_like_one_that_nobody_made(office):
    bench = office.bench
    text = await bench.context.tokens.create("guest", [Scope.READ], by="test", days=1)
    client = await bench.client()

    async def asked(shown):
        answer = await client.get("/compartments", headers={"Authorization": f"Bearer {shown}"})
        return answer.status_code, answer.content, {n: v for n, v in answer.headers.items() if n != "date"}

    assert (await asked(text))[0] == 200
    bench.clock.advance(86400)
    assert await asked(text) == await asked("lk_" + "x" * 43)
    assert (await asked(text))[0] == 401


async def test_supervisors_see_tokens_with_end_and_last_use_and_revoke_one(office):
    tokens = office.bench.context.tokens
    text = await tokens.create("gateway", [Scope.READ, Scope.DEPOSIT], by="test", days=30)
    browser = await office.person()
    page = await browser.get("/access")
    assert "gateway drops off, reads, made " in page.text
    assert "ends 31 Mar" in page.text
    assert "not used yet" in page.text
    tokens.find(text)
    assert "last used " in (await browser.get("/access")).text
    csrf = csrf_of(page)
    page = await browser.send(page, "/access/token", having={"key": "gateway"})
    assert "gateway" not in page.text
    assert tokens.find(text) is None
    again = await browser.post("/access/token", key="gateway", csrf=csrf)  # a second tab was slower
    assert (again.status, again.answer.url.path) == (200, "/access")


async def test_supervisors_suspend_a_courier_who_is_out_at_once(office):
    couriers = office.bench.context.couriers
    courier = await couriers.add("SF", "Li Na", "2580")
    browser = await office.person()
    page = await browser.get("/access")
    assert page.form("/access/courier")["key"] == courier.id
    page = await browser.send(page, "/access/courier")
    assert "SF, suspended" in page.text
    assert not page.has_form("/access/courier")
    assert not couriers.may_put_in(courier.id)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TECHNICIAN, Role.AUDITOR])
async def test_nobody_else_sees_or_shuts_out_others(office, role):
    tokens = office.bench.context.tokens
    text = await tokens.create("gateway", [Scope.READ], by="test")
    browser = await office.person(role)
    assert (await browser.get("/access")).status == 403
    assert "/access" not in (await browser.get("/")).html
    csrf = csrf_of(await browser.get("/me"))
    for path in ("/access/token", "/access/courier", "/access/session"):
        assert (await browser.post(path, key="gateway", csrf=csrf)).status == 403
    assert tokens.find(text) is not None


async def test_everybody_sees_where_they_are_signed_in_and_ends_one_of_them(office):
    desk, phone = await two_devices(office)
    page = await desk.get("/me")
    assert "Firefox, Windows 192.168.1.5, since " in page.text
    assert "Safari, iPhone 192.168.1.6, since " in page.text
    assert page.text.count("this device") == 1
    page = await desk.send(page, "/me/session")
    assert page.answer.url.path == "/me"
    assert "iPhone" not in page.text
    assert is_out(await phone.get("/"))


async def test_ending_all_others_leaves_this_one(office):
    desk, phone = await two_devices(office)
    third = await device(office, "chen", FIREFOX, "192.168.1.7")
    page = await desk.send(await desk.get("/me"), "/me/other-sessions")
    assert page.answer.url.path == "/me"
    assert not page.has_form("/me/other-sessions")
    for each in (phone, third):
        assert is_out(await each.get("/me"))


async def test_nobody_ends_a_session_of_somebody_else_by_its_key(office):
    desk, _ = await two_devices(office)
    await account(office, "lin")
    other = await device(office, "lin", FIREFOX, "192.168.1.9")
    (theirs,) = await office.bench.context.staff.sessions.listed("lin")
    form = (await desk.get("/me")).form("/me/session")
    await desk.post("/me/session", **{**form, "key": theirs.hash})
    assert not is_out(await other.get("/me"))


async def test_a_supervisor_ends_a_session_of_another_and_the_journal_tells_by_whom(office):
    desk, phone = await two_devices(office)
    supervisor = await office.person(name="wang")
    page = await supervisor.get("/access")
    assert "chen Safari, iPhone, 192.168.1.6" in page.text
    (theirs,) = [
        each.hash
        for each in await office.bench.context.staff.sessions.listed("chen")
        if each.device.address == "192.168.1.6"
    ]
    await supervisor.send(page, "/access/session", having={"key": theirs})
    assert is_out(await phone.get("/me"))
    assert not is_out(await desk.get("/me"))
    lines = await office.bench.context.journal.read(
        lambda db: db.execute("select by, data from event where data like '%staff-session-ended%'").fetchall()
    )
    assert [by for by, _ in lines] == ["staff:wang"]
    assert "A session of chen was ended" in (await supervisor.get("/journal")).text


async def test_sessions_that_ran_out_stand_in_no_list(office):
    desk, _ = await two_devices(office)
    office.bench.clock.advance(14 * 60)
    await desk.get("/me")
    office.bench.clock.advance(2 * 60)
    assert "iPhone" not in (await desk.get("/me")).text


async def test_a_restart_keeps_from_where_a_session_came(tmp_path):
    async with an_office(tmp_path) as office:
        await two_devices(office)
    async with an_office(tmp_path) as office:
        found = await office.bench.context.staff.sessions.listed("chen")
        assert {each.device.address for each in found} == {"192.168.1.5", "192.168.1.6"}
        assert {each.device.browser for each in found} == {"Firefox, Windows", "Safari, iPhone"}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (PHONE, "Safari, iPhone"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME}", "Chrome, Linux"),
        (f"Mozilla/5.0 (Linux; Android 15) {CHROME} MicroMessenger/8.0", "WeChat, Android"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Edg/141.0", "Edge, Windows"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_by_our_own_words_only(agent, name):
    assert browser_name(agent) == name
