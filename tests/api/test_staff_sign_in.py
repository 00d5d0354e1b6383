"""The way into the panel, over the real app and engine."""

import re

import pytest
from staff_bench import PASSWORD, an_office

from locker.services.people import Role

PAGES = ("/", "/parcels", "/doors/A1", "/me")
ALL = (*PAGES, "/sign-in", "/set-up", "/prove")


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def refused(browser, path, data=None, **headers):
    return (await browser.raw(path, data, **headers)).status_code


@pytest.mark.parametrize("path", [*PAGES, "/parcels/p0000000000"])
async def test_nobody_sees_a_page_without_signing_in(admin, path):
    browser = admin.browser()
    answer = await browser.http.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert (await browser.http.get(path, headers={"X-Fragment": "live"})).status_code == 401


async def test_the_stream_is_for_members(admin):
    assert (await admin.browser().http.get("/live")).status_code == 401


async def test_a_made_up_cookie_is_nobody(admin):
    browser = admin.browser()
    browser.http.cookies.set("staff", "x" * 43)
    assert (await browser.http.get("/")).status_code == 303


@pytest.mark.parametrize("path", ALL)
async def test_every_page_bears_the_strict_headers_and_is_not_stored(admin, path):
    browser = await admin.person()
    answer = (await browser.get(path)).headers
    policy = answer["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["cache-control"] == "no-store"
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ALL)
async def test_no_page_needs_what_the_policy_forbids(admin, path):
    page = await (await admin.person()).get(path)
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style|<script>", page.html)


async def test_the_cookie_over_tls_is_bound_to_the_host(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser(base="https://locker.example:8443")
    first = await browser.raw("/sign-in", {"name": "chen.lin", "password": PASSWORD})
    second = await browser.raw("/sign-in/code", {"code": admin.phone.code("chen.lin")})
    for answer, name in ((first, "__Host-staff-pending="), (second, "__Host-staff=")):
        cookie = answer.headers.get_list("set-cookie")[0]
        assert cookie.startswith(name)
        for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


async def test_the_cookie_on_loopback_without_tls_has_a_plain_name(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    first = await browser.raw("/sign-in", {"name": "chen.lin", "password": PASSWORD})
    second = await browser.raw("/sign-in/code", {"code": admin.phone.code("chen.lin")})
    for answer, name in ((first, "staff-pending="), (second, "staff=")):
        cookie = answer.headers.get_list("set-cookie")[0]
        assert cookie.startswith(name)
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie


async def test_an_unknown_name_and_a_wrong_password_read_the_same(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    known = await admin.browser(source="192.0.2.1").sign_in("chen.lin", "wrong-stone-42")
    unknown = await admin.browser(source="192.0.2.2").sign_in("chen.lex", "wrong-stone-42")
    assert known.status == unknown.status == 401
    assert known.html.replace("chen.lin", "chen.lex") == unknown.html
    assert "wrong-stone-42" not in known.html


async def test_what_was_typed_as_name_stays_and_the_password_does_not(admin):
    page = await admin.browser().sign_in('chen"><b>', "wrong-stone-42")
    assert "chen&#34;&gt;&lt;b&gt;" in page.html
    assert "<b>" not in page.html


async def test_tries_without_a_pause_are_429_and_say_how_long(admin):
    browser = admin.browser()
    await browser.sign_in("chen.lin", "wrong-stone-42")
    page = await browser.sign_in("chen.lin", "wrong-stone-43")
    assert page.status == 429
    assert page.headers["retry-after"] == "1"
    assert "Wait 1 second" in page.text


async def test_signing_in_again_ends_the_former_session_and_its_id(admin):
    browser = await admin.person(name="chen.lin")
    former = browser.http.cookies["staff"]
    await browser.sign_in("chen.lin")
    assert browser.http.cookies["staff"] != former
    other = admin.browser()
    other.http.cookies.set("staff", former)
    assert (await other.http.get("/")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server(admin):
    browser = await admin.person()
    kept = browser.http.cookies["staff"]
    page = await browser.send(await browser.get("/me"), "/sign-out")
    assert "Sign in" in page.text
    browser.http.cookies.set("staff", kept)
    assert (await browser.http.get("/")).status_code == 303


async def test_signing_out_everywhere_ends_the_other_device_too(admin):
    one = await admin.person(name="chen.lin")
    other = admin.browser()
    await other.sign_in("chen.lin")
    await one.send(await one.get("/me"), "/sign-out-everywhere")
    assert (await other.http.get("/")).status_code == 303


async def test_an_idle_page_that_stays_live_is_signed_out_after_15_minutes(admin):
    browser = await admin.person()
    for _ in range(14):
        admin.bench.clock.advance(60)
        assert (await browser.http.get("/", headers={"X-Fragment": "live"})).status_code == 200
    admin.bench.clock.advance(61)
    assert (await browser.http.get("/", headers={"X-Fragment": "live"})).status_code == 401


async def test_whoever_was_signed_out_is_told_that_nothing_was_done(admin):
    browser = await admin.person()
    page = await browser.get("/doors/A1")
    admin.bench.clock.advance(16 * 60)
    page = await browser.send(page, "/doors/A1/open", reason="look inside")
    assert "You were signed out, and nothing was carried out" in page.text
    assert admin.bench.doors.pulses == []
    assert "signed out" not in (await admin.browser().get("/doors/A1")).text


async def test_a_form_of_another_site_is_refused(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    data = {"name": "chen.lin", "password": PASSWORD}
    browser = admin.browser()
    assert await refused(browser, "/sign-in", data, Origin="https://evil.example") == 403
    assert await refused(browser, "/sign-in", data, Origin="null") == 403
    assert await refused(browser, "/sign-in", data, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert await refused(browser, "/sign-in", data, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert (await browser.http.post("/sign-in", data=data)).status_code == 403
    assert await refused(browser, "/sign-in", data, **{"Sec-Fetch-Site": "same-origin"}) == 303


async def test_a_form_without_the_sessions_own_mark_is_refused(admin):
    browser = await admin.person()
    form = (await browser.get("/doors/A1")).form("/doors/A1/open")
    for mark in ({}, {"csrf": ""}, {"csrf": "x" * 32}, {"csrf": "错"}):
        sent = {name: value for name, value in form.items() if name != "csrf"} | mark | {"reason": "look inside"}
        assert await refused(browser, "/doors/A1/open", sent) == 403
    assert admin.bench.doors.pulses == []


async def test_the_mark_of_another_session_does_not_do(admin):
    one, other = await admin.person(), await admin.person(Role.OPERATOR)
    form = (await one.get("/doors/A1")).form("/doors/A1/open")
    assert await refused(other, "/doors/A1/open", form | {"reason": "look inside"}) == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/api/v1/health", "/live"]
)
async def test_after_signing_in_one_goes_nowhere_but_to_a_page_of_the_panel(admin, target):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    answer = await browser.http.post(
        "/sign-in",
        params={"next": target},
        data={"name": "chen.lin", "password": PASSWORD},
        headers={"Origin": browser.base},
    )
    assert answer.headers["location"] == "/sign-in/code"
    answer = await browser.http.post(
        "/sign-in/code",
        params={"next": target},
        data={"code": admin.phone.code("chen.lin")},
        headers={"Origin": browser.base},
    )
    assert answer.headers["location"] == "/"


async def test_after_signing_in_one_is_back_where_one_was(admin):
    await admin.account("chen.lin", Role.OPERATOR)
    browser = admin.browser()
    page = await browser.get("/doors/A1")
    page = await browser.second_step(await browser.post("/sign-in?next=/doors/A1", name="chen.lin", password=PASSWORD))
    assert page.answer.url.path == "/doors/A1"


async def test_the_first_password_is_chosen_with_the_printed_secret(admin):
    secret = await admin.bench.context.staff.add("chen.lin", Role.OPERATOR, by="test")
    browser = admin.browser()
    said = {"name": "chen.lin", "secret": secret}
    assert (await browser.post("/set-up", **said, password="short", again="short")).status == 422
    assert (await browser.post("/set-up", **said, password="password123", again="password123")).status == 422
    assert (await browser.post("/set-up", **said, password=PASSWORD, again="river-stone-43")).status == 422
    page = await browser.post("/set-up", **said, password=PASSWORD, again=PASSWORD)
    page = await browser.second_step(page)
    assert page.status == 200
    assert page.answer.url.path == "/"
    admin.bench.clock.advance(60)
    again = admin.browser(source="192.0.2.9")
    assert (await again.post("/set-up", **said, password=PASSWORD, again=PASSWORD)).status == 401
    admin.bench.clock.advance(60)
    assert (await admin.browser(source="192.0.2.10").sign_in("chen.lin")).status == 200


async def test_the_password_is_changed_with_the_old_one(admin):
    browser = await admin.person(name="chen.lin")
    page = await browser.get("/me")
    wrong = await browser.send(
        page, "/me/password", old="wrong-stone-42", password="new-stone-43", again="new-stone-43"
    )
    assert wrong.status == 401
    admin.bench.clock.advance(60)
    done = await browser.send(page, "/me/password", old=PASSWORD, password="new-stone-43", again="new-stone-43")
    assert done.status == 200
    assert (await admin.browser(source="192.0.2.1").sign_in("chen.lin")).status == 401
    admin.bench.clock.advance(60)
    assert (await admin.browser(source="192.0.2.2").sign_in("chen.lin", "new-stone-43")).status == 200


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "a" * 201, "password": "x"}, "name"),
        ({"name": "a\x00b", "password": "x"}, "name"),
        ({"name": "a", "password": "x\ny"}, "password"),
        ({"name": "a", "password": "x" * 300}, "password"),
    ],
)
async def test_a_field_that_no_browser_sends_is_422_and_named(admin, data, field):
    answer = await admin.browser().raw("/sign-in", data)
    assert answer.status_code == 422
    assert field in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=" + b"a" * 10_000_000, "application/x-www-form-urlencoded", 413),
        (b'{"name": 1}', "application/json", 422),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded", 422),
        (b"name=%ff%fe&password=x", "application/x-www-form-urlencoded", 422),
        (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 422),
        (b"", "application/x-www-form-urlencoded", 422),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422),
    ],
)
async def test_a_body_that_is_no_form_is_refused_and_never_a_500(admin, body, kind, status):
    browser = admin.browser()
    headers = {"Origin": browser.base, "Content-Type": kind}
    answer = await browser.http.post("/sign-in", content=body, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_UX_04_every_page_speaks_the_language_that_was_chosen(admin, language):
    browser = await admin.person()
    stored = await admin.bench.store()
    await browser.post("/language", language=language, back="/me")
    for path in (*PAGES, f"/parcels/{stored['parcel']}", f"/doors/{stored['compartment']}", "/doors/none"):
        page = await browser.get(path)
        assert f'<html lang="{language}"' in page.html
        assert not re.search(r"\b(panel|use|seen|common)\.[a-z]", page.text)
    sign = {"zh-CN": "柜体", "zh-TW": "櫃體", "en": "Cabinet"}[language]
    assert sign in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh-TW,zh;q=0.9", "zh-TW"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh", "zh-CN"),
        ("de,en;q=0.5", "en"),
        ("tlh", "en"),
        ("", "en"),
    ],
)
async def test_the_browsers_language_is_the_first_guess(admin, said, language):
    browser = admin.browser()
    page = await browser.get("/sign-in", **{"Accept-Language": said})
    assert f'<html lang="{language}"' in page.html


@pytest.mark.parametrize("typed", ["river\u3000stone\u300042", "river stone\u200d 42", "\ufeffriver stone 42"])
async def test_a_password_with_full_width_spaces_or_joiners_is_taken_and_signs_in(admin, typed):
    secret = await admin.bench.context.staff.add("wide.one", Role.OPERATOR, by="test")
    browser = admin.browser()
    await browser.post("/set-up", name="wide.one", secret=secret, password=typed, again=typed)
    for each in (typed, "river stone 42"):
        answer = await admin.browser().raw("/sign-in", {"name": "wide.one", "password": each})
        assert answer.status_code == 303


async def test_control_characters_are_no_text_of_a_form(admin):
    for text in ("a\x00b", "a\nb", "a\u2028b", "a\ue000b"):
        answer = await admin.browser().raw("/sign-in", {"name": text, "password": "x" * 12})
        assert answer.status_code == 422, repr(text)


def seconds_left(page):
    return int(page.html.partition('data-left="')[2].partition('"')[0])


async def test_WCAG_2_2_1_a_page_knows_how_long_its_session_lasts_and_one_press_makes_it_longer(admin):
    browser = await admin.person()
    page = await browser.get("/doors/A1")
    assert seconds_left(page) == 15 * 60
    admin.bench.clock.advance(13 * 60)
    live = await browser.get("/doors/A1", **{"X-Fragment": "live"})
    assert 110 <= seconds_left(live) <= 120
    assert (await browser.send(page, "/me/stay")).html == str(15 * 60)
    admin.bench.clock.advance(14 * 60)
    assert "sign in" not in (await browser.get("/doors/A1")).text.lower()
    assert (await browser.post("/me/stay", csrf="another")).status == 403


async def test_an_order_of_a_session_that_has_ended_leads_back_to_its_page(admin):
    browser = await admin.person(name="chen.lin")
    form = (await browser.get("/doors/A1")).form("/doors/A1/open")
    admin.bench.clock.advance(16 * 60)
    answer = await browser.raw("/doors/A1/open", {**form, "reason": "Look inside"})
    assert answer.headers["location"] == "/sign-in?next=%2Fdoors%2FA1&ended=1"
    assert admin.bench.doors.pulses == []


async def test_a_stranger_keeps_nobody_out_where_they_signed_in_before_also_after_a_restart(tmp_path):
    async with an_office(tmp_path) as admin:
        await admin.account("chen", Role.OPERATOR)
        assert (await admin.browser(source="192.168.1.5").sign_in("chen")).status == 200
        phone = admin.phone
    async with an_office(tmp_path) as admin:
        admin.phone = phone.taken_along(admin.bench.clock)
        stranger = admin.browser(source="192.168.1.66")
        assert (await stranger.sign_in("chen", "not-the-password")).status == 401
        assert (await admin.browser(source="192.168.1.77").sign_in("chen")).status == 429
        page = await admin.browser(source="192.168.1.5").sign_in("chen")
        assert (page.status, page.answer.url.path) == (200, "/")
